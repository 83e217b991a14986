import { createTaskSet } from '../api/ecs/create-task-set.ts';
import { deleteTaskSet } from '../api/ecs/delete-task-set.ts';
import { describeServices } from '../api/ecs/describe-services.ts';
import { updateService } from '../api/ecs/update-service.ts';
import { type Instant, plusMs } from '../lib/clock.ts';
import { subnets, tasks } from '../records/collections.ts';
import { deploymentsOfService } from '../records/service-deployments.ts';
import type { Service as ServiceShape } from '../shapes/generated/ecs.ts';
import { checkHosts, unfinishedStop } from './host-checks.ts';
import { setAlarm, stopTasksBeside } from './play-step.ts';
import { couldRoll, placeCount, type RestGoal, restGoals } from './rest-plan.ts';
import type { Scenario } from './scenario.ts';
import {
  familyOf,
  type PlannedService,
  plannedServices,
  revisionOf,
  taskSetRequest,
} from './service-requests.ts';
import { findService } from './service-steps.ts';
import type { Report, Violation } from './violation.ts';
import type { World } from './world.ts';

/** What a run's ways to go on may use. */
export interface Run {
  readonly world: World;
  readonly scenario: Scenario;
  readonly violations: readonly Violation[];
  readonly report: Report;
  /** Steps until `at`, until `isDone`, or until a rule is broken. Answers whether it was done. */
  readonly runUntil: (at: Instant, isDone: () => boolean) => Promise<boolean>;
}

/** What two runs that differ only in their faults must have in common at the end. */
export interface FinalState {
  readonly status: string | undefined;
  readonly desiredCount: number | undefined;
  readonly runningCount: number | undefined;
  /** Of the service or, where it has none, of its task sets. */
  readonly revision: string | undefined;
  /** Of deployments the state of the rollout, of task sets their stability. */
  readonly states: readonly (string | undefined)[];
}

/** After the faults have ended, a service has this long to become steady. (SIM-20) */
const STEADY_WITHIN_MS = 60 * 60_000;

/** Steps for up to an hour. */
const within = ({ world, runUntil }: Run, isDone: () => boolean): Promise<boolean> =>
  runUntil(plusMs(world.clock.now(), STEADY_WITHIN_MS), isDone);

/**
 * What must come about by itself once the faults have ended: a revision that works takes over, and one that does not is
 * given up by the circuit breaker. Asked of a service that is alone; nothing is expected of one without room. (SIM-21,
 * SIM-22)
 */
export async function expectProgress(run: Run): Promise<void> {
  const { world, scenario, violations } = run;
  const planned = plannedServices(scenario);
  const isBack = await within(run, () => planned.every(({ name }) => isThere(world, name)));
  stopTasksBeside(world);
  setAlarm(world, 'OK');
  await world.settle();
  const [only] = planned;
  if (planned.length !== 1 || only?.plan.kind !== 'REPLICA') return;
  const { name, plan } = only;
  const service = isBack ? describe(world, name) : undefined;
  const [primary] = service?.deployments ?? [];
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = service?.deploymentConfiguration ?? {};
  const desiredCount = service?.desiredCount ?? 0;
  const places = placeCount(scenario, plan);
  const isPossible = couldRoll({ maximumPercent, minimumHealthyPercent }, desiredCount, places);
  if (!isPossible || desiredCount > places || primary?.rolloutState === 'FAILED') return;
  const isGood = WORKING.includes(revisionOf(primary?.taskDefinition));
  // A deployment may have completed while nothing was wanted of it; after that the breaker does not watch it.
  const isWatched = plan.hasBreaker && desiredCount > 0 && primary?.rolloutState === 'IN_PROGRESS';
  if (!isGood && !isWatched) return;
  const isDone = (): boolean => (world.isUp ? isSettled(describe(world, name), primary?.id, isGood) : false);
  if ((await within(run, isDone)) || violations.length > 0) return;
  const message = `${JSON.stringify(finalState(world, name))} ${lastEvents(world, name)}`;
  run.report(isGood ? 'SIM-21' : 'SIM-22', message);
}

const WORKING: readonly string[] = ['good', 'better', 'checked'];

/** The deployment took over entirely, or was given up. A working one may fail too, when its hosts failed under it. */
function isSettled(service: ServiceShape | undefined, id: string | undefined, isGood: boolean): boolean {
  const deployments = service?.deployments ?? [];
  const deployment = deployments.find((each) => each.id === id);
  if (deployment === undefined || deployment.rolloutState === 'FAILED') return true;
  const isAlone = deployments.length === 1 && deployment.rolloutState === 'COMPLETED';
  return isGood && isAlone && service?.runningCount === service?.desiredCount;
}

/** Asks every service for something that fits, and waits until all are steady there. (SIM-20, SIM-23 to SIM-26) */
export async function comeToRest(run: Run): Promise<readonly FinalState[] | undefined> {
  const { world, scenario, violations, report } = run;
  const goals = restGoals(scenario);
  await within(run, () => goals.every(({ name }) => isThere(world, name)));
  for (const goal of goals) await ask(run, goal);
  await world.settle();
  const isSteady = (): boolean => goals.every((goal) => isSteadyAt(world, goal));
  const isMet = await within(run, isSteady);
  if (violations.length > 0) return undefined;
  if (!isMet) {
    const late = goals.find((goal) => !isSteadyAt(world, goal)) ?? goals[0];
    const name = late?.name ?? '';
    const wanted = `${name} wants ${late?.desiredCount}`;
    report(
      'SIM-20',
      `not steady in time: ${wanted} ${JSON.stringify(finalState(world, name))} ${lastEvents(world, name)}`,
    );
    return undefined;
  }
  const [goal] = goals;
  const canMove = goal !== undefined && goals.length === 1 && canSpread(world, scenario, goal);
  const isSpread = (): boolean => world.isUp && zoneDifference(world) <= 1 && isSteady();
  if (canMove && !(await within(run, isSpread)) && violations.length === 0)
    report('SIM-24', `unevenly spread: ${lastEvents(world, goal.name)}`);
  const isQuiet = await within(run, () => world.isUp && unfinishedStop(world) === undefined);
  if (!isQuiet && violations.length === 0) report('SIM-26', `${unfinishedStop(world)} was to stop`);
  const areAlike = (): boolean => checkHosts(world) === undefined;
  if (!(await within(run, areAlike)) && violations.length === 0) report('SIM-25', checkHosts(world) ?? '');
  return goals.map(({ name }) => finalState(world, name));
}

/** Where there is room for one more and balancing is on, the tasks of a FARGATE service come to lie evenly. (SIM-24) */
function canSpread(
  world: World,
  scenario: Scenario,
  { name, plan, desiredCount, percents }: RestGoal,
): boolean {
  const places = placeCount(scenario, plan);
  const isBalanced = findService(world, name)?.availabilityZoneRebalancing === 'ENABLED';
  const isWatched = plan.kind === 'REPLICA' && plan.capacity === 'FARGATE' && isBalanced;
  const hasRoom = places > desiredCount && couldRoll(percents, desiredCount, places);
  return isWatched && hasRoom && Math.floor((desiredCount * percents.maximumPercent) / 100) > desiredCount;
}

async function ask(run: Run, goal: RestGoal): Promise<void> {
  const { world } = run;
  const { name: service, plan, desiredCount, percents } = goal;
  if (plan.kind === 'EXTERNAL') {
    await askForOneSet(run, goal);
    return;
  }
  world.call(updateService, {
    service,
    taskDefinition: familyOf(plan, 'better'),
    ...(plan.kind === 'DAEMON' ? {} : { desiredCount }),
    forceNewDeployment: true,
    deploymentConfiguration: percents,
  });
}

/** Takes all task sets away and makes one of a revision that works. */
async function askForOneSet(run: Run, goal: RestGoal): Promise<void> {
  const { world } = run;
  const { name: service, desiredCount } = goal;
  world.call(updateService, { service, desiredCount });
  for (const { taskSet } of findService(world, service)?.deployments ?? []) {
    const target = { cluster: 'default', service, taskSet: taskSet?.taskSetArn ?? '' };
    world.call(deleteTaskSet, { ...target, force: true });
  }
  await within(run, () => findService(world, service)?.deployments.length === 0);
  if (world.isUp)
    world.call(createTaskSet, taskSetRequest(world, goal, { revision: 'better', scalePercent: 100 }));
}

function isSteadyAt(world: World, { name, plan, desiredCount }: RestGoal): boolean {
  if (!world.isUp) return false;
  const state = finalState(world, name);
  const done = plan.kind === 'EXTERNAL' ? 'STEADY_STATE' : 'COMPLETED';
  const isDone = state.states.join() === done && state.revision === 'better';
  const isFull = state.runningCount === desiredCount && state.desiredCount === desiredCount;
  return isDone && isFull && (plan.kind === 'EXTERNAL' || isRecorded(world, name));
}

/** How many tasks the fullest zone has more than the emptiest. */
function zoneDifference(world: World): number {
  const [service] = plannedRows(world);
  const counts = world.store.read((tx) =>
    [...new Set(tx.all(subnets).map(({ availabilityZone }) => availabilityZone))].map((zone) =>
      tx.count(tasks, 'spread', `${service?.serviceArn} ${zone}`),
    ),
  );
  return Math.max(...counts) - Math.min(...counts);
}

const plannedRows = (world: World) => [findService(world, 'web')];

/** No rollout is under way, and the newest one is known to have worked. (SIM-23) */
function isRecorded(world: World, name: PlannedService['name']): boolean {
  const service = findService(world, name);
  if (service === undefined) return false;
  const rows = world.store.read((tx) => deploymentsOfService(tx, service.serviceArn));
  const current = rows.find(
    (row) => row.serviceDeploymentArn === service.deployments[0]?.serviceDeploymentArn,
  );
  return current?.status === 'SUCCESSFUL' && rows.every((row) => row.finishedAt !== undefined);
}

/** The control plane answers, and the service is not on its way out. */
const isThere = (world: World, name: string): boolean => findService(world, name)?.status === 'ACTIVE';

function describe(world: World, name: string): ServiceShape | undefined {
  const answer = describeServices(world.context(), { services: [name] });
  return 'services' in answer ? answer.services?.[0] : undefined;
}

function finalState(world: World, name: string): FinalState {
  const service = world.isUp ? describe(world, name) : undefined;
  const sets = service?.taskSets ?? [];
  return {
    status: service?.status,
    desiredCount: service?.desiredCount,
    runningCount: service?.runningCount,
    revision: revisionOf(sets[0]?.taskDefinition ?? service?.taskDefinition),
    states: [
      ...(service?.deployments ?? []).map(({ rolloutState }) => rolloutState),
      ...sets.map(({ stabilityStatus }) => stabilityStatus),
    ],
  };
}

const lastEvents = (world: World, name: string): string =>
  (world.isUp ? (describe(world, name)?.events ?? []) : [])
    .slice(0, 3)
    .map(({ message }) => message)
    .join(' | ');

import { describeServices } from '../api/ecs/describe-services.ts';
import { updateService } from '../api/ecs/update-service.ts';
import { plusMs } from '../lib/clock.ts';
import { services, subnets, tasks } from '../records/collections.ts';
import { eventOutbox } from '../records/event-outbox.ts';
import { deploymentsOfService } from '../records/service-deployments.ts';
import type { Service as ServiceShape } from '../shapes/generated/ecs.ts';
import type { Commit } from '../store/store.ts';
import { EventChecks } from './event-checks.ts';
import { playStep, setAlarm, setHostStatus, stopTasksBeside } from './play-step.ts';
import { SafetyChecks } from './safety-checks.ts';
import { type Scenario, scenarioEndSeconds } from './scenario.ts';
import { SERVICE, setUp } from './set-up.ts';
import type { Report, Violation } from './violation.ts';
import { World } from './world.ts';

/** What came of a run. */
export interface Outcome {
  /** The first rule that was broken; undefined for a good run. */
  readonly violation: Violation | undefined;
  /** One line for each row of each commit: the same for the same scenario. */
  readonly trace: readonly string[];
  /** How much virtual time it took. */
  readonly virtualMs: number;
  readonly eventCount: number;
  /** The service at the end, as a client sees it, without ids and times. */
  readonly final: FinalState | undefined;
}

/** What two runs that differ only in their faults must have in common at the end. */
export interface FinalState {
  readonly status: string | undefined;
  readonly desiredCount: number | undefined;
  readonly runningCount: number | undefined;
  /** The family. */
  readonly taskDefinition: string | undefined;
  readonly rolloutStates: readonly (string | undefined)[];
}

/** Changes to a run that are not part of the scenario. */
export interface RunOptions {
  /** Restarts the control plane right after this many events. */
  readonly restartAfterEvents?: number | undefined;
}

/** After the faults have ended, a service has this long to become steady. (SIM-20) */
const STEADY_WITHIN_MS = 60 * 60_000;
const EVENTS_MAX_COUNT = 200_000;

/**
 * Runs a scenario, checks every commit, then lifts all faults, deploys a good revision and waits for the steady state.
 * The same scenario gives the same run, to the byte.
 */
export async function runScenario(scenario: Scenario, options: RunOptions = {}): Promise<Outcome> {
  const world = new World(scenario.seed);
  const violations: Violation[] = [];
  const trace: string[] = [];
  const report: Report = (ruleId, message) => {
    violations.push({ ruleId, message });
    // A loop that never rests would keep the event from ending: what is left of it is taken away.
    if (ruleId === 'SIM-10' && world.isUp) world.stop();
  };
  const checks = new SafetyChecks(() => world.clock.now(), report);
  const eventChecks = new EventChecks();
  world.onCommit((commit, store) => {
    eventChecks.hear(commit);
    trace.push(...traceOf(world, commit));
    checks.check(commit, store);
  });
  const run: Run = { world, scenario, violations, options, eventCount: 0 };
  await world.start();
  await setUp(world, scenario);
  for (const step of scenario.steps) {
    world.clock.schedule(plusMs(world.startedAt, step.atSeconds * 1000), () =>
      playStep(world, scenario, step),
    );
  }
  await runUntil(run, plusMs(world.startedAt, scenarioEndSeconds(scenario) * 1000), () => false);
  liftFaults(world);
  if (violations.length === 0) await expectProgress(run);
  const final = violations.length === 0 ? await comeToRest(run) : undefined;
  if (violations.length === 0 && world.isUp) await eventChecks.check(world.archive, world.store, report);
  const virtualMs = world.clock.now() - world.startedAt;
  return { violation: violations[0], trace, virtualMs, eventCount: run.eventCount, final };
}

interface Run {
  readonly world: World;
  readonly scenario: Scenario;
  readonly violations: Violation[];
  readonly options: RunOptions;
  eventCount: number;
}

/** Steps until `at`, until `isDone`, or until a rule is broken. Answers whether it was done. */
async function runUntil(run: Run, at: number, isDone: () => boolean): Promise<boolean> {
  const { world, violations, options } = run;
  let isMet = isDone();
  while (!isMet && violations.length === 0 && run.eventCount < EVENTS_MAX_COUNT) {
    const nextAt = world.clock.nextAt();
    if (nextAt === undefined || nextAt > at) break;
    await world.step();
    run.eventCount += 1;
    if (run.eventCount === options.restartAfterEvents) world.restart(1_000);
    isMet = isDone();
  }
  return isMet;
}

function liftFaults(world: World): void {
  for (const host of world.hosts) {
    setHostStatus(world, host.instanceArn, 'ACTIVE');
    host.restoreLink();
    host.recover();
  }
}

/**
 * What must come about by itself once the faults have ended: a revision that works takes over, and one that does not is
 * given up by the circuit breaker. Nothing is expected of services without room. (SIM-21, SIM-22)
 */
async function expectProgress(run: Run): Promise<void> {
  const { world, scenario, violations } = run;
  const isBack = await runUntil(run, plusMs(world.clock.now(), STEADY_WITHIN_MS), () => isThere(world));
  stopTasksBeside(world);
  setAlarm(world, 'OK');
  await world.settle();
  const service = isBack ? describe(world) : undefined;
  const [primary] = service?.deployments ?? [];
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = service?.deploymentConfiguration ?? {};
  const desiredCount = service?.desiredCount ?? 0;
  const isPossible = couldRoll({ maximumPercent, minimumHealthyPercent }, desiredCount, placeCount(scenario));
  if (!isPossible || desiredCount > placeCount(scenario) || primary?.rolloutState === 'FAILED') return;
  const isGood = WORKING.includes(revisionOf(primary?.taskDefinition));
  // A deployment may have completed while nothing was wanted of it; after that the breaker does not watch it.
  const isWatched = scenario.hasBreaker && desiredCount > 0 && primary?.rolloutState === 'IN_PROGRESS';
  if (!isGood && !isWatched) return;
  const isDone = (): boolean => (world.isUp ? isSettled(describe(world), primary?.id, isGood) : false);
  const isMet = await runUntil(run, plusMs(world.clock.now(), STEADY_WITHIN_MS), isDone);
  if (isMet || violations.length > 0) return;
  const message = `${JSON.stringify(finalState(world))} ${lastEvents(world)}`;
  violations.push({ ruleId: isGood ? 'SIM-21' : 'SIM-22', message });
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

function placeCount({ hostCount, holdsPort, placement, launchType, tasksPerHost }: Scenario): number {
  const isOneEach = launchType === 'EC2' && (holdsPort || placement === 'distinct');
  return hostCount * (isOneEach ? 1 : tasksPerHost);
}

/** Asks for something that fits, and waits until the service is steady there. (SIM-20) */
async function comeToRest(run: Run): Promise<FinalState | undefined> {
  const { world, scenario, violations } = run;
  const places = placeCount(scenario);
  const desiredCount = Math.min(scenario.desiredCount, Math.max(1, Math.floor(places / 2)));
  const { maximumPercent, minimumHealthyPercent } = scenario;
  const isPossible = couldRoll(scenario, desiredCount, places);
  await runUntil(run, plusMs(world.clock.now(), STEADY_WITHIN_MS), () => isThere(world));
  world.call(updateService, {
    service: SERVICE,
    taskDefinition: 'better',
    desiredCount,
    forceNewDeployment: true,
    deploymentConfiguration: isPossible
      ? { maximumPercent, minimumHealthyPercent }
      : { maximumPercent: 200, minimumHealthyPercent: 0 },
  });
  await world.settle();
  const isSteady = (): boolean => {
    const state = world.isUp ? finalState(world) : undefined;
    const isCompleted = state?.rolloutStates.join() === 'COMPLETED' && state.taskDefinition === 'better';
    return isCompleted && state.runningCount === desiredCount && isRecorded(world);
  };
  const isMet = await runUntil(run, plusMs(world.clock.now(), STEADY_WITHIN_MS), isSteady);
  const hasRoomToMove =
    scenario.launchType === 'FARGATE' && places > desiredCount && couldRoll(scenario, desiredCount, places);
  const isSpread = (): boolean => world.isUp && zoneDifference(world) <= 1 && isSteady();
  const canMove = hasRoomToMove && Math.floor((desiredCount * maximumPercent) / 100) > desiredCount;
  const hasMoved = !canMove || (await runUntil(run, plusMs(world.clock.now(), STEADY_WITHIN_MS), isSpread));
  if (!hasMoved && violations.length === 0)
    violations.push({ ruleId: 'SIM-24', message: `unevenly spread: ${lastEvents(world)}` });
  const state = world.isUp ? finalState(world) : undefined;
  if (!isMet && violations.length === 0) {
    const message = `not steady in time: ${JSON.stringify(state)} ${lastEvents(world)}`;
    violations.push({ ruleId: 'SIM-20', message });
  }
  return state;
}

/** How many tasks the fullest zone has more than the emptiest. */
function zoneDifference(world: World): number {
  const [service] = world.store.read((tx) => tx.all(services));
  const counts = world.store.read((tx) =>
    [...new Set(tx.all(subnets).map(({ availabilityZone }) => availabilityZone))].map((zone) =>
      tx.count(tasks, 'spread', `${service?.serviceArn} ${zone}`),
    ),
  );
  return Math.max(...counts) - Math.min(...counts);
}

/** No rollout is under way, and the newest one is known to have worked. (SIM-23) */
function isRecorded(world: World): boolean {
  const [service] = world.store.read((tx) => tx.all(services));
  if (service === undefined) return false;
  const rows = world.store.read((tx) => deploymentsOfService(tx, service.serviceArn));
  const current = rows.find(
    (row) => row.serviceDeploymentArn === service.deployments[0]?.serviceDeploymentArn,
  );
  return current?.status === 'SUCCESSFUL' && rows.every((row) => row.finishedAt !== undefined);
}

/** The control plane answers, and the service is not on its way out. */
const isThere = (world: World): boolean => world.isUp && describe(world)?.status === 'ACTIVE';

/** Whether a whole deployment is possible at all within the bounds and the room on the hosts. */
function couldRoll(
  { maximumPercent, minimumHealthyPercent }: Pick<Scenario, 'maximumPercent' | 'minimumHealthyPercent'>,
  desiredCount: number,
  places: number,
): boolean {
  const hasRoomAbove =
    Math.floor((desiredCount * maximumPercent) / 100) > desiredCount && places > desiredCount;
  const hasRoomBelow = Math.ceil((desiredCount * minimumHealthyPercent) / 100) < desiredCount;
  return hasRoomAbove || hasRoomBelow;
}

function describe(world: World): ServiceShape | undefined {
  const answer = describeServices(world.context(), { services: [SERVICE] });
  return 'services' in answer ? answer.services?.[0] : undefined;
}

function finalState(world: World): FinalState {
  const service = describe(world);
  return {
    status: service?.status,
    desiredCount: service?.desiredCount,
    runningCount: service?.runningCount,
    taskDefinition: revisionOf(service?.taskDefinition),
    rolloutStates: (service?.deployments ?? []).map(({ rolloutState }) => rolloutState),
  };
}

/** The family in the ARN of a definition. */
const revisionOf = (arn: string | undefined): string => (arn ?? '').replace(/^.*\//, '').replace(/:\d+$/, '');

const lastEvents = (world: World): string =>
  (world.isUp ? (describe(world)?.events ?? []) : [])
    .slice(0, 3)
    .map(({ message }) => message)
    .join(' | ');

/** What a commit did, in lines that two runs can be compared by. */
function traceOf(world: World, { revision, changes }: Commit): readonly string[] {
  const at = world.clock.now() - world.startedAt;
  // The outbox repeats what the other rows say.
  const told = changes.filter(({ collection }) => collection !== eventOutbox.name);
  return told.map(
    ({ collection, key, after }) => `${at} ${revision} ${collection} ${key} ${JSON.stringify(after)}`,
  );
}

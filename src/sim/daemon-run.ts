import { createCluster } from '../api/ecs/create-cluster.ts';
import { createDaemon } from '../api/ecs/create-daemon.ts';
import { createCapacityProvider } from '../api/ecs/own-capacity-providers.ts';
import { registerDaemonTaskDefinition } from '../api/ecs/register-daemon-task-definition.ts';
import { registerTaskDefinition } from '../api/ecs/register-task-definition.ts';
import { runTask } from '../api/ecs/run-task.ts';
import { updateDaemon } from '../api/ecs/update-daemon.ts';
import { isReady } from '../core/daemon/daemon-view.ts';
import { isDaemonDeploymentOver } from '../core/daemon/follow-deployment.ts';
import type { DaemonDeployment } from '../domain/daemon.ts';
import { type Instant, plusMs } from '../lib/clock.ts';
import { tasks } from '../records/collections.ts';
import { daemonDeployments, daemons } from '../records/daemons.ts';
import { bootstrapNetwork } from '../records/network.ts';
import { checkDaemons } from './daemon-checks.ts';
import { playHostStep, setHostStatus } from './host-steps.ts';
import { SafetyChecks } from './safety-checks.ts';
import { type HostStep, REVISIONS, type Revision } from './scenario.ts';
import type { Report, Violation } from './violation.ts';
import { World } from './world.ts';

/** A daemon on some hosts, and what happens to them. */
export interface DaemonScenario {
  readonly seed: string;
  readonly hostCount: number;
  readonly drainPercent: number;
  readonly isCritical: boolean;
  readonly isUnreliable: boolean;
  readonly isDiskSlow: boolean;
  readonly steps: readonly DaemonStep[];
}

/** Something that happens at an instant, in seconds from the start. */
export type DaemonStep = { readonly atSeconds: number } & (
  | HostStep
  | { readonly kind: 'deploy'; readonly revision: Revision }
  /** A user runs tasks of another kind on the hosts. */
  | { readonly kind: 'run-tasks' }
  | { readonly kind: 'restart'; readonly forSeconds: number }
);

const DAEMON = 'arn:aws:ecs:us-east-1:000000000000:daemon/default/agent';
const DEFINITION = 'arn:aws:ecs:us-east-1:000000000000:daemon-task-definition/';
const PROVIDERS = ['arn:aws:ecs:us-east-1:000000000000:capacity-provider/own'];
const HOUR_MS = 3_600_000;

/**
 * Runs a daemon under faults and checks every commit; then lifts the faults and deploys a revision that works, and one
 * that does not. Answers the first rule that was broken. (SIM-60 to SIM-64)
 */
export async function runDaemonScenario(scenario: DaemonScenario): Promise<Violation | undefined> {
  const world = new World(scenario);
  const violations: Violation[] = [];
  const report: Report = (ruleId, message) => void violations.push({ ruleId, message });
  const checks = new SafetyChecks({ world, report });
  world.onCommit((commit, store) => {
    checks.check(commit, store);
    store.read((tx) => checkDaemons(tx, commit, report));
  });
  const runUntil = async (at: Instant, isDone: () => boolean): Promise<boolean> => {
    while (!isDone() && violations.length === 0) {
      const next = world.clock.nextAt();
      if (next === undefined || next > at) break;
      await world.step();
    }
    return isDone();
  };
  await world.start();
  await setUp(world, scenario);
  const startedAt = world.clock.now();
  for (const step of scenario.steps)
    world.clock.schedule(plusMs(startedAt, step.atSeconds * 1000), () => play(world, step));
  await runUntil(plusMs(startedAt, 20 * 60_000), () => false);
  for (const host of world.hosts) {
    setHostStatus(world, host.instanceArn, 'ACTIVE');
    host.slowDown(0);
    host.restoreLink();
    host.recover();
  }
  // What was under way under the faults may count for what comes next.
  await runUntil(plusMs(world.clock.now(), 10 * 60_000), () => false);
  const hour = () => plusMs(world.clock.now(), HOUR_MS);
  deploy(world, 'good');
  if (!(await runUntil(hour(), () => hasCome(world, 'SUCCESSFUL'))))
    report('SIM-63', `a good revision ends ${newest(world)?.status}: ${workingHosts(world)} hosts have it`);
  const [first] = world.hosts;
  setHostStatus(world, first?.instanceArn ?? '', 'DRAINING');
  await runUntil(plusMs(world.clock.now(), 10 * 60_000), () => false);
  setHostStatus(world, first?.instanceArn ?? '', 'ACTIVE');
  if (!(await runUntil(hour(), () => hasCome(world, 'SUCCESSFUL'))))
    report('SIM-63', `${workingHosts(world)} hosts work after one was drained and taken back`);
  deploy(world, 'missing');
  if (!(await runUntil(hour(), () => hasCome(world, 'ROLLBACK_SUCCESSFUL'))))
    report('SIM-64', `a missing revision ends ${newest(world)?.status}: ${workingHosts(world)} hosts work`);
  return violations[0];
}

async function setUp(world: World, scenario: DaemonScenario): Promise<void> {
  const context = world.context();
  const { installation, ids, store } = context;
  await world.within(
    store.write((tx) => {
      bootstrapNetwork(tx, { cidrBlock: '172.31.0.0/16', region: installation.region, ids });
    }),
  );
  await world.within(createCluster(context, {}));
  await world.within(
    createCapacityProvider(context, {
      name: 'own',
      managedInstancesProvider: {
        infrastructureRoleArn: 'arn:aws:iam::000000000000:role/infrastructure',
        instanceLaunchTemplate: {
          ec2InstanceProfileArn: 'arn:aws:iam::000000000000:instance-profile/hosts',
          networkConfiguration: {},
        },
      },
    }),
  );
  const container = { name: 'main', cpu: 10, memory: 64 };
  for (const revision of REVISIONS) {
    const hasCheck = revision === 'checked' || revision === 'sick';
    const healthCheck = hasCheck ? { command: ['CMD', 'true'] } : undefined;
    const containerDefinitions = [{ ...container, image: revision, healthCheck }];
    await world.within(registerDaemonTaskDefinition(context, { family: revision, containerDefinitions }));
  }
  const containerDefinitions = [{ ...container, image: 'good' }];
  await world.within(registerTaskDefinition(context, { family: 'app', containerDefinitions }));
  for (let index = 0; index < scenario.hostCount; index += 1)
    await world.within(world.addHost(REGISTRATION, { isUnreliable: scenario.isUnreliable }));
  await world.within(
    createDaemon(context, {
      daemonName: 'agent',
      daemonTaskDefinitionArn: `${DEFINITION}good:1`,
      capacityProviderArns: PROVIDERS,
      critical: scenario.isCritical,
      deploymentConfiguration: { drainPercent: scenario.drainPercent },
    }),
  );
}

const REGISTRATION = {
  totalResources: [
    { name: 'CPU', type: 'INTEGER', integerValue: 1024 },
    { name: 'MEMORY', type: 'INTEGER', integerValue: 4096 },
  ],
  attributes: [
    { name: 'gantry.capacity-provider', value: 'own' },
    { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' },
    { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.24' },
    { name: 'ecs.capability.container-health-check' },
  ],
};

function play(world: World, step: DaemonStep): void {
  if ('host' in step) playHostStep(world, step);
  else if (step.kind === 'deploy') deploy(world, step.revision);
  else if (step.kind === 'restart') world.restart(step.forSeconds * 1000);
  else world.call(runTask, { taskDefinition: 'app', count: 2 });
}

const deploy = (world: World, revision: Revision): void =>
  world.call(updateDaemon, {
    daemonArn: DAEMON,
    daemonTaskDefinitionArn: `${DEFINITION}${revision}:1`,
    capacityProviderArns: PROVIDERS,
  });

const newest = (world: World): DaemonDeployment | undefined =>
  world.isUp
    ? world.store.read((tx) => tx.get(daemonDeployments, tx.get(daemons, DAEMON)?.deploymentArn ?? ''))
    : undefined;

/** Whether the newest deployment has ended as asked, and every host has one task, which works. */
function hasCome(world: World, status: DaemonDeployment['status']): boolean {
  const deployment = newest(world);
  if (deployment === undefined || !isDaemonDeploymentOver(deployment)) return false;
  return deployment.status === status && workingHosts(world) === world.hosts.length;
}

function workingHosts(world: World): number {
  if (!world.isUp) return 0;
  const wanted = world.store.read((tx) => tx.get(daemons, DAEMON)?.targetRevisionArn);
  return world.hosts.filter(({ instanceArn }) => {
    const onHost = world.store.read((tx) => tx.find(tasks, 'spread', `${DAEMON} ${instanceArn}`));
    const [task, second] = onHost;
    return task !== undefined && second === undefined && task.daemonRevisionArn === wanted && isReady(task);
  }).length;
}

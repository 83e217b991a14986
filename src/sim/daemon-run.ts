import { createCluster } from '../api/ecs/create-cluster.ts';
import { registerTaskDefinition } from '../api/ecs/register-task-definition.ts';
import { runTask } from '../api/ecs/run-task.ts';
import { type Instant, plusMs } from '../lib/clock.ts';
import { bootstrapNetwork } from '../records/network.ts';
import { checkDaemons } from './daemon-checks.ts';
import { playHostStep, setHostStatus } from './host-steps.ts';
import {
  deployDaemon,
  hasCome,
  makeDaemon,
  newestDeployment,
  PROVIDER_ATTRIBUTE,
  prepareDaemon,
  workingHosts,
} from './managed-daemon.ts';
import { SafetyChecks } from './safety-checks.ts';
import type { DaemonPlan, HostStep, Revision } from './scenario.ts';
import type { Report, Violation } from './violation.ts';
import { World } from './world.ts';

/** A daemon on some hosts, and what happens to them. */
export interface DaemonScenario extends DaemonPlan {
  readonly seed: string;
  readonly hostCount: number;
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
  deployDaemon(world, 'good');
  if (!(await runUntil(hour(), () => hasCome(world, 'SUCCESSFUL', world.hosts.length))))
    report(
      'SIM-63',
      `a good revision ends ${newestDeployment(world)?.status}: ${workingHosts(world)} hosts have it`,
    );
  const [first] = world.hosts;
  setHostStatus(world, first?.instanceArn ?? '', 'DRAINING');
  await runUntil(plusMs(world.clock.now(), 10 * 60_000), () => false);
  setHostStatus(world, first?.instanceArn ?? '', 'ACTIVE');
  if (!(await runUntil(hour(), () => hasCome(world, 'SUCCESSFUL', world.hosts.length))))
    report('SIM-63', `${workingHosts(world)} hosts work after one was drained and taken back`);
  deployDaemon(world, 'missing');
  if (!(await runUntil(hour(), () => hasCome(world, 'ROLLBACK_SUCCESSFUL', world.hosts.length))))
    report(
      'SIM-64',
      `a missing revision ends ${newestDeployment(world)?.status}: ${workingHosts(world)} hosts work`,
    );
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
  await prepareDaemon(world);
  const container = { name: 'main', cpu: 10, memory: 64 };
  const containerDefinitions = [{ ...container, image: 'good' }];
  await world.within(registerTaskDefinition(context, { family: 'app', containerDefinitions }));
  for (let index = 0; index < scenario.hostCount; index += 1)
    await world.within(world.addHost(REGISTRATION, { isUnreliable: scenario.isUnreliable }));
  await makeDaemon(world, scenario);
}

const REGISTRATION = {
  totalResources: [
    { name: 'CPU', type: 'INTEGER', integerValue: 1024 },
    { name: 'MEMORY', type: 'INTEGER', integerValue: 4096 },
  ],
  attributes: [
    PROVIDER_ATTRIBUTE,
    { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' },
    { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.24' },
    { name: 'ecs.capability.container-health-check' },
  ],
};

function play(world: World, step: DaemonStep): void {
  if ('host' in step) playHostStep(world, step);
  else if (step.kind === 'deploy') deployDaemon(world, step.revision);
  else if (step.kind === 'restart') world.restart(step.forSeconds * 1000);
  else world.call(runTask, { taskDefinition: 'app', count: 2 });
}

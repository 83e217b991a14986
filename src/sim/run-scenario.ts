import { plusMs } from '../lib/clock.ts';
import { tasks } from '../records/collections.ts';
import { eventOutbox } from '../records/event-outbox.ts';
import type { Commit } from '../store/store.ts';
import { checkDaemons } from './daemon-checks.ts';
import { DurabilityChecks } from './durability-checks.ts';
import { EventChecks } from './event-checks.ts';
import { paint, setHostStatus } from './host-steps.ts';
import { comeToRest, expectProgress, type FinalState, type Run } from './liveness.ts';
import { deployDaemon, hasCome, newestDeployment, workingHosts } from './managed-daemon.ts';
import { playStep } from './play-step.ts';
import { SafetyChecks } from './safety-checks.ts';
import { type Scenario, scenarioEndSeconds } from './scenario.ts';
import { colorOf, daemonHostCountOf, isPoolHost, setUp } from './set-up.ts';
import type { Report, Violation } from './violation.ts';
import { World } from './world.ts';

/** What came of a run. */
export interface Outcome {
  /** The first rule that was broken; undefined for a good run. */
  readonly violation: Violation | undefined;
  /** One line for each row of each commit: the same for the same scenario. Empty unless asked for. */
  readonly trace: readonly string[];
  /** How much virtual time it took. */
  readonly virtualMs: number;
  readonly eventCount: number;
  /** The services at the end, as a client sees them, without ids and times. */
  readonly final: readonly FinalState[] | undefined;
}

/** Changes to a run that are not part of the scenario. */
export interface RunOptions {
  /** Restarts the control plane right after this many events. */
  readonly restartAfterEvents?: number | undefined;
  /** Keeps the trace, which costs more than the run. */
  readonly isTraced?: boolean | undefined;
}

const EVENTS_MAX_COUNT = 2_000_000;

/**
 * Runs a scenario, checks every commit, then lifts all faults, deploys a good revision everywhere and waits for the
 * steady state. The same scenario gives the same run, to the byte.
 */
export async function runScenario(scenario: Scenario, options: RunOptions = {}): Promise<Outcome> {
  const world = new World(scenario);
  const violations: Violation[] = [];
  const trace: string[] = [];
  const report: Report = (ruleId, message) => {
    violations.push({ ruleId, message });
    // A loop that never rests would keep the event from ending: what is left of it is taken away.
    if (ruleId === 'SIM-10' && world.isUp) world.stop();
  };
  const checks = new SafetyChecks({ world, report });
  const eventChecks = new EventChecks();
  const durability = new DurabilityChecks(report);
  world.onStart((store, unheard) => {
    durability.checkStart(store, unheard);
    eventChecks.hearUntold(unheard);
  });
  world.onStopTold((taskArn, store) => {
    const task = store.read((tx) => tx.get(tasks, taskArn));
    if (task?.desiredStatus === 'RUNNING')
      report('SIM-28', `a host is told to stop ${taskArn}, which is to run`);
  });
  world.onCommit((commit, store) => {
    eventChecks.hear(commit);
    durability.hear(commit);
    if (options.isTraced === true) trace.push(...traceOf(world, commit));
    checks.check(commit, store);
    if (scenario.managedDaemon !== undefined) store.read((tx) => checkDaemons(tx, commit, report));
  });
  let eventCount = 0;
  const run: Run = {
    world,
    scenario,
    violations,
    report,
    runUntil: async (at, isDone) => {
      let isMet = isDone();
      while (!isMet && violations.length === 0 && eventCount < EVENTS_MAX_COUNT) {
        const nextAt = world.clock.nextAt();
        if (nextAt === undefined || nextAt > at) break;
        await world.step();
        eventCount += 1;
        if (eventCount === options.restartAfterEvents) world.restart(1_000);
        isMet = isDone();
      }
      return isMet;
    },
  };
  const final = await play(run);
  if (violations.length === 0 && world.isUp) await eventChecks.check(world.archive, world.store, report);
  const virtualMs = world.clock.now() - world.startedAt;
  return { violation: violations[0], trace, virtualMs, eventCount, final };
}

/** The scenario from its start to its steady end; undefined when a rule was broken on the way. */
async function play(run: Run): Promise<readonly FinalState[] | undefined> {
  const { world, scenario, violations, report } = run;
  await world.start();
  await setUp(world, scenario);
  const startedAt = world.clock.now();
  for (const step of scenario.steps) {
    const at = plusMs(startedAt, step.atSeconds * 1000);
    world.clock.schedule(at, () => playStep(world, scenario, step, report));
  }
  await run.runUntil(plusMs(startedAt, scenarioEndSeconds(scenario) * 1000), () => false);
  await run.runUntil(plusMs(world.clock.now(), 3_600_000), () => world.isUp);
  liftFaults(world, scenario);
  if (violations.length === 0) await settleDaemon(run);
  if (violations.length === 0) await expectProgress(run);
  return violations.length === 0 ? comeToRest(run) : undefined;
}

/** Services start nothing on hosts where a critical daemon does not work, so it is the first to be well again. (SIM-63) */
async function settleDaemon({ world, scenario, violations, report, runUntil }: Run): Promise<void> {
  if (scenario.managedDaemon === undefined) return;
  await world.settle();
  deployDaemon(world, 'good');
  const hostCount = daemonHostCountOf(scenario);
  const isWell = (): boolean => hasCome(world, 'SUCCESSFUL', hostCount);
  if ((await runUntil(plusMs(world.clock.now(), 3_600_000), isWell)) || violations.length > 0) return;
  const { status } = newestDeployment(world) ?? {};
  report(
    'SIM-63',
    `beside services a good daemon ends ${status}: ${workingHosts(world)} of ${hostCount} hosts have it`,
  );
}

function liftFaults(world: World, scenario: Scenario): void {
  for (const [index, host] of world.hosts.entries()) {
    setHostStatus(world, host.instanceArn, 'ACTIVE');
    if (!isPoolHost(scenario, index)) paint(world, host.instanceArn, colorOf(index));
    host.slowDown(0);
    host.restoreLink();
    host.recover();
    host.comeClean();
  }
}

/** What a commit did, in lines that two runs can be compared by. */
function traceOf(world: World, { revision, changes }: Commit): readonly string[] {
  const at = world.clock.now() - world.startedAt;
  // The outbox repeats what the other rows say.
  const told = changes.filter(({ collection }) => collection !== eventOutbox.name);
  return told.map(
    ({ collection, key, after }) => `${at} ${revision} ${collection} ${key} ${JSON.stringify(after)}`,
  );
}

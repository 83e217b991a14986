import fc from 'fast-check';
import { anyScenario } from './any-scenario.ts';
import { type Outcome, runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import type { Violation } from './violation.ts';

/** How many scenarios to run, and how. */
export interface SimulateOptions {
  /** The first scenario is drawn from it, the next from one more, and so on. */
  readonly seed: number;
  /** Virtual hours after which no further scenario begins. */
  readonly hours: number;
  /** Runs one scenario; the simulator unless said otherwise. */
  readonly run?:
    | ((scenario: Scenario) => Promise<Pick<Outcome, 'violation' | 'virtualMs' | 'eventCount'>>)
    | undefined;
  /** How long a failing scenario is made smaller at most. */
  readonly shrinkMostMs?: number | undefined;
}

/** What came of the runs. */
export interface Simulated {
  readonly scenarioCount: number;
  readonly virtualMs: number;
  readonly eventCount: number;
  /** The first scenario that broke a rule, and the smallest one found that does. */
  readonly failure?:
    | { readonly seed: number; readonly violation: Violation; readonly smallest: Scenario }
    | undefined;
}

/** One virtual hour. */
export const HOUR_MS = 3_600_000;

/** Runs scenarios until the hours have passed or a rule is broken. The same options give the same answer. */
export async function simulate({
  seed,
  hours,
  run = runScenario,
  shrinkMostMs,
}: SimulateOptions): Promise<Simulated> {
  let [virtualMs, scenarioCount, eventCount] = [0, 0, 0];
  for (let next = seed; virtualMs < hours * HOUR_MS; next += 1) {
    const scenario = scenarioOf(next);
    const outcome = await run(scenario);
    virtualMs += outcome.virtualMs;
    scenarioCount += 1;
    eventCount += outcome.eventCount;
    const { violation } = outcome;
    if (violation === undefined) continue;
    const smallest = await shrink(next, { scenario, run, shrinkMostMs });
    return { scenarioCount, virtualMs, eventCount, failure: { seed: next, violation, smallest } };
  }
  return { scenarioCount, virtualMs, eventCount };
}

/** The scenario that a seed stands for. */
export function scenarioOf(seed: number): Scenario {
  const [scenario] = fc.sample(anyScenario, { seed, numRuns: 1 });
  if (scenario === undefined) throw new Error('a seed stands for a scenario');
  return scenario;
}

async function shrink(
  seed: number,
  {
    scenario,
    run,
    shrinkMostMs,
  }: { scenario: Scenario; run: NonNullable<SimulateOptions['run']>; shrinkMostMs: number | undefined },
): Promise<Scenario> {
  const holds = fc.asyncProperty(anyScenario, async (each) => (await run(each)).violation === undefined);
  const limits = shrinkMostMs === undefined ? {} : { interruptAfterTimeLimit: shrinkMostMs };
  const shrunk = await fc.check(holds, { seed, numRuns: 1, ...limits });
  return shrunk.counterexample?.[0] ?? scenario;
}

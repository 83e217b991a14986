import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { anyScenario } from '../src/sim/any-scenario.ts';
import { runScenario } from '../src/sim/run-scenario.ts';
import type { Violation } from '../src/sim/violation.ts';

/**
 * `npm run simulate -- --seed N --hours H`: runs random scenarios, the first drawn from seed N, the next from N + 1 and
 * so on, until H virtual hours have passed. A failure is one line that repeats it, and the smallest scenario found.
 */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, hours: { type: 'string', default: '100' } },
});

const HOUR_MS = 3_600_000;

let virtualMs = 0;
let scenarioCount = 0;
let eventCount = 0;
for (let seed = Number(values.seed); virtualMs < Number(values.hours) * HOUR_MS; seed += 1) {
  const [scenario] = fc.sample(anyScenario, { seed, numRuns: 1 });
  if (scenario === undefined) break;
  const outcome = await runScenario(scenario);
  virtualMs += outcome.virtualMs;
  scenarioCount += 1;
  eventCount += outcome.eventCount;
  if (outcome.violation !== undefined) await fail(seed, outcome.violation);
}
console.log(
  `${scenarioCount} scenarios, ${Math.round(virtualMs / HOUR_MS)} virtual hours, ${eventCount} events: no rule broken`,
);

async function fail(seed: number, { ruleId, message }: Violation): Promise<never> {
  console.error(`[${ruleId}] ${message} — npm run simulate -- --seed ${seed} --hours 0.01`);
  const holds = fc.asyncProperty(
    anyScenario,
    async (scenario) => (await runScenario(scenario)).violation === undefined,
  );
  const shrunk = await fc.check(holds, { seed, numRuns: 1, interruptAfterTimeLimit: 60_000 });
  console.error(JSON.stringify(shrunk.counterexample?.[0]));
  process.exit(1);
}

import { parseArgs } from 'node:util';
import { runScenario } from '../src/sim/run-scenario.ts';
import { HOUR_MS, scenarioOf, simulate } from '../src/sim/simulate.ts';

/**
 * `npm run simulate -- --seed N --hours H`: runs random scenarios, the first drawn from seed N, the next from N + 1 and
 * so on, until H virtual hours have passed. A failure is one line that repeats it, and the smallest scenario found.
 * `--trace` prints every commit of the one scenario of seed N instead.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    hours: { type: 'string', default: '100' },
    trace: { type: 'boolean', default: false },
  },
});

const SHRINK_MOST_MS = 60_000;
const seed = Number(values.seed);

if (values.trace) {
  const { trace, violation } = await runScenario(scenarioOf(seed), { isTraced: true });
  for (const line of trace) console.log(line);
  if (violation !== undefined) console.log(`[${violation.ruleId}] ${violation.message}`);
} else {
  const { scenarioCount, virtualMs, eventCount, failure } = await simulate({
    seed,
    hours: Number(values.hours),
    shrinkMostMs: SHRINK_MOST_MS,
  });
  const counts = `${scenarioCount} scenarios, ${Math.round(virtualMs / HOUR_MS)} virtual hours, ${eventCount} events`;
  if (failure === undefined) console.log(`${counts}: no rule broken`);
  else {
    const { ruleId, message } = failure.violation;
    console.log(counts);
    console.error(`[${ruleId}] ${message} — npm run simulate -- --seed ${failure.seed} --hours 0.01`);
    console.error(JSON.stringify(failure.smallest));
    process.exitCode = 1;
  }
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DaemonScenario, type DaemonStep, runDaemonScenario } from './daemon-run.ts';
import { REVISIONS } from './scenario.ts';

const host = fc.nat(11);
const forSeconds = fc.integer({ min: 1, max: 300 });
const anyStep: fc.Arbitrary<DaemonStep> = fc
  .tuple(
    fc.integer({ min: 0, max: 600 }),
    fc.oneof(
      fc.record({ kind: fc.constant('deploy' as const), revision: fc.constantFrom(...REVISIONS) }),
      fc.record({ kind: fc.constant('deploy' as const), revision: fc.constantFrom(...REVISIONS) }),
      fc.record({ kind: fc.constant('run-tasks' as const) }),
      fc.record({ kind: fc.constant('restart' as const), forSeconds: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ kind: fc.constant('kill-container' as const), host }),
      fc.record({ kind: fc.constant('lose-link' as const), host, forSeconds }),
      fc.record({ kind: fc.constant('crash-host' as const), host, forSeconds }),
      fc.record({ kind: fc.constant('drain' as const), host, forSeconds }),
      fc.record({
        kind: fc.constant('slow-host' as const),
        host,
        delaySeconds: fc.integer({ min: 1, max: 60 }),
        forSeconds,
      }),
    ),
  )
  .map(([atSeconds, step]) => ({ ...step, atSeconds }));

const anyDaemonScenario: fc.Arbitrary<DaemonScenario> = fc.record({
  seed: fc.nat(1_000_000).map(String),
  hostCount: fc.integer({ min: 1, max: 12 }),
  drainPercent: fc.integer({ min: 1, max: 100 }),
  isCritical: fc.boolean(),
  isUnreliable: fc.boolean(),
  isDiskSlow: fc.boolean(),
  steps: fc.array(anyStep, { maxLength: 10 }),
});

test('[SIM-60][SIM-61][SIM-62][SIM-63][SIM-64] a daemon keeps its rules under faults and comes to rest', async () => {
  await fc.assert(
    fc.asyncProperty(anyDaemonScenario, async (scenario) => {
      expect(await runDaemonScenario(scenario)).toBeUndefined();
    }),
    { numRuns: 12, endOnFailure: true },
  );
});

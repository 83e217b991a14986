import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyScenario } from './any-scenario.ts';
import { runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';

const QUIET: Scenario = {
  seed: 'quiet',
  launchType: 'FARGATE',
  hostCount: 2,
  tasksPerHost: 4,
  holdsPort: false,
  placement: 'default',
  isUnreliable: false,
  desiredCount: 3,
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  hasBreaker: true,
  extra: 'none',
  firstRevision: 'good',
  steps: [],
};

/** A good deployment, one that fails and is rolled back, and a change of size in between. */
const BUSY: Scenario = {
  ...QUIET,
  seed: 'busy',
  isUnreliable: true,
  steps: [
    { kind: 'deploy', revision: 'checked', atSeconds: 90 },
    { kind: 'scale', desiredCount: 2, atSeconds: 120 },
    { kind: 'drain', host: 0, forSeconds: 60, atSeconds: 150 },
    { kind: 'deploy', revision: 'missing', atSeconds: 240 },
    { kind: 'crash-host', host: 1, forSeconds: 30, atSeconds: 300 },
  ],
};

describe('runScenario', () => {
  test('[SIM-20] a quiet service becomes steady', async () => {
    const { violation, final } = await runScenario(QUIET);
    expect(violation).toBeUndefined();
    expect(final).toEqual({
      status: 'ACTIVE',
      desiredCount: 3,
      runningCount: 3,
      taskDefinition: 'better',
      rolloutStates: ['COMPLETED'],
    });
  });

  test('[SIM-30] the same scenario gives the same run, to the byte', async () => {
    const [one, other] = [await runScenario(BUSY), await runScenario(BUSY)];
    expect(one.trace.length).toBeGreaterThan(100);
    expect(other.trace.join('\n')).toBe(one.trace.join('\n'));
  });

  test('[SIM-31] a restart after any event leads to the same steady state', async () => {
    const whole = await runScenario(BUSY);
    expect(whole.violation).toBeUndefined();
    for (let events = 1; events < whole.eventCount; events += 7) {
      const { violation, final } = await runScenario(BUSY, { restartAfterEvents: events });
      expect([events, violation, final]).toEqual([events, undefined, whole.final]);
    }
  });

  test('[SIM-1…SIM-22] no commands and faults break a rule', async () => {
    await fc.assert(
      fc.asyncProperty(anyScenario, async (scenario) => {
        const { violation } = await runScenario(scenario);
        expect(violation).toBeUndefined();
      }),
      { numRuns: 80, seed: 1 },
    );
  });
});

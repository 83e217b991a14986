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
  isUnreliable: false,
  desiredCount: 3,
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  hasBreaker: true,
  firstRevision: 'good',
  steps: [],
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

  test('[SIM-1…SIM-20] no commands and faults break a rule', async () => {
    await fc.assert(
      fc.asyncProperty(anyScenario, async (scenario) => {
        const { violation } = await runScenario(scenario);
        expect(violation).toBeUndefined();
      }),
      { numRuns: 40, seed: 1, endOnFailure: false },
    );
  });
});

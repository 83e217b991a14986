import fc from 'fast-check';
import { REVISIONS, type Scenario, type ScenarioStep } from './scenario.ts';

const atSeconds = fc.integer({ min: 1, max: 900 });
const host = fc.nat(3);
const forSeconds = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 60, max: 900 }));
const maximumPercent = fc.constantFrom(100, 101, 125, 150, 200, 200);
const minimumHealthyPercent = fc.constantFrom(0, 50, 99, 100, 100);

const anyStep: fc.Arbitrary<ScenarioStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('deploy' as const),
      atSeconds,
      revision: fc.constantFrom(...REVISIONS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('force-deployment' as const), atSeconds }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('stop-deployment' as const),
      atSeconds,
      stopType: fc.constantFrom('ROLLBACK' as const, 'ABORT' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('protect-task' as const),
      atSeconds,
      forMinutes: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('recreate' as const), atSeconds }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('raise-alarm' as const), atSeconds, forSeconds }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('run-tasks' as const),
      atSeconds,
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('scale' as const), atSeconds, desiredCount: fc.nat(6) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('set-percents' as const),
      atSeconds,
      maximumPercent,
      minimumHealthyPercent,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('stop-task' as const), atSeconds }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('kill-container' as const), atSeconds, host }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('lose-link' as const), atSeconds, host, forSeconds }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('crash-host' as const), atSeconds, host, forSeconds }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drain' as const), atSeconds, host, forSeconds }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('restart' as const),
      atSeconds,
      forSeconds: fc.integer({ min: 1, max: 120 }),
    }),
  },
);

/** Any scenario of up to a quarter of an hour of commands and faults. */
export const anyScenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(1_000_000).map(String),
  launchType: fc.constantFrom('FARGATE' as const, 'EC2' as const),
  hostCount: fc.integer({ min: 1, max: 4 }),
  tasksPerHost: fc.integer({ min: 2, max: 6 }),
  holdsPort: fc.constantFrom(true, false, false),
  placement: fc.constantFrom('default' as const, 'default' as const, 'binpack', 'random', 'distinct'),
  isUnreliable: fc.boolean(),
  desiredCount: fc.integer({ min: 1, max: 5 }),
  maximumPercent,
  minimumHealthyPercent,
  hasBreaker: fc.boolean(),
  extra: fc.constantFrom(
    'none' as const,
    'none' as const,
    'none' as const,
    'pause' as const,
    'alarms' as const,
    'early-blocking' as const,
    'early-deferred' as const,
  ),
  firstRevision: fc.constantFrom('good' as const, 'checked' as const, 'good' as const, 'missing' as const),
  steps: fc.array(anyStep, { maxLength: 10 }),
});

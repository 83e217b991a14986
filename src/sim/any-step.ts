import fc from 'fast-check';
import { LIES, REVISIONS, type ScenarioStep } from './scenario.ts';

const atSeconds = fc.integer({ min: 1, max: 900 });
const host = fc.nat(199);
const service = fc.nat(5);
const forSeconds = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 60, max: 900 }));
const revision = fc.constantFrom(...REVISIONS);

export const maximumPercent = fc.constantFrom(100, 101, 125, 150, 200, 200);
export const minimumHealthyPercent = fc.constantFrom(0, 50, 99, 100, 100);

/** Steps of one kind, of which a share of `weight` is drawn. */
function steps<Kind extends ScenarioStep['kind']>(
  weight: number,
  kind: Kind,
  members: {
    [Member in Exclude<keyof Extract<ScenarioStep, { kind: Kind }>, 'kind' | 'atSeconds'>]-?: fc.Arbitrary<
      Exclude<Extract<ScenarioStep, { kind: Kind }>[Member], undefined>
    >;
  },
): { readonly weight: number; readonly arbitrary: fc.Arbitrary<ScenarioStep> } {
  const all = { kind: fc.constant(kind), atSeconds, ...members } as Record<string, fc.Arbitrary<unknown>>;
  return { weight, arbitrary: fc.record(all) as unknown as fc.Arbitrary<ScenarioStep> };
}

/** Any step of the first quarter of an hour, whatever there is that it could be about. */
export const anyStep: fc.Arbitrary<ScenarioStep> = fc.oneof(
  steps(4, 'deploy', { service, revision }),
  steps(1, 'force-deployment', { service }),
  steps(1, 'stop-deployment', { service, stopType: fc.constantFrom('ROLLBACK', 'ABORT') }),
  steps(1, 'continue-deployment', { service, action: fc.constantFrom('CONTINUE', 'ROLLBACK') }),
  steps(3, 'scale', { service, desiredCount: fc.oneof(fc.nat(6), fc.nat(6), fc.nat(40)) }),
  steps(1, 'set-percents', { service, maximumPercent, minimumHealthyPercent }),
  steps(1, 'set-balancing', { service, isOn: fc.boolean() }),
  steps(1, 'recreate', { service }),
  steps(1, 'run-tasks', { service, count: fc.integer({ min: 1, max: 6 }) }),
  steps(2, 'create-task-set', {
    service,
    revision,
    scalePercent: fc.constantFrom(0, 10, 33, 50, 100, 100),
  }),
  steps(2, 'scale-task-set', { service, set: fc.nat(4), scalePercent: fc.nat(100) }),
  steps(1, 'make-primary', { service, set: fc.nat(4) }),
  steps(1, 'delete-task-set', { service, set: fc.nat(4) }),
  steps(1, 'ask-nonsense', { service }),
  steps(1, 'protect-task', { forMinutes: fc.integer({ min: 1, max: 20 }) }),
  steps(1, 'raise-alarm', { forSeconds }),
  steps(2, 'stop-task', {}),
  steps(2, 'push-image', { revision: fc.constantFrom('good', 'better', 'checked') }),
  steps(2, 'deploy-daemon', { revision }),
  steps(2, 'kill-container', { host }),
  steps(2, 'lose-link', { host, forSeconds }),
  steps(1, 'lose-link-in-restart', { host, forSeconds }),
  steps(1, 'flap', { host, times: fc.integer({ min: 2, max: 20 }) }),
  steps(1, 'partition', { host, hostCount: fc.integer({ min: 1, max: 100 }), forSeconds }),
  steps(2, 'crash-host', { host, forSeconds }),
  steps(2, 'drain', { host, forSeconds }),
  steps(1, 'slow-host', { host, delaySeconds: fc.integer({ min: 5, max: 120 }), forSeconds }),
  steps(3, 'lie', { host, lie: fc.constantFrom(...LIES) }),
  steps(1, 'paint', { host, color: fc.constantFrom('blue', 'red') }),
  steps(3, 'restart', { forSeconds: fc.integer({ min: 1, max: 120 }) }),
);

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitByStrategy } from '../task/provider-split.ts';
import { inStopOrder, type StopCandidate } from './stop-order.ts';
import { aDeployment, aService, aServiceTask } from './testing.ts';

const anyStrategy = fc
  .array(fc.record({ weight: fc.nat(5), base: fc.constant(0) }), { minLength: 2, maxLength: 3 })
  .filter((items) => items.some(({ weight }) => weight > 0))
  .chain((items) =>
    fc.record({ at: fc.nat(items.length - 1), base: fc.nat(4) }).map(({ at, base }) =>
      items.map((item, place) => ({
        ...item,
        capacityProvider: `p${place}`,
        base: place === at ? base : 0,
      })),
    ),
  );

describe('inStopOrder', () => {
  test('[DEP-15] what is left is shared as the strategy would have shared it', () => {
    fc.assert(
      fc.property(anyStrategy, fc.nat(20), fc.nat(20), (capacityProviderStrategy, total, going) => {
        const candidates = splitByStrategy(capacityProviderStrategy, total).map(
          (capacityProviderName, at): StopCandidate => ({
            task: aServiceTask(`t${at}`, { capacityProviderName }),
            taskClass: 'healthy',
            age: 0,
          }),
        );
        const deployment = aDeployment();
        const service = aService({
          deployments: [{ ...deployment, spec: { ...deployment.spec, capacityProviderStrategy } }],
        });
        const left = inStopOrder(candidates, { service, hosts: new Map() }).slice(going);
        const names = left.map(({ task }) => task.capacityProviderName ?? '').sort();
        const wanted = splitByStrategy(capacityProviderStrategy, Math.max(0, total - going));
        expect(names).toEqual([...wanted].sort());
      }),
      { numRuns: 300 },
    );
  });
});

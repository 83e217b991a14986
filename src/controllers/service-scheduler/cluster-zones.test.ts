import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import { anInstance } from '../../records/testing.ts';
import { ClusterZones } from './cluster-zones.ts';

const anyHost: fc.Arbitrary<ContainerInstance | undefined> = fc.option(
  fc
    .record({
      zone: fc.constantFrom('a', 'b', undefined),
      status: fc.constantFrom('ACTIVE' as const, 'DRAINING' as const, 'INACTIVE' as const),
      agentConnected: fc.boolean(),
      pool: fc.constantFrom('CLUSTER' as const, 'FARGATE' as const),
    })
    .map(({ zone, ...host }) =>
      anInstance({
        instanceId: 'i',
        clusterArn: 'one',
        attributes: zone === undefined ? [] : [{ name: 'ecs.availability-zone', value: zone }],
        ...host,
      }),
    ),
  { nil: undefined },
);

test('[DEP-31] after any changes the zones are those of the connected ACTIVE hosts of the cluster', () => {
  fc.assert(
    fc.property(
      fc.array(anyHost, { maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(3), anyHost), { maxLength: 20 }),
      (first, changes) => {
        const hosts = [...first, undefined, undefined, undefined, undefined].slice(0, 4);
        const zones = new ClusterZones(hosts.filter((host) => host !== undefined));
        for (const [at, after] of changes) {
          zones.changed({ before: hosts[at], after });
          hosts[at] = after;
        }
        const counted = hosts.filter(
          (host) => host?.pool === 'CLUSTER' && host.status === 'ACTIVE' && host.agentConnected,
        );
        const wanted = new Set(
          counted.flatMap((host) => host?.attributes.map(({ value = '' }) => value) ?? []),
        );
        expect([...zones.of('one')].sort()).toEqual([...wanted].sort());
        expect(zones.of('another')).toEqual([]);
      },
    ),
  );
});

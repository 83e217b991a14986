import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aContainerInstance } from '../core/instance/testing.ts';
import { knownHostOf, knownHostsOf } from './placement-hosts.ts';

const aHost = (number: number, version: number) =>
  aContainerInstance({ containerInstanceArn: `host/${number}`, version });

test('[PLC-7] a listing is what its rows are, and what was made of a row that stayed is used again', () => {
  const anyStep = fc.array(fc.tuple(fc.nat(9), fc.boolean()), { maxLength: 12 });
  let runCount = 0;
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 6 }), (steps) => {
      runCount += 1;
      const name = `cluster-${runCount}`;
      const rows = new Map<number, ReturnType<typeof aHost>>();
      let version = 0;
      let before: ReturnType<typeof knownHostsOf> = [];
      for (const step of steps) {
        for (const [number, isThere] of step) {
          version += 1;
          if (isThere) rows.set(number, aHost(number, version));
          else rows.delete(number);
        }
        const instances = [...rows.entries()].sort(([one], [other]) => one - other).map(([, row]) => row);
        const hosts = knownHostsOf(name, instances);
        expect(hosts).toEqual(instances.map(knownHostOf));
        for (const host of hosts) {
          const known = before.find(({ instance }) => instance === host.instance);
          if (known !== undefined) expect(host).toBe(known);
        }
        expect(knownHostsOf(name, instances)).toBe(hosts);
        before = hosts;
      }
    }),
    { numRuns: 200 },
  );
});

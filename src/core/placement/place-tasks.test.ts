import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closestRefusal, mayPass } from './closest-refusal.ts';
import { placeTasks } from './place-tasks.ts';
import { ZONE_ATTRIBUTE } from './placement-view.ts';
import {
  aDemand,
  aHost,
  anyView,
  anyViewOf,
  aView,
  couldTakeOneMore,
  countBy,
  placed,
  some,
  zone,
} from './testing.ts';

describe('placeTasks', () => {
  test.each([
    { name: 'draining host', host: { isActive: false }, refusal: { reason: 'INACTIVE' } },
    { name: 'lost agent', host: { isConnected: false }, refusal: { reason: 'AGENT' } },
    {
      name: 'missing attribute',
      host: {},
      demand: { requiredAttributes: ['x'] },
      refusal: { reason: 'ATTRIBUTE', missing: 'x' },
    },
    {
      name: 'other architecture',
      host: { attributes: new Map([['ecs.cpu-architecture', 'arm64']]) },
      demand: { matchingAttributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }] },
      refusal: { reason: 'ATTRIBUTE', missing: 'ecs.cpu-architecture=x86_64' },
    },
    {
      name: 'something it says it cannot do',
      host: { attributes: new Map([['gantry.lacks.swap-limit', undefined]]) },
      demand: {
        avoidedAttributes: [{ name: 'gantry.lacks.swap-limit', setting: 'linuxParameters.maxSwap' }],
      },
      refusal: { reason: 'ATTRIBUTE', unable: 'linuxParameters.maxSwap' },
    },
    {
      name: 'a small disk',
      host: { attributes: new Map([['gantry.storage-gib', '99']]) },
      demand: { storageGib: 100 },
      refusal: { reason: 'ATTRIBUTE', unable: 'ephemeralStorage of 100 GiB: its disk has 99' },
    },
    {
      name: 'other zone',
      host: { attributes: new Map([[ZONE_ATTRIBUTE, 'c']]) },
      demand: { zones: ['a', 'b'] },
      refusal: { reason: 'LOCATION', missing: 'c' },
    },
    {
      name: 'too little CPU',
      host: { registered: some(256, 1000) },
      demand: { resources: some(257, 1) },
      refusal: { reason: 'RESOURCE:CPU', missingAmount: 1 },
    },
    {
      name: 'too little memory',
      host: { registered: some(256, 1000), reserved: some(0, 1) },
      demand: { resources: some(256, 1000) },
      refusal: { reason: 'RESOURCE:MEMORY', missingAmount: 1 },
    },
    {
      name: 'a port of the host itself',
      host: { registered: { ...some(256, 1000), tcpPorts: [22] } },
      demand: { resources: { ...some(1, 1), tcpPorts: [22] } },
      refusal: { reason: 'RESOURCE:PORTS', missing: '22' },
    },
    {
      name: 'too few GPUs',
      host: {
        registered: { ...some(256, 1000), gpuIds: ['a', 'b'] },
        reserved: { ...some(0, 0), gpuIds: ['a'] },
      },
      demand: { resources: some(1, 1), gpuCount: 3 },
      refusal: { reason: 'RESOURCE:GPU', missingAmount: 2 },
    },
    {
      name: 'a port of another task',
      host: { reserved: { ...some(1, 1), udpPorts: [53] } },
      demand: { resources: { ...some(1, 1), udpPorts: [53] } },
      refusal: { reason: 'RESOURCE:PORTS', missing: '53' },
    },
  ])('[PLC-1] refuses for $name, with what is missing', ({ host, demand, refusal }) => {
    const outcome = placeTasks(aView({ hosts: [aHost({ hostId: 'h', ...host })], demand: aDemand(demand) }));
    expect(outcome).toEqual({ placements: [{ kind: 'unplaced' }], refusals: [{ hostId: 'h', ...refusal }] });
  });

  test('[PLC-1] a host without a zone, and one whose architecture is unknown, will do for any', () => {
    const demand = aDemand({
      zones: ['a'],
      matchingAttributes: [{ name: 'ecs.cpu-architecture', value: 'arm64' }],
    });
    expect(placed(aView({ hosts: [aHost({ hostId: 'h' })], demand }))).toEqual(['h']);
  });

  test('[PLC-1] a constraint of the caller refuses last, with its own words', () => {
    const view = aView({
      hosts: [aHost({ hostId: 'h' })],
      taskCount: 2,
      constraints: [
        { reason: 'one each', dependsOnTasks: true, admits: (_host, placedCount) => placedCount === 0 },
      ],
    });
    expect(placeTasks(view)).toEqual({
      placements: [{ kind: 'placed', hostId: 'h' }, { kind: 'unplaced' }],
      refusals: [{ hostId: 'h', reason: 'CONSTRAINT', missing: 'one each', dependsOnTasks: true }],
    });
  });

  test('[PLC-4] spreads over zones first, then over the hosts of a zone', () => {
    const hosts = [
      aHost({ hostId: 'a1', attributes: zone('a') }),
      aHost({ hostId: 'a2', attributes: zone('a') }),
      aHost({ hostId: 'b1', attributes: zone('b'), groupTaskCount: 1 }),
    ];
    expect(placed(aView({ hosts, taskCount: 5 }))).toEqual(['a1', 'a2', 'b1', 'a1', 'b1']);
  });

  test('[PLC-4] a full zone does not keep tasks out of the others', () => {
    const hosts = [
      aHost({ hostId: 'a1', attributes: zone('a'), registered: some(1, 1) }),
      aHost({ hostId: 'b1', attributes: zone('b') }),
    ];
    const demand = aDemand({ resources: some(1, 1) });
    expect(placed(aView({ hosts, demand, taskCount: 4 }))).toEqual(['a1', 'b1', 'b1', 'b1']);
  });

  test.each([
    {
      name: 'binpack by memory fills the fullest host first',
      strategies: [{ kind: 'binpack', resource: 'memory' }],
      want: ['b', 'b', 'a'],
    },
    {
      name: 'binpack by cpu looks at cpu',
      strategies: [{ kind: 'binpack', resource: 'cpu' }],
      want: ['a', 'a', 'a'],
    },
  ] as const)('[PLC-4] $name', ({ strategies, want }) => {
    const hosts = [
      aHost({ hostId: 'a', registered: some(10, 10) }),
      aHost({ hostId: 'b', registered: some(20, 2) }),
    ];
    const demand = aDemand({ resources: some(1, 1) });
    expect(placed(aView({ hosts, demand, taskCount: 3, strategies }))).toEqual(want);
  });

  test('[PLC-2] never gives a host more CPU, memory or ports than it has', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const counts = countBy(placed(view));
        for (const host of view.hosts) {
          const count = counts.get(host.hostId) ?? 0;
          if (count === 0) continue;
          const { resources } = view.demand;
          expect(host.isActive && host.isConnected).toBe(true);
          expect(host.reserved.cpuUnits + count * resources.cpuUnits).toBeLessThanOrEqual(
            host.registered.cpuUnits,
          );
          expect(host.reserved.memoryMib + count * resources.memoryMib).toBeLessThanOrEqual(
            host.registered.memoryMib,
          );
          const taken = [...host.reserved.tcpPorts, ...host.registered.tcpPorts];
          expect(resources.tcpPorts.some((port) => taken.includes(port))).toBe(false);
          if (resources.tcpPorts.length > 0) expect(count).toBe(1);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('[PLC-3] never leaves a task over while some host could take it', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const counts = countBy(placed(view));
        const left = view.taskCount - placed(view).length;
        if (left === 0) return;
        for (const host of view.hosts)
          expect(couldTakeOneMore(host, view, counts.get(host.hostId) ?? 0)).toBe(false);
        expect(placeTasks(view).refusals.map(({ hostId }) => hostId)).toEqual(
          view.hosts.map(({ hostId }) => hostId).sort(),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('[PLC-5] the order of the hosts does not matter', () => {
    fc.assert(
      fc.property(
        anyView.chain((view) =>
          fc.record({
            view: fc.constant(view),
            hosts: fc.shuffledSubarray([...view.hosts], { minLength: view.hosts.length }),
          }),
        ),
        ({ view, hosts }) => {
          expect(placeTasks({ ...view, hosts })).toEqual(placeTasks(view));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('[PLC-4] keeps zones that have room within one task of each other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 40 }), (zoneCount, taskCount) => {
        const hosts = Array.from({ length: zoneCount * 3 }, (_, at) =>
          aHost({ hostId: `h${at}`, attributes: zone(`z${at % zoneCount}`) }),
        );
        const zones = countBy(
          placed(aView({ hosts, taskCount })).map((id) => `z${Number(id.slice(1)) % zoneCount}`),
        );
        const counts = Array.from({ length: zoneCount }, (_, at) => zones.get(`z${at}`) ?? 0);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 100 },
    );
  });
});

describe('closestRefusal', () => {
  test('[PLC-6] is the one by the latest filter, then by the least amount', () => {
    const refusals = [
      { hostId: 'a', reason: 'AGENT' },
      { hostId: 'b', reason: 'RESOURCE:CPU', missingAmount: 9 },
      { hostId: 'c', reason: 'RESOURCE:CPU', missingAmount: 2 },
    ] as const;
    expect(closestRefusal(refusals)?.hostId).toBe('c');
    expect(closestRefusal([])).toBe(undefined);
  });

  test('[PLC-6] asked for alone it is the same, and the closest that may pass as tasks leave comes with it', () => {
    const anyCase = fc.record({
      view: anyViewOf({ hostCount: 20, taskCount: 12 }),
      isLasting: fc.boolean(),
    });
    fc.assert(
      fc.property(anyCase, ({ view: anyOne, isLasting }) => {
        const constraints = anyOne.constraints.map((each) => ({ ...each, dependsOnTasks: !isLasting }));
        const view = { ...anyOne, constraints };
        const { refusals } = placeTasks(view);
        const [closest, passing, ...others] = placeTasks({ ...view, refusalsWanted: 'closest' }).refusals;
        expect(closest).toEqual(closestRefusal(refusals));
        const wanted = closestRefusal(refusals.filter(mayPass));
        expect(closest !== undefined && mayPass(closest) ? closest : passing).toEqual(wanted);
        expect(others).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_RESOURCES } from '../../domain/resources.ts';
import type { Service } from '../../domain/service.ts';
import type { ServiceHost } from './service-view.ts';
import { inStopOrder, type StopCandidate } from './stop-order.ts';
import { aService, aServiceHost, aServiceTask } from './testing.ts';

const SIZE = { ...NO_RESOURCES, cpuUnits: 100, memoryMib: 100 };

const aCandidate = (taskId: string, instanceArn: string): StopCandidate => ({
  task: aServiceTask(taskId, { instanceArn, reserved: SIZE }),
  taskClass: 'healthy',
  age: 0,
});

const hostWith = (cpuUnits: number, rack = ''): ServiceHost =>
  aServiceHost({
    registered: { ...NO_RESOURCES, cpuUnits, memoryMib: 1000 },
    attributes: [{ name: 'rack', value: rack }],
  });

function orderOf(
  placementStrategy: Service['placementStrategy'],
  candidates: readonly StopCandidate[],
  hosts: ReadonlyMap<string, ServiceHost>,
): readonly string[] {
  const service = aService({ placementStrategy });
  return inStopOrder(candidates, { service, hosts }).map(({ task }) => task.taskId);
}

describe('inStopOrder', () => {
  test('[DEP-14] binpack gives up where most is left once the task has gone', () => {
    const candidates = [aCandidate('a', 'h1'), aCandidate('b', 'h2'), aCandidate('c', 'h1')];
    const hosts = new Map([
      ['h1', hostWith(300)],
      ['h2', hostWith(1000)],
    ]);
    expect(orderOf([{ type: 'binpack', field: 'cpu' }], candidates, hosts)).toEqual(['b', 'a', 'c']);
  });

  test('[DEP-14] spread gives up where most tasks are, then by the next strategy', () => {
    const candidates = [aCandidate('a', 'h1'), aCandidate('b', 'h2'), aCandidate('c', 'h3')];
    const hosts = new Map([
      ['h1', hostWith(900, 'left')],
      ['h2', hostWith(100, 'right')],
      ['h3', hostWith(200, 'right')],
    ]);
    const strategies = [
      { type: 'spread', field: 'attribute:rack' },
      { type: 'binpack', field: 'cpu' },
    ] as const;
    expect(orderOf(strategies, candidates, hosts)).toEqual(['c', 'a', 'b']);
  });

  test('[DEP-14] the default and its two spreads written out give up the same numbers per host', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('h1', 'h2', 'h3'), { maxLength: 12 }),
        fc.nat(12),
        (places, count) => {
          const candidates = places.map((host, at) => aCandidate(`t${at}`, host));
          const left = (strategy: Service['placementStrategy']): readonly number[] => {
            const gone = new Set(orderOf(strategy, candidates, new Map()).slice(0, count));
            const kept = candidates.filter(({ task }) => !gone.has(task.taskId));
            return ['h1', 'h2', 'h3']
              .map((h) => kept.filter(({ task }) => task.instanceArn === h).length)
              .sort();
          };
          expect(left([{ type: 'spread', field: 'instanceId' }])).toEqual(left([]));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('[DEP-14] every candidate is there once, in the same order however they were read', () => {
    const strategies = fc.constantFrom<Service['placementStrategy']>(
      [{ type: 'random' }],
      [{ type: 'binpack', field: 'memory' }],
      [{ type: 'spread', field: 'instanceId' }, { type: 'random' }],
    );
    const hosts = new Map(['h1', 'h2', 'h3'].map((name, at) => [name, hostWith(at * 150)]));
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('h1', 'h2', 'h3', 'gone'), { maxLength: 10 }),
        strategies,
        (places, strategy) => {
          const candidates = places.map((host, at) => aCandidate(`t${at}`, host));
          const order = orderOf(strategy, candidates, hosts);
          expect([...order].sort()).toEqual(candidates.map(({ task }) => task.taskId).sort());
          expect(orderOf(strategy, [...candidates].reverse(), hosts)).toEqual(order);
        },
      ),
      { numRuns: 200 },
    );
  });
});

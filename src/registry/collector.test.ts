import { describe, expect, test } from 'vitest';
import { type Clock, type Instant, instant } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { repositories } from '../records/ecr.ts';
import { memoryStore } from '../store/memory-store.ts';
import { startCollector } from './collector.ts';

/** A clock that holds the one timer that is set. */
function aClock() {
  let timer: { at: Instant; callback: () => void } | undefined;
  const clock: Clock = {
    now: () => instant(0),
    schedule: (at, callback) => {
      timer = { at, callback };
      return () => {
        timer = undefined;
      };
    },
  };
  return { clock, dueAt: () => timer?.at, fire: () => timer?.callback() };
}

async function aCollector() {
  const store = await memoryStore({ flush: 'immediate' });
  const { clock, dueAt, fire } = aClock();
  let runs = 0;
  const registry = {
    handle: async () => {},
    collectGarbage: async () => {
      runs += 1;
      return { linkCount: 0, fileCount: 0, uploadCount: 0 };
    },
  };
  const stop = startCollector({ registry, store, clock, log: silentLog });
  return { store, dueAt, fire, runs: () => runs, stop };
}

describe('startCollector', () => {
  test('[REG-10] runs every hour, and five seconds after a deletion', async () => {
    const collector = await aCollector();
    expect(collector.dueAt()).toBe(3_600_000);
    await collector.store.write((tx) => {
      tx.put(repositories, {
        repositoryName: 'app',
        repositoryArn: 'arn',
        createdAt: instant(0),
        imageTagMutability: 'MUTABLE',
        imageTagMutabilityExclusionFilters: [],
        tags: [],
      });
    });
    expect(collector.dueAt()).toBe(3_600_000);
    await collector.store.write((tx) => tx.delete(repositories, 'app'));
    expect(collector.dueAt()).toBe(5_000);
    collector.fire();
    expect(collector.runs()).toBe(1);
    expect(collector.dueAt()).toBe(3_600_000);
    collector.stop();
    expect(collector.dueAt()).toBeUndefined();
  });
});

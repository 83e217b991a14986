import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock, Instant } from '../lib/clock.ts';
import { instant, plusMs } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { createWorkQueue } from './work-queue.ts';

describe('createWorkQueue', () => {
  test('handles a key once however often it was asked for', async () => {
    const { queue, handled } = aQueue();
    for (let times = 0; times < 5; times += 1) queue.add('a');
    queue.add('b');
    await queue.idle();
    expect(handled).toEqual(['a', 'b']);
  });

  test('handles a key again that was asked for while it was being handled, never twice at a time', async () => {
    let running = 0;
    let most = 0;
    let times = 0;
    const clock = aClock();
    const queue = createWorkQueue({
      name: 'test',
      clock,
      log: silentLog,
      handle: async (key) => {
        running += 1;
        most = Math.max(most, running);
        times += 1;
        if (times === 1) queue.add(key);
        await Promise.resolve();
        running -= 1;
      },
    });
    queue.add('a');
    await queue.idle();
    expect([times, most]).toEqual([2, 1]);
  });

  test('handles at most the given number of keys at a time, and all of them', async () => {
    let running = 0;
    let most = 0;
    const handled: string[] = [];
    const queue = createWorkQueue({
      name: 'test',
      clock: aClock(),
      log: silentLog,
      concurrencyCount: 3,
      handle: async (key) => {
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
        handled.push(key);
      },
    });
    for (let key = 0; key < 20; key += 1) queue.add(`${key}`);
    await queue.idle();
    expect([handled.length, most]).toEqual([20, 3]);
  });

  test('waits for the earliest of several instants and forgets the rest', async () => {
    const { queue, handled, clock } = aQueue();
    queue.addAt('a', instant(50));
    queue.addAt('a', instant(20));
    queue.addAt('a', instant(90));
    await queue.idle();
    expect(handled).toEqual([]);
    clock.advance(20);
    await queue.idle();
    expect(handled).toEqual(['a']);
    clock.advance(100);
    await queue.idle();
    expect(handled).toEqual(['a']);
    expect(clock.pendingCount()).toBe(0);
  });

  test('tries a failed key again after a growing pause', async () => {
    const clock = aClock();
    const at: number[] = [];
    const queue = createWorkQueue({
      name: 'test',
      clock,
      log: silentLog,
      handle: () => {
        at.push(clock.now());
        return at.length < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve();
      },
    });
    queue.add('a');
    for (let step = 0; step < 10; step += 1) {
      await queue.idle();
      clock.advance(100);
    }
    expect(at).toEqual([0, 200, 600]);
  });

  test('queues that share a thread let go of it after some milliseconds, and go on in the turns that follow', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(6), { minLength: 1, maxLength: 4 }), async (keyCounts) => {
        const thread = aThread();
        const handled: string[] = [];
        const queues = keyCounts.map((keyCount, index) => {
          const queue = createWorkQueue({
            name: 'test',
            clock: thread.clock,
            log: silentLog,
            handle: async (key) => {
              handled.push(key);
              thread.work(1);
            },
          });
          for (let key = 0; key < keyCount; key += 1) queue.add(`${index}.${key}`);
          return queue;
        });
        const total = keyCounts.reduce((sum, count) => sum + count, 0);
        for (let turn = 1; turn <= Math.ceil(total / 2); turn += 1) {
          for (let step = 0; step < 100; step += 1) await Promise.resolve();
          expect(handled.length).toBe(Math.min(total, 2 * turn));
          thread.turn();
        }
        await Promise.all(queues.map((queue) => queue.idle()));
        expect(new Set(handled).size).toBe(total);
      }),
      { numRuns: 60 },
    );
  });

  test('a key that goes on is handled before those that wait, and once', async () => {
    const handled: string[] = [];
    const queue = createWorkQueue({
      name: 'test',
      clock: aClock(),
      log: silentLog,
      concurrencyCount: 1,
      handle: async (key) => {
        handled.push(key);
        if (key === 'a' && handled.length === 1) {
          queue.add('a');
          queue.addNext('a');
          queue.add('a');
        }
      },
    });
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await queue.idle();
    expect(handled).toEqual(['a', 'a', 'b', 'c']);
  });

  test('handles nothing more after it was stopped', async () => {
    const { queue, handled, clock } = aQueue();
    queue.add('a');
    queue.addAt('b', instant(10));
    queue.stop();
    queue.add('c');
    clock.advance(20);
    await queue.idle();
    expect(handled).toEqual([]);
  });
});

function aQueue() {
  const clock = aClock();
  const handled: string[] = [];
  const queue = createWorkQueue({
    name: 'test',
    clock,
    log: silentLog,
    handle: async (key) => {
      handled.push(key);
    },
  });
  return { queue, handled, clock };
}

interface TestClock extends Clock {
  advance(ms: number): void;
  pendingCount(): number;
}

/** A clock that moves only when told. */
function aClock(): TestClock {
  let now: Instant = instant(0);
  const timers = new Set<{ at: Instant; callback: () => void }>();
  return {
    now: () => now,
    schedule(at, callback) {
      const timer = { at, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    pendingCount: () => timers.size,
    advance(ms) {
      now = plusMs(now, ms);
      for (const timer of timers) {
        if (timer.at > now) continue;
        timers.delete(timer);
        timer.callback();
      }
    },
  };
}

/** A clock whose time passes while something works, and whose timers come when the thread is let go of. */
function aThread() {
  let now = 0;
  let due: (() => void)[] = [];
  const clock: Clock = {
    now: () => instant(now),
    schedule: (_at, callback) => {
      due.push(callback);
      return () => {
        due = due.filter((other) => other !== callback);
      };
    },
  };
  const work = (ms: number): void => {
    now += ms;
  };
  const turn = (): void => {
    for (const callback of due.splice(0)) callback();
  };
  return { clock, work, turn };
}

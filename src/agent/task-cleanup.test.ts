import { describe, expect, test } from 'vitest';
import { type Clock, instant, plusMs } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { seededRng } from '../lib/rng.ts';
import type { RuntimeDriver } from '../runtime/driver.ts';
import { VirtualClock } from '../sim/virtual-clock.ts';
import { credentialsBook } from './credentials-book.ts';
import { DEFAULT_ENGINE_SETTINGS, type TaskDeps } from './engine-deps.ts';
import { liveTask } from './live-task.ts';
import type { LogShipper } from './log-shipper.ts';
import { cleanUp } from './task-cleanup.ts';
import type { TaskRecord } from './task-record.ts';
import { aRecord, exited } from './testing.ts';

const NOW = instant(1_000_000);
const MINUTE_MS = 60_000;
const OVER: TaskRecord = {
  ...aRecord([{ name: 'a', is: exited(0) }]),
  wasRunning: true,
  isStopped: true,
  sent: 'STOPPED',
};

interface World {
  readonly record?: TaskRecord;
  /** Resolves when the output is shipped. */
  readonly drained?: Promise<void>;
  readonly failures?: number;
  readonly isDiskFull?: () => boolean;
  /** What the agent takes for the time. */
  readonly clockOver?: (clock: VirtualClock) => Clock;
}

/** Timers come a millisecond early, and the next one begins between two looks at the clock: both happen to real ones. */
function hastyClock(clock: VirtualClock): Clock {
  let seen: number | undefined;
  return {
    now: () => {
      const now = clock.now();
      const isFirstLook = now !== seen;
      seen = now;
      return isFirstLook ? now : plusMs(now, 1);
    },
    schedule: (at, callback) => clock.schedule(plusMs(at, -1), callback),
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A stopped task that is cleaned up; `done` tells what was removed, in order. */
function aCleanUp({ record = OVER, drained = Promise.resolve(), failures = 0, ...world }: World = {}) {
  const clock = new VirtualClock(NOW);
  const { isDiskFull, clockOver = () => clock } = world;
  const agentClock = clockOver(clock);
  const done: string[] = [];
  let left = failures;
  const state = {
    load: async () => undefined,
    save: async () => {},
    remove: async (name: string) => void done.push(name),
    list: async () => [],
  };
  const removeContainer = async (): Promise<void> => {
    left -= 1;
    if (left >= 0) throw new Error('busy');
    done.push('container');
  };
  const deps = {
    driver: { removeContainer, releaseSandbox: async () => {} } as Partial<RuntimeDriver> as RuntimeDriver,
    clock: agentClock,
    log: silentLog,
    rng: seededRng('r'),
    state,
    book: credentialsBook(),
    volumes: { remove: async () => void done.push('volumes') },
    firelens: { remove: async () => void done.push('firelens') },
    images: { isDiskFull: isDiskFull ?? (() => false) },
    settings: DEFAULT_ENGINE_SETTINGS,
  } as unknown as TaskDeps;
  const live = liveTask({ state, clock: agentClock, record, onChange: () => {} });
  live.shippers.set('a', { drained } as Partial<LogShipper> as LogShipper);
  let isOver = false;
  const ended = cleanUp(deps, live).then(() => {
    isOver = true;
  });
  return {
    live,
    ended,
    done,
    isOver: () => isOver,
    passTo: async (ms: number) => {
      let isThere = false;
      clock.schedule(plusMs(NOW, ms), () => {
        isThere = true;
      });
      await turn();
      while (!isThere) {
        clock.step();
        await turn();
      }
    },
  };
}

describe('cleanUp', () => {
  test('[AGT-15] what a stopped task had stays for ten minutes after its output was shipped', async () => {
    const output = Promise.withResolvers<void>();
    const { done, passTo, ended } = aCleanUp({ drained: output.promise });
    await passTo(5 * MINUTE_MS);
    output.resolve();
    await passTo(15 * MINUTE_MS - 1);
    expect(done).toEqual([]);
    await passTo(15 * MINUTE_MS);
    await ended;
    expect(done).toContain('container');
  });

  test('[AGT-15] the wait ends though its last millisecond passes between two looks at the clock', async () => {
    const { done, passTo, ended } = aCleanUp({ clockOver: hastyClock });
    await passTo(10 * MINUTE_MS + 2);
    await ended;
    expect(done).toContain('container');
  });

  test('[AGT-15] output that nobody takes is given up after three hours', async () => {
    const { done, passTo, ended } = aCleanUp({ drained: new Promise(() => {}) });
    await passTo(190 * MINUTE_MS - 1);
    expect(done).toEqual([]);
    await passTo(190 * MINUTE_MS);
    await ended;
    expect(done).toContain('container');
  });

  test('[AGT-15] nothing goes before STOPPED is accepted', async () => {
    const { done, live, passTo, ended } = aCleanUp({ record: { ...OVER, sent: 'RUNNING' } });
    await passTo(60 * MINUTE_MS);
    expect(done).toEqual([]);
    live.change((record) => ({ ...record, sent: 'STOPPED' }));
    await ended;
    expect(done).toContain('container');
  });

  test('[AGT-15] a full disk ends the wait, not the shipping', async () => {
    const output = Promise.withResolvers<void>();
    const { done, passTo, ended } = aCleanUp({ drained: output.promise, isDiskFull: () => true });
    await passTo(MINUTE_MS);
    expect(done).toEqual([]);
    output.resolve();
    await ended;
    expect(done).toContain('container');
  });

  test('[HARD-3] the record goes last, and what cannot be removed is tried again', async () => {
    const { done, passTo, isOver } = aCleanUp({ failures: 20 });
    await passTo(10 * MINUTE_MS + 999);
    expect(isOver()).toBe(false);
    // Twenty pauses of a minute and a fifth at most.
    await passTo(34 * MINUTE_MS);
    expect(isOver()).toBe(true);
    expect(done.slice(0, 3)).toEqual(['container', 'volumes', 'firelens']);
    expect(done.at(-1)).toBe('tasks/t');
  });
});

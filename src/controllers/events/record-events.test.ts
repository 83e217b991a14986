import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countingIds, TEST_START, testClock } from '../../api/testing.ts';
import { aTask } from '../../core/task/testing.ts';
import { EVENT_RETENTION_MS, type EventArchive, type RecordedEvent } from '../../domain/events.ts';
import type { Task } from '../../domain/task.ts';
import { silentLog } from '../../lib/log.ts';
import { tasks } from '../../records/collections.ts';
import {
  eventOutbox,
  hasOwnSlot,
  lastSequenceIn,
  SLOT_COUNT,
  writesEvents,
} from '../../records/event-outbox.ts';
import { memoryEventArchive } from '../../records/memory-event-archive.ts';
import { createTask, markTaskSent, updateTask } from '../../records/tasks.ts';
import type { CommitLog } from '../../store/commit-log.ts';
import { openStore } from '../../store/create-store.ts';
import { memoryLog } from '../../store/memory-log.ts';
import type { Store } from '../../store/store.ts';
import { startEventRecorder } from './record-events.ts';

const scope = { accountId: '123456789012', region: 'us-east-1' };
const settle = () => new Promise((resolve) => setImmediate(resolve));
const never = new Promise<never>(() => {});

/** What outlives a kill: the store's log and the archive. */
interface Disk {
  readonly log: CommitLog;
  readonly archive: EventArchive;
}

/**
 * One life of the program. `deadAfter` is how many calls to the archive are still answered: the next one lands or not,
 * and its answer never comes, as when the process is killed meanwhile.
 */
async function live(disk: Disk, death?: { readonly afterCalls: number; readonly lands: boolean }) {
  const clock = testClock();
  const source = { clock, ids: countingIds(), scope, lastSequence: () => disk.archive.lastSequence() };
  const store = await openStore({
    log: disk.log,
    flush: 'immediate',
    freeze: true,
    beforeCommit: writesEvents(source),
  });
  let left = death?.afterCalls ?? Number.POSITIVE_INFINITY;
  const archive: EventArchive = {
    ...delegate(disk.archive),
    append: async (events) => {
      left -= 1;
      if (left >= 0 || death?.lands === true) await disk.archive.append(events);
      if (left < 0) await never;
    },
  };
  const recorder = startEventRecorder({ store, archive, clock, log: silentLog });
  return { store, recorder, clock };
}

const delegate = (archive: EventArchive): EventArchive => ({
  lastSequence: () => archive.lastSequence(),
  append: (events) => archive.append(events),
  read: (query) => archive.read(query),
  cursor: (name) => archive.cursor(name),
  moveCursor: (name, sequence) => archive.moveCursor(name, sequence),
  expire: (beforeMs) => archive.expire(beforeMs),
  clear: () => archive.clear(),
  close: () => archive.close(),
});

/** One visible step of a task, or an invisible one; answers what clients saw. */
async function step(store: Store, index: number, isVisible: boolean): Promise<string | undefined> {
  const taskId = `t${index}`;
  const taskArn = `arn:aws:ecs:us-east-1:123456789012:task/default/${taskId}`;
  return store.write((tx) => {
    const task = tx.get(tasks, taskArn);
    const next = task === undefined ? createTask(tx, aTask({ taskArn, taskId })) : change(task);
    return next === undefined ? undefined : `${taskId} ${next.version}`;

    function change(row: Task): Task | undefined {
      if (!isVisible) {
        markTaskSent(tx, row, TEST_START);
        return undefined;
      }
      return updateTask(tx, { ...row, stoppedReason: `${row.version}` });
    }
  });
}

/** Takes steps, with pauses that let the recorder work; answers what clients saw. */
async function play(
  store: Store,
  steps: readonly (readonly [index: number, isVisible: boolean, isPause: boolean])[],
): Promise<readonly string[]> {
  const seen: string[] = [];
  for (const [index, isVisible, isPause] of steps) {
    const change = await step(store, index, isVisible);
    if (change !== undefined) seen.push(change);
    if (isPause) await settle();
  }
  return seen;
}

const seen = (events: readonly RecordedEvent[]): readonly string[] =>
  events.map(({ event }) => `${event.resources[0]?.split('/').at(-1)} ${event.detail['version']}`);

describe('startEventRecorder', () => {
  test('[EVT-3] killed at any point, any number of times, no event is lost, doubled or out of order', async () => {
    const anyLife = fc.record({
      steps: fc.array(fc.tuple(fc.nat(2), fc.boolean(), fc.boolean()), { maxLength: 12 }),
      death: fc.record({ afterCalls: fc.nat(4), lands: fc.boolean() }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyLife, { maxLength: 4 }), async (lives) => {
        const disk = { log: memoryLog(), archive: memoryEventArchive() };
        const wanted: string[] = [];
        for (const { steps, death } of lives) {
          const { store } = await live(disk, death);
          wanted.push(...(await play(store, steps)));
          // A kill: nothing of this life is stopped or waited for. Its archive never answers again.
        }
        const { store, recorder } = await live(disk);
        await settle();
        expect(seen(await disk.archive.read({ limit: 1000 }))).toEqual(wanted);
        const left = store.read((tx) => tx.all(eventOutbox));
        expect(left.every((row) => lastSequenceIn(row) <= disk.archive.lastSequence())).toBe(true);
        expect(left.filter(hasOwnSlot)).toEqual([]);
        await recorder.stop();
      }),
      { numRuns: 150 },
    );
  });

  test('[EVT-3] a write that is taken back leaves no event', async () => {
    const disk = { log: memoryLog(), archive: memoryEventArchive() };
    const { store, recorder } = await live(disk);
    const broken = store.write((tx) => {
      createTask(tx, aTask({}));
      throw new Error('no');
    });
    await expect(broken).rejects.toThrow('no');
    await settle();
    expect(await disk.archive.read({ limit: 10 })).toEqual([]);
    await recorder.stop();
  });

  test('[EVT-3] what the archive refuses is tried again, and watchers hear of what it took', async () => {
    const disk = { log: memoryLog(), archive: memoryEventArchive() };
    let isFull = true;
    const archive: EventArchive = {
      ...delegate(disk.archive),
      append: (events) => (isFull ? Promise.reject(new Error('disk full')) : disk.archive.append(events)),
    };
    const { store, clock } = await live({ ...disk, archive });
    let recordedCount = 0;
    const recorder = startEventRecorder({ store, archive, clock, log: silentLog });
    recorder.watch(() => {
      recordedCount += 1;
    });
    await step(store, 1, true);
    await settle();
    expect(recordedCount).toBe(0);
    isFull = false;
    clock.advance(1_000);
    await settle();
    expect(seen(await disk.archive.read({ limit: 10 }))).toEqual(['t1 1']);
    expect(recordedCount).toBeGreaterThan(0);
    await recorder.stop();
  });

  test('[EVT-3] an archive that lags behind by more than the slots gets everything, and the rows beyond them go', async () => {
    const disk = { log: memoryLog(), archive: memoryEventArchive() };
    const stepCount = SLOT_COUNT + 70;
    const rows = (store: Store) => store.read((tx) => tx.all(eventOutbox));
    const { store: before } = await live(disk, { afterCalls: 0, lands: false });
    const wanted: string[] = [];
    wanted.push(
      ...(await play(
        before,
        Array.from({ length: stepCount }, (_, index) => [index % 3, true, false] as const),
      )),
    );
    expect(rows(before).filter(hasOwnSlot).length).toBe(stepCount - SLOT_COUNT);
    const { store, recorder } = await live(disk);
    await settle();
    expect(seen(await disk.archive.read({ limit: 5000 }))).toEqual(wanted);
    expect(rows(store).length).toBe(SLOT_COUNT);
    wanted.push(...(await play(store, [[1, true, true]])));
    expect(seen(await disk.archive.read({ limit: 5000 }))).toEqual(wanted);
    expect(rows(store).length).toBe(SLOT_COUNT);
    await recorder.stop();
  });

  test('[EVT-6] sweeps at once and every hour', async () => {
    const disk = { log: memoryLog(), archive: memoryEventArchive() };
    const { store, clock, recorder } = await live(disk);
    await step(store, 1, true);
    await settle();
    clock.advance(EVENT_RETENTION_MS - 1);
    await settle();
    expect((await disk.archive.read({ limit: 10 })).length).toBe(1);
    clock.advance(2 * 60 * 60 * 1000);
    await settle();
    expect(await disk.archive.read({ limit: 10 })).toEqual([]);
    await recorder.stop();
  });
});

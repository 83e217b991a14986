import type { Clock, Instant } from '../lib/clock.ts';
import type { LogShipper } from './log-shipper.ts';
import type { StateDirectory } from './state-directory.ts';
import { type TaskRecord, taskIdOf } from './task-record.ts';

/** A task in the running agent: its record, and how its loops wait for changes of it. */
export interface LiveTask {
  readonly taskId: string;
  readonly record: TaskRecord;
  /** Replaces the record, keeps it on disk soon, and wakes the loops. */
  change(next: (record: TaskRecord) => TaskRecord): void;
  /** A container may have changed. */
  look(): void;
  /** True once after `look`. */
  takeLook(): boolean;
  /** Resolves at the next change or look, at `until`, or when the agent stops. */
  changed(until?: Instant): Promise<void>;
  /** Resolves when the record as it is now is on disk. */
  saved(): Promise<void>;
  /** The containers that something is being done with. */
  readonly busy: ReadonlySet<string>;
  /** Does something with a container while the loops go on; they wake when it is done. `work` must not reject. */
  occupy(name: string, work: Promise<void>): void;
  /** Resolves when nothing is being done with any container. */
  idle(): Promise<void>;
  /** Aborted when the agent stops; the task runs on. */
  readonly closing: AbortSignal;
  /** Aborted when the task is asked to stop, or the agent stops. */
  readonly stopping: AbortSignal;
  /** The agent stops: aborts both signals. */
  close(): void;
  readonly shippers: Map<string, LogShipper>;
  /** Containers that were created before they could be started, by name: their ids. */
  readonly created: Map<string, string>;
}

/** What a live task is made of. */
export interface LiveTaskOptions {
  readonly state: StateDirectory;
  readonly clock: Clock;
  readonly record: TaskRecord;
  /** Hears of every later record. */
  readonly onChange: (record: TaskRecord) => void;
}

/** The document that holds a task. */
export const taskDocument = (taskId: string): string => `tasks/${taskId}`;

/** Makes the live side of a record. */
export function liveTask({ state, clock, record: first, onChange }: LiveTaskOptions): LiveTask {
  const taskId = taskIdOf(first.payload);
  let record = first;
  let isLookDue = false;
  let signal = Promise.withResolvers<void>();
  const stop = new AbortController();
  const closing = new AbortController();
  if (first.desiredStatus === 'STOPPED') stop.abort();
  const wake = (): void => {
    signal.resolve();
    signal = Promise.withResolvers();
  };
  const works = new Map<string, Promise<void>>();
  const save = saver(() => state.save(taskDocument(taskId), record));
  return {
    taskId,
    get record() {
      return record;
    },
    change: (next) => {
      const changed = next(record);
      if (changed === record) return;
      record = changed;
      onChange(record);
      if (record.desiredStatus === 'STOPPED') stop.abort();
      save.soon();
      wake();
    },
    look: () => {
      isLookDue = true;
      wake();
    },
    takeLook: () => {
      const wasDue = isLookDue;
      isLookDue = false;
      return wasDue;
    },
    changed: async (until) => {
      if (closing.signal.aborted) return;
      const cancel = until === undefined ? () => {} : clock.schedule(until, wake);
      await signal.promise;
      cancel();
    },
    saved: () => save.settled(),
    get busy() {
      return new Set(works.keys());
    },
    occupy: (name, work) => {
      const done = work.then(() => {
        works.delete(name);
        wake();
      });
      works.set(name, done);
    },
    idle: async () => {
      await Promise.all(works.values());
    },
    closing: closing.signal,
    stopping: stop.signal,
    close: () => {
      closing.abort();
      stop.abort();
      wake();
    },
    shippers: new Map(),
    created: new Map(),
  };
}

/**
 * Writes one document at a time; changes during a write make one more. `settled` resolves when what there is to write at
 * that moment is written, and does not wait for what changes later.
 */
export function saver(write: () => Promise<void>): { soon(): void; settled(): Promise<void> } {
  let isDue = false;
  let isRunning = false;
  let current: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    isRunning = true;
    try {
      while (isDue) {
        isDue = false;
        current = write();
        await current;
      }
    } finally {
      isRunning = false;
    }
  };
  const soon = (): void => {
    isDue = true;
    if (!isRunning) run().catch(() => {});
  };
  return {
    soon,
    settled: async () => {
      if (!isRunning) soon();
      // A write that is under way began before the latest change.
      if (isDue) await current;
      await current;
    },
  };
}

import { plusMs } from '../lib/clock.ts';
import type { Rng } from '../lib/rng.ts';
import type { CommitLog, CommitOutcome, LogBatch } from '../store/commit-log.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** How long the disk takes at most for a batch. */
const COMMIT_MOST_MS = 300;

/** What one life of the control plane has of its log. */
export interface SlowLog extends CommitLog {
  /** A batch that is durable, though the store was not told yet: where a crash leaves what nobody has heard of. */
  readonly landedUntold: LogBatch | undefined;
}

/**
 * A log whose disk takes its time now and then. A batch that is under way when that life of the control plane ends has
 * landed or never does, and is never answered: the crash between a commit and its acknowledgement.
 */
export function slowLog(
  log: CommitLog,
  life: {
    readonly clock: VirtualClock;
    readonly rng: Rng;
    readonly isSlow: boolean;
    readonly isOver: () => boolean;
  },
): SlowLog {
  const { clock, rng, isSlow, isOver } = life;
  let landedUntold: LogBatch | undefined;
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      clock.schedule(plusMs(clock.now(), 1 + rng.below(COMMIT_MOST_MS)), () => {
        if (!isOver()) resolve();
      });
    });
  const commitLate = async (batch: LogBatch): Promise<CommitOutcome> => {
    await pause();
    return log.commit(batch);
  };
  const answerLate = async (batch: LogBatch): Promise<CommitOutcome> => {
    landedUntold = batch;
    const outcome = await log.commit(batch);
    await pause();
    landedUntold = undefined;
    return outcome;
  };
  return {
    get landedUntold() {
      return landedUntold;
    },
    load: (onRow) => log.load(onRow),
    commit: (batch) => {
      // What is left of a killed process writes nothing more.
      if (isOver()) return new Promise(() => {});
      if (!isSlow || rng.below(8) > 0) return log.commit(batch);
      return rng.below(2) === 0 ? answerLate(batch) : commitLate(batch);
    },
    follow: (revision, onRows) => log.follow(revision, onRows),
    acquire: (ifEpoch) => log.acquire(ifEpoch),
    close: () => Promise.resolve(),
  };
}

import type { EventArchive } from '../domain/events.ts';
import { plusMs } from '../lib/clock.ts';
import type { Rng } from '../lib/rng.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** How long an append takes at most. */
const APPEND_MOST_MS = 500;

/**
 * What one life of the control plane has of the file of events: appends take their time, and one that is under way when
 * that life ends lands or not, and is never answered.
 */
export function slowArchive(
  file: EventArchive,
  life: { readonly clock: VirtualClock; readonly rng: Rng; readonly isOver: () => boolean },
): EventArchive {
  const { clock, rng, isOver } = life;
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      clock.schedule(plusMs(clock.now(), rng.below(APPEND_MOST_MS)), () => {
        if (!isOver()) resolve();
      });
    });
  return {
    lastSequence: () => file.lastSequence(),
    append: async (events) => {
      if (rng.below(2) === 0) {
        await file.append(events);
        await pause();
      } else {
        await pause();
        await file.append(events);
      }
    },
    read: (query) => file.read(query),
    cursor: (name) => file.cursor(name),
    moveCursor: (name, sequence) => file.moveCursor(name, sequence),
    expire: () => Promise.resolve(),
    clear: () => file.clear(),
    close: () => Promise.resolve(),
  };
}

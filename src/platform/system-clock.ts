import { type Clock, instant } from '../lib/clock.ts';

/** Timers of the event loop hold at most this; a longer wait is cut into pieces. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => instant(Date.now()),
  schedule(at, callback) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const waitMs = Math.max(0, at - Date.now());
      timer = setTimeout(waitMs > TIMEOUT_MAX_MS ? arm : callback, Math.min(waitMs, TIMEOUT_MAX_MS));
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
};

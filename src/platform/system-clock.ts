import { type Clock, instant } from '../lib/clock.ts';

/** Timers of the event loop hold at most this; a longer wait is cut into pieces. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;
/** More than any slow correction moves the time between two looks at it. (HARD-52) */
const JUMP_MIN_MS = 10_000;

/** The machine's clock. Its timers do not keep the process alive, and last as long whatever becomes of the time. */
export const systemClock: Clock = {
  now: () => instant(Date.now()),
  schedule(at, callback) {
    if (at <= Date.now()) return nextTurn(callback);
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const waitMs = Math.max(0, at - Date.now());
      timer = setTimeout(waitMs > TIMEOUT_MAX_MS ? arm : callback, Math.min(waitMs, TIMEOUT_MAX_MS));
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
  jumpedAt: jumpWatch({ wallMs: () => Date.now(), steadyMs: () => performance.now() }),
};

/** What is due runs after the requests that have arrived; a timer would be a millisecond later. */
function nextTurn(callback: () => void): () => void {
  const immediate = setImmediate(callback);
  immediate.unref();
  return () => clearImmediate(immediate);
}

/**
 * Finds jumps of the time by holding it against a counter that nobody sets. A machine that slept has jumped too: its
 * counter stood still.
 */
export function jumpWatch(times: {
  wallMs(): number;
  steadyMs(): number;
}): () => ReturnType<NonNullable<Clock['jumpedAt']>> {
  let offsetMs = times.wallMs() - times.steadyMs();
  let jumpedAtMs: number | undefined;
  return () => {
    const wallMs = times.wallMs();
    const nextMs = wallMs - times.steadyMs();
    if (Math.abs(nextMs - offsetMs) >= JUMP_MIN_MS) jumpedAtMs = wallMs;
    offsetMs = nextMs;
    return jumpedAtMs === undefined ? undefined : instant(jumpedAtMs);
  };
}

import { type Clock, plusMs } from '../lib/clock.ts';
import type { ByteSocket } from './byte-socket.ts';

/** A socket is asked for a sign of life this often. (EXE-27) */
const PULSE_MS = 15_000;
/** So many questions without an answer, and the connection is cut. */
const MISSED_MAX_COUNT = 2;

/**
 * Cuts a connection whose other side has gone without a word. While `isExcused` says so nothing is held against it: one
 * side that is slow, or that we do not read, does not answer either. Call the answer when it has closed.
 */
export function keepPulse(clock: Clock, socket: ByteSocket, isExcused: () => boolean): () => void {
  let missedCount = 0;
  socket.onAlive(() => {
    missedCount = 0;
  });
  const ask = (): void => {
    if (isExcused()) missedCount = 0;
    if (missedCount >= MISSED_MAX_COUNT) {
      socket.cut();
      return;
    }
    missedCount += 1;
    socket.ping();
    cancel = clock.schedule(plusMs(clock.now(), PULSE_MS), ask);
  };
  let cancel = clock.schedule(plusMs(clock.now(), PULSE_MS), ask);
  return () => cancel();
}

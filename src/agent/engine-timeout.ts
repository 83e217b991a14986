import { type Clock, plusMs } from '../lib/clock.ts';
import { RuntimeError } from '../runtime/driver.ts';
import { pause } from './pause.ts';

/** The container engine did not answer in the time that the ECS agent gives it. The message is the container's reason. (LIF-14) */
export class EngineTimeout extends Error {}

/** How long the ECS agent waits for each step, and how it writes that. (LIF-14) */
export const CREATE_LIMIT: EngineLimit = { state: 'created', ms: 240_000, text: '4m0s' };
export const START_LIMIT: EngineLimit = { state: 'running', ms: 180_000, text: '3m0s' };

/** A step of the engine and the patience with it. */
export interface EngineLimit {
  readonly state: string;
  readonly ms: number;
  readonly text: string;
}

/**
 * What `act` resolves with; rejects with `EngineTimeout` when that takes longer than the limit. Then it goes on, but its
 * signal is aborted.
 */
export async function within<T>(
  clock: Clock,
  limit: EngineLimit,
  act: (late: AbortSignal) => Promise<T>,
): Promise<T> {
  const enough = new AbortController();
  const tooLate = new AbortController();
  const work = act(tooLate.signal);
  const late = pause(clock, limit.ms, enough.signal).then(() => {
    tooLate.abort();
    const text = `DockerTimeoutError: Could not transition to ${limit.state}; timed out after waiting ${limit.text}`;
    throw new EngineTimeout(text);
  });
  // Whichever loses is heard by nobody.
  late.catch(() => {});
  work.catch(() => {});
  return Promise.race([work, late]).finally(() => enough.abort());
}

/** How long an engine that is away is waited for, and how often it is asked. (HARD-10) */
const AWAY_MAX_MS = 240_000;
const AWAY_PAUSE_MS = 1_000;

/**
 * Repeats a call until the engine is there to answer it. Gives up, with what the last attempt was refused for, after
 * four minutes or when the signal is aborted. The call must do no harm when it is repeated. (HARD-10)
 */
export async function outlasting<T>(clock: Clock, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  const until = plusMs(clock.now(), AWAY_MAX_MS);
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const isAway = error instanceof RuntimeError && error.isEngineAway;
      if (!isAway || signal.aborted || clock.now() >= until) throw error;
      await pause(clock, AWAY_PAUSE_MS, signal);
    }
  }
}

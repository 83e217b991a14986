import type { Clock } from '../lib/clock.ts';
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

/** What `work` resolves with; rejects with `EngineTimeout` when it takes longer than the limit, and goes on meanwhile. */
export async function within<T>(clock: Clock, limit: EngineLimit, work: Promise<T>): Promise<T> {
  const enough = new AbortController();
  const late = pause(clock, limit.ms, enough.signal).then(() => {
    const text = `DockerTimeoutError: Could not transition to ${limit.state}; timed out after waiting ${limit.text}`;
    throw new EngineTimeout(text);
  });
  // Whichever loses is heard by nobody.
  late.catch(() => {});
  work.catch(() => {});
  return Promise.race([work, late]).finally(() => enough.abort());
}

import type { Rng } from '../lib/rng.ts';

/** How pauses between attempts grow. Times in milliseconds. */
export interface BackoffRule {
  readonly firstMs: number;
  readonly longestMs: number;
  readonly factor: number;
  /** Each pause is moved by up to this share of itself, either way. */
  readonly jitter: number;
}

/** Reconnecting ACS. (AGT-3) */
export const ACS_BACKOFF: BackoffRule = { firstMs: 250, longestMs: 120_000, factor: 1.5, jitter: 0.2 };
/** Reconnecting TCS. (AGT-3) */
export const TCS_BACKOFF: BackoffRule = { firstMs: 1_000, longestMs: 60_000, factor: 2, jitter: 0.2 };
/** Reporting task states: for ever. (AGT-8) */
export const SUBMIT_BACKOFF: BackoffRule = { firstMs: 250, longestMs: 30_000, factor: 1.5, jitter: 0.2 };
/** Registering: short at first, since the control plane of one machine starts together with its agent. (AGT-1) */
export const REGISTER_BACKOFF: BackoffRule = { firstMs: 100, longestMs: 30_000, factor: 1.6, jitter: 0.2 };
/** Pulling an image: `PULL_ATTEMPTS_COUNT` times. (LIF-12) */
export const PULL_BACKOFF: BackoffRule = { firstMs: 1_100, longestMs: 5_000, factor: 2, jitter: 0.2 };
/** The ECS agent's: so many attempts before a pull that may succeed later is given up. */
export const PULL_ATTEMPTS_COUNT = 5;
/** Removing what a task left on the host: for ever. (HARD-2) */
export const REMOVE_BACKOFF: BackoffRule = { firstMs: 1_000, longestMs: 60_000, factor: 2, jitter: 0.2 };
/** Sending logs: for ever. (AGT-14) */
export const LOGS_BACKOFF: BackoffRule = { firstMs: 500, longestMs: 30_000, factor: 2, jitter: 0.2 };

/** The pause after the `attempt`th failure in a row, counted from 1. Never below half of `firstMs`. */
export function backoffMs(rule: BackoffRule, attempt: number, rng: Rng): number {
  const grown = Math.min(rule.longestMs, rule.firstMs * rule.factor ** Math.min(attempt - 1, 60));
  return Math.round(grown * (1 - rule.jitter + 2 * rule.jitter * rng.next()));
}

import { type Instant, instant } from './clock.ts';
import { hash53 } from './fingerprint.ts';

/** Beats come every `periodMs`, number 0 of them `placeMs` after the epoch. Both are whole. */
export interface Beat {
  readonly periodMs: number;
  readonly placeMs: number;
}

/**
 * The beats of a key, the same for ever. Those of many keys lie evenly over the period, and the beats whose number is
 * divisible by `roundCount` or a divisor of it lie evenly over so many periods: many keys never act together. (ASN-12)
 */
export const beatOf = (key: string, periodMs: number, roundCount = 1): Beat => ({
  periodMs,
  placeMs: hash53(key, 0) % (periodMs * roundCount),
});

/** The number of the last beat until `at`; one at `at` itself counts. */
export const lastBeat = (at: Instant, { periodMs, placeMs }: Beat): number =>
  Math.floor((at - placeMs) / periodMs);

/** When the first beat after `now` is, at most a period later. */
export const firstBeatAt = (now: Instant, beat: Beat): Instant =>
  instant((lastBeat(now, beat) + 1) * beat.periodMs + beat.placeMs);

/**
 * When the beat is that follows the one handled at `now`: between half a period and one and a half later. Being late
 * once, or a clock that is set, moves no later one: those that a long turn gathered are apart again the next time.
 */
export function nextBeatAt(now: Instant, { periodMs, placeMs }: Beat): Instant {
  const number = Math.round((now - placeMs) / periodMs) + 1;
  return instant(number * periodMs + placeMs);
}

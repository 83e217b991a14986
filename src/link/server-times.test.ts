import { describe, expect, test } from 'vitest';
import { serverTimes } from './server-times.ts';

const NOW = Date.parse('2026-11-23T01:00:00Z');
const at = (offsetMs: number): string => new Date(NOW + offsetMs).toUTCString();
const HOUR = 3_600_000;

describe('serverTimes', () => {
  test.each([
    { name: 'an hour ahead', skewMs: HOUR },
    { name: 'an hour behind', skewMs: -HOUR },
    { name: 'five minutes ahead', skewMs: 300_000 },
  ])('[HARD-50] follows a service that is $name', ({ skewMs }) => {
    const told: number[] = [];
    const times = serverTimes(
      () => NOW,
      (ms) => told.push(ms),
    );
    expect(times.learn('http://h.example:7070/', at(skewMs), NOW)).toBe(true);
    expect(times.learn('http://h.example:7070/', at(skewMs), NOW)).toBe(true);
    expect(times.nowAt('ws://h.example:7070/acs/ws')).toBe(NOW + skewMs);
    expect(times.learn('http://h.example:7070/', at(skewMs), NOW + skewMs)).toBe(false);
    expect(told).toEqual([skewMs]);
  });

  test.each([
    { name: 'a small difference', date: at(299_000) },
    { name: 'no date', date: undefined },
    { name: 'what is no date', date: 'soon' },
  ])('[HARD-50] leaves the clock alone for $name', ({ date }) => {
    const times = serverTimes(() => NOW);
    expect(times.learn('http://h.example/', date, NOW)).toBe(false);
    expect(times.nowAt('http://h.example/')).toBe(NOW);
  });

  test('[HARD-50] keeps the time of each host apart, and comes back when a clock is set right', () => {
    let now = NOW;
    const times = serverTimes(() => now);
    times.learn('http://a.example/', at(HOUR), NOW);
    expect(times.nowAt('http://b.example/')).toBe(NOW);
    now = NOW + HOUR;
    expect(times.learn('http://a.example/', at(HOUR), NOW + 2 * HOUR)).toBe(true);
    expect(times.nowAt('http://a.example/')).toBe(now);
  });
});

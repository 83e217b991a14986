import { describe, expect, test } from 'vitest';
import { type Clock, instant } from '../lib/clock.ts';
import type { ByteSocket } from './byte-socket.ts';
import { keepPulse } from './pulse.ts';

/** A clock whose next callback runs when the test says so, and a socket that counts. */
function aLine() {
  let next = (): void => {};
  let alive = (): void => {};
  const seen = { pings: 0, cuts: 0 };
  const clock: Clock = {
    now: () => instant(0),
    schedule: (_at, callback) => {
      next = callback;
      return () => {
        next = () => {};
      };
    },
  };
  const socket = {
    ping: () => {
      seen.pings += 1;
    },
    cut: () => {
      seen.cuts += 1;
    },
    onAlive: (listener: () => void) => {
      alive = listener;
    },
  } satisfies Partial<ByteSocket>;
  return { clock, socket: socket as unknown as ByteSocket, seen, tick: () => next(), answer: () => alive() };
}

describe('keepPulse', () => {
  test('[EXE-27] cuts after two questions without an answer, and not before', () => {
    const { clock, socket, seen, tick, answer } = aLine();
    keepPulse(clock, socket, () => false);
    for (let round = 0; round < 5; round += 1) {
      tick();
      tick();
      answer();
    }
    expect(seen).toEqual({ pings: 10, cuts: 0 });
    tick();
    tick();
    tick();
    expect(seen).toEqual({ pings: 12, cuts: 1 });
  });

  test('[EXE-27] holds nothing against one that is excused, and stops when told', () => {
    const { clock, socket, seen, tick } = aLine();
    let isExcused = true;
    const stop = keepPulse(clock, socket, () => isExcused);
    for (let round = 0; round < 10; round += 1) tick();
    expect(seen.cuts).toBe(0);
    isExcused = false;
    tick();
    tick();
    expect(seen.cuts).toBe(1);
    stop();
    tick();
    expect(seen.cuts).toBe(1);
  });
});

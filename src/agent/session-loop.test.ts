import { expect, test } from 'vitest';
import type { Clock, Instant } from '../lib/clock.ts';
import { instant } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { seededRng } from '../lib/rng.ts';
import { type Socket, socketPair } from '../link/socket.ts';
import { ACS_BACKOFF, backoffMs } from './backoff.ts';
import { keepSession, UpgradeRefused } from './session-loop.ts';

/** Time that passes when it is told to, one timer after the other. */
function manualClock(): Clock & { advance(ms: number): Promise<void> } {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  return {
    now: () => instant(now),
    schedule: (at: Instant, run) => {
      const timer = { at, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance: async (ms) => {
      const end = now + ms;
      for (;;) {
        for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
        const next = timers.filter(({ at }) => at <= end).sort((left, right) => left.at - right.at)[0];
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
    },
  };
}

function lab(connect: (attempt: number) => Socket) {
  const clock = manualClock();
  const seen = { attempts: 0, inactive: 0, superseded: 0 };
  const stop = new AbortController();
  const ended = keepSession(
    { clock, log: silentLog, rng: seededRng('x') },
    {
      name: 'acs',
      backoff: ACS_BACKOFF,
      connect: async () => {
        seen.attempts += 1;
        return connect(seen.attempts);
      },
      receive: () => true,
      attached: () => {},
      superseded: () => {
        seen.superseded += 1;
      },
      inactive: async () => {
        seen.inactive += 1;
        await new Promise<void>((resolve) => clock.schedule(instant(clock.now() + 3_600_000), resolve));
      },
    },
    stop.signal,
  );
  const close = async (): Promise<void> => {
    stop.abort();
    await clock.advance(3_600_000);
    await ended;
  };
  return { clock, seen, close };
}

test('[AGT-3] a connection that is silent for two minutes at most is given up', async () => {
  const { clock, seen, close } = lab(() => socketPair()[0]);
  await clock.advance(59_000);
  expect(seen.attempts).toBe(1);
  await clock.advance(62_000);
  expect(seen.attempts).toBe(2);
  await close();
});

test('[AGT-3] after a calm end the agent is back at once', async () => {
  const fars: Socket[] = [];
  const { clock, seen, close } = lab(() => {
    const [near, far] = socketPair();
    fars.push(far);
    return near;
  });
  await clock.advance(5_000);
  fars[0]?.close(1001, 'restart');
  await clock.advance(0);
  expect(seen.attempts).toBe(2);
  await close();
});

test('[AGT-3] an instance that is not active waits for an hour', async () => {
  const { clock, seen, close } = lab(() => {
    throw new UpgradeRefused(400, 'InactiveInstanceException');
  });
  await clock.advance(3_599_000);
  expect(seen).toEqual({ attempts: 1, inactive: 1, superseded: 0 });
  await clock.advance(2_000);
  expect(seen.attempts).toBe(2);
  await close();
});

test('[AGT-3] pauses grow to their limit and stay within their jitter', () => {
  const rng = seededRng('y');
  for (let attempt = 1; attempt < 80; attempt += 1) {
    const grown = Math.min(120_000, 250 * 1.5 ** (attempt - 1));
    const ms = backoffMs(ACS_BACKOFF, attempt, rng);
    expect(ms).toBeGreaterThanOrEqual(Math.floor(grown * 0.8));
    expect(ms).toBeLessThanOrEqual(Math.ceil(grown * 1.2));
  }
});

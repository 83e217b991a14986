import { describe, expect, test } from 'vitest';
import { type Clock, instant } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { seededRng } from '../lib/rng.ts';
import type { LogChunk, LogCursor, RuntimeDriver } from '../runtime/driver.ts';
import { AwsError } from './aws-call.ts';
import type { LogProgress } from './log-progress.ts';
import { type ShippedOutput, startLogShipper } from './log-shipper.ts';

/** Time that jumps to the next timer as soon as nothing else is to be done. */
function hastyClock(): Clock {
  let now = 0;
  return {
    now: () => instant(now),
    schedule: (at, callback) => {
      const timer = setImmediate(() => {
        now = Math.max(now, at);
        callback();
      });
      return () => clearImmediate(timer);
    },
  };
}

/** A host with one container's output, read two lines at a time. */
function outputOf(lines: readonly string[]): RuntimeDriver {
  const readLogs = async (_id: string, cursor: LogCursor | undefined): Promise<LogChunk> => {
    const at = Number(cursor?.['at'] ?? 0);
    const read = lines.slice(at, at + 2).map((message) => ({ timestampMs: 1, message }));
    const next = at + read.length;
    return { lines: read, cursor: { at: next }, isEnd: next >= lines.length };
  };
  return { readLogs } as Partial<RuntimeDriver> as RuntimeDriver;
}

const LINES = ['a', 'b', 'c', 'd', 'e'];
const credentials = { accessKeyId: 'A', secretAccessKey: 's' };

function ship(
  put: (messages: readonly string[]) => Promise<void>,
  output: Partial<ShippedOutput> = {},
  ensured: () => void = () => {},
) {
  return startLogShipper(
    {
      driver: outputOf(LINES),
      service: {
        ensureStream: async () => ensured(),
        tail: async () => [],
        put: (_stream, events) => put(events.map(({ message }) => message)),
      },
      clock: hastyClock(),
      log: silentLog,
      rng: seededRng('x'),
    },
    {
      runtimeId: 'r',
      stream: { target: { group: 'g', region: 'us-east-1', mayCreateGroup: false }, stream: 's' },
      progress: {},
      credentials: () => credentials,
      readCredentials: credentials,
      save: async () => {},
      hasEnded: () => true,
      ...output,
    },
  );
}

describe('startLogShipper', () => {
  test('[AGT-14] ships everything in order and says when it is done', async () => {
    const shipped: string[] = [];
    await ship(async (messages) => {
      shipped.push(...messages);
    }).drained;
    expect(shipped).toEqual(LINES);
  });

  test('[AGT-14] the cursor moves only behind what was accepted, so that a restart loses nothing', async () => {
    const shipped: string[] = [];
    let saved: LogProgress = {};
    let isRefusing = false;
    const first = ship(
      async (messages) => {
        if (isRefusing) throw new Error('connect ECONNREFUSED');
        shipped.push(...messages);
        isRefusing = true;
      },
      {
        save: async (progress) => {
          saved = progress;
        },
      },
    );
    await expect
      .poll(() => saved)
      .toEqual({ cursor: { at: 2 }, sending: { lineCount: 2, cursor: { at: 4 } } });
    first.stop();
    await ship(
      async (messages) => {
        shipped.push(...messages);
      },
      { progress: saved },
    ).drained;
    expect(shipped).toEqual(LINES);
  });

  test('[AGT-14] waits for credentials and for the service as long as it takes', async () => {
    const shipped: string[] = [];
    let asked = 0;
    let attempts = 0;
    await ship(
      async (messages) => {
        attempts += 1;
        if (attempts % 3 !== 0) throw new AwsError('ThrottlingException', 'Rate exceeded', 400);
        shipped.push(...messages);
      },
      { credentials: () => (asked++ < 5 ? undefined : credentials) },
    ).drained;
    expect(shipped).toEqual(LINES);
  });

  test('[AGT-14] a stream that was deleted meanwhile is made again', async () => {
    const shipped: string[] = [];
    let isThere = false;
    await ship(
      async (messages) => {
        if (!isThere)
          throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.', 400);
        shipped.push(...messages);
      },
      {},
      () => {
        isThere = true;
      },
    ).drained;
    expect(shipped).toEqual(LINES);
  });
});

import { describe, expect, test } from 'vitest';
import { type Clock, instant } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { seededRng } from '../lib/rng.ts';
import type { LogChunk, LogCursor, RuntimeDriver } from '../runtime/driver.ts';
import { AwsError } from './aws-call.ts';
import { awslogsTarget } from './awslogs-target.ts';
import type { LogEvent } from './log-batch.ts';
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
function outputOf(lines: readonly string[], isGap = false): RuntimeDriver {
  const readLogs = async (_id: string, cursor: LogCursor | undefined): Promise<LogChunk> => {
    const at = Number(cursor?.['at'] ?? 0);
    const read = lines.slice(at, at + 2).map((message) => ({ timestampMs: 1, message }));
    const next = at + read.length;
    const isEnd = next >= lines.length;
    const counts = { readBytes: read.length, backlogBytes: lines.length - next };
    return { lines: read, cursor: { at: next }, isEnd, ...counts, isGap: isGap && at === 0 };
  };
  return { readLogs } as Partial<RuntimeDriver> as RuntimeDriver;
}

const LINES = ['a', 'b', 'c', 'd', 'e'];
const credentials = { accessKeyId: 'A', secretAccessKey: 's' };

const streamWith = (options: Readonly<Record<string, string>>) => ({
  target: awslogsTarget({ 'awslogs-group': 'g', ...options }, 'us-east-1'),
  stream: 's',
});

function ship(
  put: (messages: readonly string[]) => Promise<void>,
  output: Partial<ShippedOutput> = {},
  world: {
    readonly ensured?: () => void;
    readonly driver?: RuntimeDriver;
    readonly tail?: readonly LogEvent[];
  } = {},
) {
  const { ensured = () => {}, driver = outputOf(LINES), tail = [] } = world;
  return startLogShipper(
    {
      driver,
      service: {
        ensureStream: async () => ensured(),
        tail: async () => tail,
        put: (_stream, events) => put(events.map(({ message }) => message)),
      },
      clock: hastyClock(),
      log: silentLog,
      rng: seededRng('x'),
    },
    {
      runtimeId: 'r',
      stream: streamWith({}),
      progress: {},
      credentials: () => credentials,
      readCredentials: credentials,
      save: async () => {},
      hasEnded: () => true,
      neverRan: () => false,
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
      {
        ensured: () => {
          isThere = true;
        },
      },
    ).drained;
    expect(shipped).toEqual(LINES);
  });

  /** Ships 4 lines and, written while the first of them are sent, 36 more. */
  async function shipBurst(options: Readonly<Record<string, string>>) {
    const shipped: string[] = [];
    const many = Array.from({ length: 40 }, (_, index) => `${index}`);
    let writtenCount = 4;
    const put = async (messages: readonly string[]) => {
      shipped.push(...messages);
      writtenCount = 40;
    };
    const readLogs: RuntimeDriver['readLogs'] = (id, cursor, maxBytes) =>
      outputOf(many.slice(0, writtenCount)).readLogs(id, cursor, maxBytes);
    const driver = { readLogs } as Partial<RuntimeDriver> as RuntimeDriver;
    await ship(put, { stream: streamWith(options), hasEnded: () => writtenCount === 40 }, { driver }).drained;
    return { shipped, many };
  }

  test('[LOG-22] what did not fit the buffer is counted and told of where it is missing', async () => {
    const { shipped, many } = await shipBurst({ mode: 'non-blocking', 'max-buffer-size': '10b' });
    const told = shipped.findIndex((message) => message.startsWith('[gantry] '));
    const [, count] = /^\[gantry\] (\d+) lines were dropped here/.exec(shipped[told] ?? '') ?? [];
    expect(shipped.length - 1 + Number(count)).toBe(40);
    expect(shipped.slice(0, told)).toEqual(many.slice(0, told));
    expect(told).toBeGreaterThan(4);
  });

  test.each([{ mode: 'blocking' }, { mode: 'non-blocking', 'max-buffer-size': '1k' }])(
    '[LOG-22] nothing is dropped with %o',
    async (options) => {
      const { shipped, many } = await shipBurst(options as unknown as Readonly<Record<string, string>>);
      expect(shipped).toEqual(many);
    },
  );

  test('[LOG-22] what waits already is sent, whatever its size', async () => {
    const shipped: string[] = [];
    const stream = streamWith({ mode: 'non-blocking', 'max-buffer-size': '1b' });
    const put = async (messages: readonly string[]) => {
      shipped.push(...messages);
    };
    await ship(put, { stream }).drained;
    expect(shipped).toEqual(LINES);
  });

  test('[LOG-20] events of several lines go on over reads and over a restart', async () => {
    const lines = ['E 1', ' a', ' b', 'E 2', ' c', ' d', 'E 3'];
    const whole = ['E 1\n a\n b\n', 'E 2\n c\n d\n', 'E 3\n'];
    for (let stopAfter = 0; stopAfter < 9; stopAfter += 1) {
      const shipped: string[] = [];
      let saves = 0;
      let saved: LogProgress = {};
      const stream = streamWith({ 'awslogs-multiline-pattern': '^E' });
      const stopped = Promise.withResolvers<void>();
      const put = async (messages: readonly string[]) => {
        shipped.push(...messages);
      };
      const save = async (progress: LogProgress) => {
        if (saves < stopAfter) saved = progress;
        saves += 1;
        if (saves > stopAfter) await stopped.promise;
      };
      const first = ship(put, { stream, save }, { driver: outputOf(lines) });
      await expect.poll(() => saves).toBeGreaterThan(Math.min(stopAfter, 7));
      first.stop();
      stopped.resolve();
      const tail = shipped.map((message) => ({ timestamp: 1, message }));
      await ship(put, { stream, progress: saved }, { driver: outputOf(lines), tail }).drained;
      expect(shipped).toEqual(whole);
    }
  });

  test('[RUN-43] output that was rotated away unread is told of', async () => {
    const shipped: string[] = [];
    const driver = outputOf(['later'], true);
    await ship(
      async (messages) => {
        shipped.push(...messages);
      },
      { progress: { cursor: { at: 0 } } },
      { driver },
    ).drained;
    expect(shipped).toEqual([expect.stringMatching(/^\[gantry\] Some output was lost here/), 'later']);
  });
});

/** Measures how fast container output gets from the engine's files through an agent into CloudWatch Logs. */
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AwsCaller } from '../src/agent/aws-call.ts';
import { awslogsTarget } from '../src/agent/awslogs-target.ts';
import { nodeHttpCall } from '../src/agent/http-call.ts';
import { type LogService, logService } from '../src/agent/log-service.ts';
import { startLogShipper } from '../src/agent/log-shipper.ts';
import { silentLog } from '../src/lib/log.ts';
import { seededRng } from '../src/lib/rng.ts';
import { serverTimes } from '../src/link/server-times.ts';
import { systemClock } from '../src/platform/system-clock.ts';
import { readLogFiles } from '../src/runtime/docker/log-file-reader.ts';
import type { RuntimeDriver } from '../src/runtime/driver.ts';
import type { Target } from './load.ts';
import { cpuMs } from './process-figures.ts';
import { startServer } from './server.ts';
import { type BenchRow, printTable, rounded, verdict } from './table.ts';

const LINE_COUNT = 1_000_000;
const LINE_BYTES = 100;
const GROUP = '/bench/logs';

/** Ships prepared files of the engine's form, from one container and from ten at once. */
export async function benchLogs(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-bench-logs-'));
  const server = await startServer(folder);
  const http = nodeHttpCall();
  try {
    const { target } = server;
    const caller: AwsCaller = {
      call: http.call,
      clock: systemClock,
      times: serverTimes(() => systemClock.now()),
      region: target.region,
      userAgent: 'bench',
    };
    const service = logService(caller, target.endpointUrl);
    const rows: BenchRow[] = [];
    for (const containerCount of [1, 10]) {
      const paths = await writeOutputs(folder, containerCount);
      rows.push(await measure({ target, service, pid: server.pid }, paths));
    }
    printTable(
      `Log shipping, ${rounded(LINE_COUNT)} lines of ${LINE_BYTES} bytes: file → agent → PutLogEvents → store`,
      rows,
    );
  } finally {
    http.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The engine's files of so many containers, with all lines together. */
async function writeOutputs(folder: string, containerCount: number): Promise<readonly string[]> {
  const paths: string[] = [];
  const started = Date.now() - 60_000;
  for (let container = 0; container < containerCount; container += 1) {
    const path = join(folder, `${containerCount}-${container}-json.log`);
    const file = createWriteStream(path);
    for (let line = 0; line < LINE_COUNT / containerCount; ) {
      let block = '';
      for (const end = line + 5_000; line < end; line += 1) {
        const text = `${line} `.padEnd(LINE_BYTES, 'abcdefghij ');
        const time = new Date(started + Math.floor(line / 100)).toISOString();
        block += `{"log":"${text}\\n","stream":"stdout","time":"${time}"}\n`;
      }
      if (!file.write(block)) await once(file, 'drain');
    }
    file.end();
    await once(file, 'finish');
    paths.push(path);
  }
  return paths;
}

interface Bench {
  readonly target: Target;
  readonly service: LogService;
  readonly pid: number;
}

async function measure({ target, service, pid }: Bench, paths: readonly string[]): Promise<BenchRow> {
  const { credentials } = target;
  const streams = paths.map((path) => ({
    path,
    stream: {
      target: awslogsTarget({ 'awslogs-group': GROUP, 'awslogs-create-group': 'true' }, target.region),
      stream: `${paths.length}/${path.slice(path.lastIndexOf('/') + 1)}`,
    },
  }));
  for (const { stream } of streams) await service.ensureStream(stream, credentials);
  const own = process.cpuUsage();
  const serverBeforeMs = cpuMs(pid);
  const begin = performance.now();
  await Promise.all(streams.map(({ path, stream }) => ship({ service, credentials, path, stream })));
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(own);
  const serverCpuMs = cpuMs(pid) - serverBeforeMs;
  const perSecond = LINE_COUNT / seconds;
  return {
    containers: paths.length,
    'lines/s': rounded(perSecond),
    'agent CPU, s': rounded((user + system) / 1e6, 2),
    'control plane CPU, s': rounded(serverCpuMs / 1000, 2),
    // What the slower of the two could do with a core of its own: the machine may be busy with other things.
    'lines/s of a core': rounded((LINE_COUNT * 1e6) / Math.max(user + system, serverCpuMs * 1000)),
    target: verdict(perSecond, { atLeast: 300_000 }),
  };
}

interface Shipment {
  readonly service: LogService;
  readonly credentials: Target['credentials'];
  readonly path: string;
  readonly stream: { readonly target: ReturnType<typeof awslogsTarget>; readonly stream: string };
}

function ship({ service, credentials, path, stream }: Shipment): Promise<void> {
  const readLogs: RuntimeDriver['readLogs'] = async (_id, cursor, maxBytes) => {
    const read = await readLogFiles({ path, cursor, maxBytes, hasEnded: true });
    return { ...read, isEnd: read.isAtEnd };
  };
  return startLogShipper(
    {
      driver: { readLogs } as Partial<RuntimeDriver> as RuntimeDriver,
      service,
      clock: systemClock,
      log: silentLog,
      rng: seededRng('bench'),
    },
    {
      runtimeId: path,
      stream,
      progress: {},
      credentials: () => credentials,
      readCredentials: credentials,
      save: async () => {},
      hasEnded: () => true,
      neverRan: () => false,
    },
  ).drained;
}

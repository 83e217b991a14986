import { rmSync } from 'node:fs';
import { type Call, type LoadResult, load, type Target } from './load.ts';
import { cpuMs, machineCpuMs, residentMib } from './process-figures.ts';
import { CLUSTER, FAMILY, seedTasks } from './seed.ts';
import { type BenchServer, startServer } from './server.ts';
import { type BenchRow, printTable, quantile, rounded, verdict } from './table.ts';

const CONNECTION_COUNT = 32;
const WARM_UP_MS = 1_500;
const MEASURE_MS = 4_000;
/** With fewer tasks it is the room that the heap keeps for itself that is measured. */
const SETTLED_COUNT = 100_000;
/** Different tasks that are described, one a request. */
const DESCRIBED_COUNT = 4_000;

/** Measures start, memory and signed calls with more and more tasks present. */
export async function benchApi(taskCounts: readonly number[]): Promise<void> {
  const starts: BenchRow[] = [];
  const calls: BenchRow[] = [];
  let emptyMib = 0;
  for (const taskCount of [0, ...taskCounts]) {
    const { dataDir, taskArns } = await seedTasks(taskCount);
    try {
      const server = await startServer(dataDir);
      try {
        if (taskCount === 0) emptyMib = residentMib(server.pid);
        starts.push(startRow(taskCount, server, emptyMib));
        if (taskCount > 0) calls.push(...(await callRows(server, taskArns)));
      } finally {
        await server.stop();
      }
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
  printTable('Start and memory of the control plane', starts);
  printTable(`Signed calls on ${CONNECTION_COUNT} connections, client on the same machine`, calls);
}

function startRow(taskCount: number, server: BenchServer, emptyMib: number): BenchRow {
  const mib = residentMib(server.pid);
  const kibPerTask = ((mib - emptyMib) * 1024) / taskCount;
  return {
    tasks: rounded(taskCount),
    'first answer, ms': rounded(server.startMs),
    'target, ms': verdict(server.startMs, { atMost: taskCount === 0 ? 500 : 3_000 }),
    'resident, MiB': rounded(mib),
    'KiB a task': taskCount === 0 ? '' : rounded(kibPerTask, 1),
    'target, memory':
      taskCount === 0
        ? `MiB ${verdict(mib, { atMost: 120 })}`
        : taskCount < SETTLED_COUNT
          ? ''
          : `KiB a task ${verdict(kibPerTask, { atMost: 4 })}`,
  };
}

async function callRows(server: BenchServer, taskArns: readonly string[]): Promise<readonly BenchRow[]> {
  const stride = Math.max(1, Math.floor(taskArns.length / DESCRIBED_COUNT));
  const described = taskArns.filter((_, index) => index % stride === 0);
  const cluster = CLUSTER;
  const one = described.map(
    (arn): Call => ({ operation: 'DescribeTasks', input: { cluster, tasks: [arn] } }),
  );
  const page = (maxResults: number): readonly Call[] => [
    { operation: 'ListTasks', input: { cluster, family: FAMILY, maxResults } },
  ];
  const measured = (what: string, calls: readonly Call[]): Promise<BenchRow> =>
    measure(server, { what, taskCount: taskArns.length, calls });
  return [
    await measured('DescribeTasks, 1 task', one),
    await measured('ListTasks, page of 10', page(10)),
    await measured('ListTasks, page of 100', page(100)),
  ];
}

async function measure(
  { target, pid }: { readonly target: Target; readonly pid: number },
  wanted: { readonly what: string; readonly taskCount: number; readonly calls: readonly Call[] },
): Promise<BenchRow> {
  const { calls } = wanted;
  await load(target, { calls, connectionCount: CONNECTION_COUNT, durationMs: WARM_UP_MS });
  const before = { server: cpuMs(pid), machine: machineCpuMs() };
  const result = await load(target, { calls, connectionCount: CONNECTION_COUNT, durationMs: MEASURE_MS });
  const serverMs = cpuMs(pid) - before.server;
  const othersMs = machineCpuMs() - before.machine - serverMs - result.clientCpuPercent * (MEASURE_MS / 100);
  return callRow(wanted, result, { serverMs, othersMs });
}

function callRow(
  { what, taskCount }: { readonly what: string; readonly taskCount: number },
  result: LoadResult,
  cpu: { readonly serverMs: number; readonly othersMs: number },
): BenchRow {
  const p99 = quantile(result.latenciesMs, 0.99);
  return {
    call: what,
    'tasks present': rounded(taskCount),
    'requests/s': rounded(result.requestsPerSecond),
    target: verdict(result.requestsPerSecond, { atLeast: 3_000 }),
    'p50, ms': rounded(quantile(result.latenciesMs, 0.5), 1),
    'p99, ms': rounded(p99, 1),
    'target, p99': verdict(p99, { atMost: 20 }),
    'server CPU, µs a request': rounded((cpu.serverMs * 1000) / result.latenciesMs.length),
    'CPU of the client, %': rounded(result.clientCpuPercent),
    'of other programs, %': rounded(Math.max(0, cpu.othersMs) / (MEASURE_MS / 100)),
    failed: result.failedCount,
  };
}

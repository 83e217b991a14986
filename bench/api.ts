import { rmSync } from 'node:fs';
import { type LoadResult, load, type Target } from './load.ts';
import { CLUSTER, FAMILY, seedTasks } from './seed.ts';
import { type BenchServer, startServer } from './server.ts';
import { type BenchRow, printTable, quantile, rounded } from './table.ts';

const CONNECTIONS = 32;
const WARM_UP_MS = 1_000;
const MEASURE_MS = 4_000;
/** From one described task to the next: a prime, so that all are visited in no order of their making. */
const STRIDE = 7919;

/** Measures signed calls with more and more tasks present, and start-up and memory of the same servers. */
export async function benchApi(taskCounts: readonly number[]): Promise<void> {
  const calls: BenchRow[] = [];
  const starts: BenchRow[] = [];
  for (const taskCount of [0, ...taskCounts]) {
    const { dataDir, arns } = await seedTasks(taskCount);
    const server = await startServer(dataDir, ['--no-agent', '--log-level', 'warn']);
    starts.push(startRow(taskCount, server));
    if (taskCount > 0) calls.push(...(await callRows(server.target, arns)));
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  printTable('Start and memory of the control plane', starts);
  printTable(`Signed calls, ${CONNECTIONS} connections, client on the same machine`, calls);
}

function startRow(taskCount: number, server: BenchServer): BenchRow {
  return {
    tasks: rounded(taskCount),
    'first answer, ms': rounded(server.startMs),
    'resident, MiB': rounded(server.residentMib()),
    target:
      taskCount === 0 ? '≤ 500 ms, ≤ 120 MiB' : taskCount === 100_000 ? '≤ 3,000 ms, ≤ 4 KB a task' : '',
  };
}

async function callRows(target: Target, arns: readonly string[]): Promise<readonly BenchRow[]> {
  let next = 0;
  const someTask = (): string => {
    next = (next + STRIDE) % arns.length;
    return arns[next] ?? '';
  };
  return [
    await measured(target, arns.length, 'DescribeTasks', () => ({ cluster: CLUSTER, tasks: [someTask()] })),
    await measured(target, arns.length, 'ListTasks', () => ({
      cluster: CLUSTER,
      family: FAMILY,
      maxResults: 10,
    })),
  ];
}

async function measured(
  target: Target,
  taskCount: number,
  operation: string,
  input: () => unknown,
): Promise<BenchRow> {
  await load(target, { operation, input, connections: CONNECTIONS, durationMs: WARM_UP_MS });
  const result = await load(target, { operation, input, connections: CONNECTIONS, durationMs: MEASURE_MS });
  return callRow(operation, taskCount, result);
}

/** One line about a run of calls. */
export function callRow(operation: string, taskCount: number, result: LoadResult): BenchRow {
  return {
    call: operation,
    tasks: rounded(taskCount),
    'requests/s': rounded(result.requestsPerSecond),
    'p50, ms': rounded(quantile(result.latenciesMs, 0.5), 1),
    'p99, ms': rounded(quantile(result.latenciesMs, 0.99), 1),
    failed: result.failedCount,
    target: '≥ 3,000/s, p99 < 20 ms',
  };
}

import { rmSync } from 'node:fs';
import { type Call, load } from './load.ts';
import { cpuMs } from './process-figures.ts';
import { allRunning, hostReady, timeToRunning } from './run-and-wait.ts';
import { RUN_CLUSTER, RUN_FAMILY, seedTasks } from './seed.ts';
import { type BenchProcess, type BenchServer, startAgent, startServer } from './server.ts';
import { type BenchRow, printTable, quantile, rounded } from './table.ts';

const CONNECTION_COUNT = 32;
const MEASURE_MS = 1_500;
/** Tasks that are started one after the other, each when the one before it runs. */
const SINGLE_COUNT = 30;

const RUN: Call = {
  operation: 'RunTask',
  input: { cluster: RUN_CLUSTER, taskDefinition: RUN_FAMILY, launchType: 'EC2' },
};

/** Measures RunTask on a host whose containers are simulated, with more and more other tasks present. */
export async function benchRunTask(taskCounts: readonly number[]): Promise<void> {
  const rows: BenchRow[] = [];
  for (const taskCount of taskCounts) {
    const { dataDir } = await seedTasks(taskCount);
    const server = await startServer(dataDir);
    const agent = startAgent(server, [
      ...['--cluster', RUN_CLUSTER, '--runtime', 'simulated'],
      ...['--cpu', String(2 ** 30), '--memory', String(2 ** 30)],
    ]);
    try {
      rows.push(await runTaskRow({ server, agent, taskCount }));
    } finally {
      await agent.stop();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
  printTable('RunTask on a simulated host: one agent on the same machine', rows);
}

async function runTaskRow(setting: {
  readonly server: BenchServer;
  readonly agent: BenchProcess;
  readonly taskCount: number;
}): Promise<BenchRow> {
  const { server, agent, taskCount } = setting;
  const { target } = server;
  await hostReady(target);
  const singlesMs: number[] = [];
  for (let count = 0; count < SINGLE_COUNT; count += 1) {
    singlesMs.push((await timeToRunning(target, RUN)).ms);
  }
  const before = { server: cpuMs(server.pid), agent: cpuMs(agent.pid) };
  const begin = performance.now();
  const result = await load(target, {
    calls: [RUN],
    connectionCount: CONNECTION_COUNT,
    durationMs: MEASURE_MS,
  });
  const accepted = result.latenciesMs.length - result.failedCount;
  await allRunning(target);
  const elapsedMs = performance.now() - begin;
  const perTask = (ms: number): string => rounded((ms * 1000) / accepted);
  return {
    'tasks present': rounded(taskCount),
    'accepted/s': rounded((accepted * result.requestsPerSecond) / result.latenciesMs.length),
    'p50, ms': rounded(quantile(result.latenciesMs, 0.5), 1),
    'p99, ms': rounded(quantile(result.latenciesMs, 0.99), 1),
    'RUNNING/s': rounded((accepted * 1000) / elapsedMs),
    'alone, to RUNNING, p50, ms': rounded(quantile(singlesMs, 0.5)),
    'alone, p99, ms': rounded(quantile(singlesMs, 0.99)),
    'server CPU, µs a task': perTask(cpuMs(server.pid) - before.server),
    'agent CPU, µs a task': perTask(cpuMs(agent.pid) - before.agent),
    failed: result.failedCount,
  };
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createService } from '../src/api/ecs/create-service.ts';
import { submitTaskStateChange } from '../src/api/ecs/submit-task-state-change.ts';
import type { Context } from '../src/api/operation.ts';
import { askOf } from '../src/controllers/agent-sessions/deliveries.ts';
import { startServiceScheduler } from '../src/controllers/service-scheduler/start-service-scheduler.ts';
import { startTaskLifecycle } from '../src/controllers/task-lifecycle/start-task-lifecycle.ts';
import type { Task } from '../src/domain/task.ts';
import { silentLog } from '../src/lib/log.ts';
import { randomIds } from '../src/platform/random-ids.ts';
import { systemClock } from '../src/platform/system-clock.ts';
import { tasks } from '../src/records/collections.ts';
import { markTaskSent } from '../src/records/tasks.ts';
import { openStore } from '../src/store/create-store.ts';
import { openSqliteLog } from '../src/store/sqlite-log.ts';
import { BENCH_CLUSTER, CLUSTER, FAMILY, SCOPE, seedHosts, TASKS_PER_HOST, writeGround } from './seed.ts';
import { printTable, rounded, verdict } from './table.ts';

/** What AWS allows in one service. */
const TASKS_PER_SERVICE = 5_000;
/** Reports of hosts that are under way at the same time. */
const REPORT_COUNT = 256;
const WAIT_MAX_MS = 100_000;

/**
 * Measures how long services take until all their tasks run, on as many hosts as they fill: placing, writing, asking the
 * hosts, hearing their reports. Durable, with the real scheduler; the hosts answer at once and without a network.
 */
export async function benchScale(taskCount: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-bench-'));
  const store = await openStore({ log: await openSqliteLog(join(directory, 'state.db')) });
  const context: Context = { ...PORTS, store, installation: INSTALLATION, caller: ROOT, requestId: 'bench' };
  await writeGround(store);
  const hostCount = Math.ceil((taskCount / TASKS_PER_HOST) * 1.05);
  await seedHosts(store, { hostCount, isConnected: true });
  const stopHosts = simulateHosts(context);
  const controllers = [startTaskLifecycle(context), startServiceScheduler(context)];
  try {
    const cpu = process.cpuUsage();
    const begin = performance.now();
    await startServices(context, taskCount);
    const runningCount = (): number =>
      store.read((tx) => tx.count(tasks, 'live', `${BENCH_CLUSTER.clusterArn} RUNNING`));
    while (runningCount() < taskCount) {
      if (performance.now() - begin > WAIT_MAX_MS) break;
      await pause(20);
    }
    const seconds = (performance.now() - begin) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    printTable('Services on simulated hosts: from CreateService until all tasks are RUNNING', [
      {
        'tasks RUNNING': rounded(runningCount()),
        hosts: rounded(hostCount),
        services: rounded(Math.ceil(taskCount / TASKS_PER_SERVICE)),
        seconds: rounded(seconds, 1),
        'tasks/s': rounded(runningCount() / seconds),
        'CPU, µs a task': rounded((user + system) / taskCount),
        target: taskCount === 100_000 ? verdict(seconds, { atMost: 60 }) : '',
      },
    ]);
  } finally {
    for (const controller of controllers) controller.stop();
    await stopHosts();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

const PORTS = { clock: systemClock, ids: randomIds, log: silentLog };
const INSTALLATION = { ...SCOPE, endpointUrl: 'http://127.0.0.1:7070' };
const ROOT: Context['caller'] = {
  kind: 'root',
  accountId: SCOPE.accountId,
  arn: `arn:aws:iam::${SCOPE.accountId}:root`,
  userId: SCOPE.accountId,
  accessKeyId: 'unchecked',
};

async function startServices(context: Context, taskCount: number): Promise<void> {
  for (let first = 0; first < taskCount; first += TASKS_PER_SERVICE) {
    await createService(context, {
      cluster: CLUSTER,
      serviceName: `service-${first / TASKS_PER_SERVICE}`,
      taskDefinition: FAMILY,
      launchType: 'EC2',
      desiredCount: Math.min(TASKS_PER_SERVICE, taskCount - first),
    });
  }
}

/** Every host does at once what it is asked for, and reports it. Resolves with how to end that. */
function simulateHosts(context: Context): () => Promise<void> {
  const { store, clock } = context;
  const asked: Task[] = [];
  const busy = new Set<Promise<void>>();
  const work = async (): Promise<void> => {
    for (let task = asked.pop(); task !== undefined; task = asked.pop()) {
      const { taskArn } = task;
      await store.write((tx) => {
        const row = tx.get(tasks, taskArn);
        if (row !== undefined) markTaskSent(tx, row, clock.now());
      });
      await submitTaskStateChange(context, runningReport(task));
    }
  };
  const unwatch = store.watch(({ changes }) => {
    for (const { collection, before, after } of changes) {
      const task = after as Task | undefined;
      if (collection !== tasks.name || before !== undefined || task?.instanceArn === undefined) continue;
      if (askOf(task, task.instanceArn) === 'RUNNING') asked.push(task);
    }
    while (busy.size < Math.min(REPORT_COUNT, asked.length)) {
      const worker: Promise<void> = work().finally(() => busy.delete(worker));
      busy.add(worker);
    }
  });
  return async () => {
    unwatch();
    asked.length = 0;
    await Promise.all(busy);
  };
}

const runningReport = (task: Task) => ({
  cluster: CLUSTER,
  task: task.taskArn,
  status: 'RUNNING',
  containers: task.containers.map(({ name }) => ({
    containerName: name,
    status: 'RUNNING',
    runtimeId: randomIds.hex(64),
    networkBindings: [],
  })),
  attachments: [],
});

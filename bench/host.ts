import { setTimeout as pause } from 'node:timers/promises';
import { engineCall, type TestEngine } from '../test/e2e/support/engine.ts';
import { awsPost } from './aws-post.ts';
import { type DockerHost, onDockerHost } from './docker-host.ts';
import { callEcs, type Target } from './load.ts';
import { cpuMs, residentMib } from './process-figures.ts';
import { agentIsConnected, allRunning, taskReaches } from './run-and-wait.ts';
import { RUN_CLUSTER } from './seed.ts';
import { type BenchRow, printTable, rounded, verdict } from './table.ts';

const IMAGE = 'bench-idle:1';
const TASK_COUNTS = [0, 50, 200] as const;
/** What RunTask starts at once at most. */
const RUN_COUNT = 10;
/** How long the host is left alone before it is measured. */
const SETTLE_MS = 5_000;
/** After this long without output a container's log is looked at less often. */
const QUIET_MS = 35_000;
/** Two rounds of measurements that the agent makes of its tasks. */
const IDLE_MS = 40_000;
/** Containers that end while the agent is away. */
const KILLED_COUNT = 10;

/** Measures the agent beside tasks that do nothing: its memory, its CPU, and how soon it is back after it was killed. */
export function benchHost(): Promise<void> {
  return onDockerHost({
    title: 'The agent with tasks that do nothing',
    image: IMAGE,
    agentArgs: ['--cpu', '65536', '--memory', '65536'],
    measure: async (host) => {
      await registerDefinition(host.server.target);
      const rows: BenchRow[] = [];
      let running: readonly string[] = [];
      for (const count of TASK_COUNTS) {
        const begin = performance.now();
        running = [...running, ...(await startTasks(host.server.target, count - running.length))];
        const startSeconds = (performance.now() - begin) / 1000;
        await pause(SETTLE_MS);
        rows.push({
          tasks: running.length,
          'resident, MiB': rounded(residentMib(host.agent.pid)),
          'to start the last, s': rounded(startSeconds, 1),
        });
      }
      printTable('The agent with tasks that do nothing, their output shipped by awslogs', rows);
      printTable(`The agent while ${running.length} tasks do nothing, ${IDLE_MS / 1000} s`, [
        await idle(host),
      ]);
      printTable(`The agent killed and started again, with ${running.length} tasks`, [
        await recovery(host, running),
      ]);
    },
  });
}

async function idle({ agent }: DockerHost): Promise<BenchRow> {
  await pause(QUIET_MS);
  const before = cpuMs(agent.pid);
  await pause(IDLE_MS);
  const percent = ((cpuMs(agent.pid) - before) * 100) / IDLE_MS;
  return {
    'CPU, % of a core': rounded(percent, 2),
    target: verdict(percent, { atMost: 2 }),
    'resident, MiB': rounded(residentMib(agent.pid)),
  };
}

/**
 * Some containers end while nobody looks. The agent has found its tasks again when the control plane has been told of each
 * of these ends: it looks at all of its containers for that.
 */
async function recovery(host: DockerHost, taskArns: readonly string[]): Promise<BenchRow> {
  const { server, engine, agent } = host;
  const killed = taskArns.filter((_arn, index) => index % (taskArns.length / KILLED_COUNT) === 0);
  await agent.kill();
  await agentIsConnected(server.target, false);
  for (const taskArn of killed) await killContainer(engine, taskArn);
  const begin = performance.now();
  host.startAgentAgain();
  await agentIsConnected(server.target, true);
  const connectedSeconds = (performance.now() - begin) / 1000;
  for (const taskArn of killed) await taskReaches(server.target, taskArn, 'STOPPED');
  const toldSeconds = (performance.now() - begin) / 1000;
  return {
    'connected again, s': rounded(connectedSeconds, 2),
    [`${killed.length} ends meanwhile told, s`]: rounded(toldSeconds, 2),
    'resident, MiB': rounded(residentMib(host.agent.pid)),
  };
}

async function killContainer({ socketPath }: TestEngine, taskArn: string): Promise<void> {
  const label = [`com.amazonaws.ecs.task-arn=${taskArn}`];
  const path = `/containers/json?filters=${encodeURIComponent(JSON.stringify({ label }))}`;
  const listed = JSON.parse(await engineCall(socketPath, 'GET', path)) as readonly { readonly Id: string }[];
  for (const { Id } of listed) await engineCall(socketPath, 'POST', `/containers/${Id}/kill`);
}

async function startTasks(target: Target, count: number): Promise<readonly string[]> {
  const taskArns: string[] = [];
  while (taskArns.length < count) {
    const { tasks } = await callEcs<{ readonly tasks: readonly { readonly taskArn: string }[] }>(target, {
      operation: 'RunTask',
      input: {
        ...{ cluster: RUN_CLUSTER, taskDefinition: 'idle', launchType: 'EC2' },
        count: Math.min(RUN_COUNT, count - taskArns.length),
      },
    });
    taskArns.push(...tasks.map(({ taskArn }) => taskArn));
    await allRunning(target);
    // Says why, should one have ended.
    for (const { taskArn } of tasks) await taskReaches(target, taskArn, 'RUNNING');
  }
  return taskArns;
}

async function registerDefinition(target: Target): Promise<void> {
  const options = {
    'awslogs-group': 'idle',
    'awslogs-region': target.region,
    'awslogs-stream-prefix': 'idle',
  };
  await awsPost(target, {
    service: 'logs',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Logs_20140328.CreateLogGroup' },
    body: JSON.stringify({ logGroupName: 'idle' }),
  });
  await callEcs(target, {
    operation: 'RegisterTaskDefinition',
    input: {
      family: 'idle',
      networkMode: 'host',
      containerDefinitions: [
        {
          ...{ name: 'idle', image: IMAGE, cpu: 8, memory: 16, command: ['sleep', '86400'] },
          logConfiguration: { logDriver: 'awslogs', options },
        },
      ],
    },
  });
}

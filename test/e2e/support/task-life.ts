import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeTasksCommand, ECSClient, RunTaskCommand, StopTaskCommand } from '@aws-sdk/client-ecs';
import { freePort } from '../../support/free-port.ts';
import { eventually } from '../../support/wait.ts';
import { type CallProxy, startCallProxy } from './call-proxy.ts';
import { engineCall } from './engine.ts';
import { startEngineProxy } from './engine-proxy.ts';
import {
  clientOptions,
  containerOf,
  FARGATE,
  type HostLab,
  type HostTask,
  script,
  startHostLab,
  taskIdOf,
} from './host-lab.ts';
import { hostTraces } from './host-traces.ts';
import { logTail, type MortalAgent, startMortalAgent } from './mortal-agent.ts';
import { type ToolTrap, toolTrap } from './tool-trap.ts';

/** A host whose agent can be killed at any call that it makes: of the engine, of the control plane, of the host's tools. */
export interface KillLab {
  readonly lab: HostLab;
  readonly agent: MortalAgent;
  readonly engineCalls: CallProxy;
  readonly apiCalls: CallProxy;
  readonly tools: ToolTrap;
  /** Where the agent takes the control plane, and so its registry, to be: `127.0.0.1:<port>`. */
  readonly address: string;
  /** What was on the host after the first life: what may be there after every other. */
  readonly baseline: readonly string[];
  /** Runs the task that `oneLife` is about. */
  run(mode: NetworkMode): Promise<string>;
  /** Runs so many tasks of a definition, ten at most. */
  runMany(definitionArn: string, mode: NetworkMode | 'none', count?: number): Promise<readonly string[]>;
  /** Describes tasks, a hundred at most. */
  describe(taskArns: readonly string[]): Promise<readonly HostTask[]>;
  stop(taskArn: string): Promise<void>;
  close(): Promise<void>;
}

/** When the agent dies: before the call does anything; when it is done, without hearing of it; or long before it arrives. */
export type Moment = 'before' | 'after' | 'late';

export type NetworkMode = 'awsvpc' | 'bridge';

/** A step of a task's life. */
export interface Step {
  readonly of: 'engine' | 'api' | 'tool';
  readonly name: string;
  /** Of the calls with this name, from 1. */
  readonly turn: number;
}

/** The cluster of a kill lab. */
export const CLUSTER = 'kills';

export async function startKillLab(): Promise<KillLab> {
  const lab = await startHostLab(CLUSTER, ['--no-agent']);
  const folder = mkdtempSync(join(tmpdir(), 'gantry-kills-'));
  const socket = join(folder, 'engine.sock');
  const engineCalls = await startEngineProxy(socket, lab.engine.socketPath);
  const apiPort = await freePort();
  const address = `127.0.0.1:${apiPort}`;
  const apiCalls = await startApiProxy(apiPort, lab.gantry.port);
  const tools = toolTrap(join(folder, 'tools'));
  const agent = startMortalAgent(lab.gantry, {
    cluster: CLUSTER,
    endpointUrl: `http://${address}`,
    engineSocket: socket,
    args: ['--cpu', '4096', '--memory', '4096', '--task-cleanup-wait', '1s'],
    env: { ...lab.engine.env, PATH: `${tools.folder}${delimiter}${process.env['PATH'] ?? ''}` },
  });
  const definitions = await registerLives(lab);
  const ecs = new ECSClient(clientOptions(lab.gantry));
  const { Subnets = [] } = await new EC2Client(clientOptions(lab.gantry)).send(
    new DescribeSubnetsCommand({}),
  );
  const subnets = Subnets.map(({ SubnetId = '' }) => SubnetId);
  const runMany: KillLab['runMany'] = async (taskDefinition, mode, count = 1) => {
    const { tasks = [], failures = [] } = await ecs.send(
      new RunTaskCommand({
        cluster: CLUSTER,
        launchType: 'EC2',
        taskDefinition,
        count,
        ...(mode === 'awsvpc' && { networkConfiguration: { awsvpcConfiguration: { subnets } } }),
      }),
    );
    if (failures.length > 0) throw new Error(`not placed: ${JSON.stringify(failures)}`);
    return tasks.map(({ taskArn = '' }) => taskArn);
  };
  const run: KillLab['run'] = async (mode) => (await runMany(definitions[mode], mode))[0] ?? '';
  const stop = async (taskArn: string): Promise<void> => {
    await ecs.send(new StopTaskCommand({ cluster: CLUSTER, task: taskArn }));
  };
  const describe: KillLab['describe'] = async (tasks) => {
    const answer = await ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: [...tasks] }));
    return (answer.tasks ?? []) as unknown as readonly HostTask[];
  };
  const close = async (): Promise<void> => {
    engineCalls.meddle(undefined);
    apiCalls.meddle(undefined);
    await agent.remove(lab.engine.socketPath);
    await engineCalls.close();
    await apiCalls.close();
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const parts = { lab, agent, engineCalls, apiCalls, tools, address, run, runMany, describe, stop, close };
  try {
    await eventually(
      'an agent that tasks can be placed on',
      async () => {
        const arn = await run('awsvpc');
        await lab.running(arn);
        await stop(arn);
        await lab.stopped(arn);
        return true;
      },
      30_000,
    );
    const baseline = await eventually(
      'a host without a task',
      async () => {
        const traces = await hostTraces({ engine: lab.engine, dataDir: agent.dataDir });
        return traces.some((trace) => /^(container|file state\/tasks)/.test(trace)) ? undefined : traces;
      },
      30_000,
    );
    return { ...parts, baseline };
  } catch (error) {
    await close();
    throw error;
  }
}

async function registerLives(lab: HostLab): Promise<Readonly<Record<NetworkMode, string>>> {
  const { ARN } = await lab.gantry.awsJson<{ ARN: string }>([
    ...['secretsmanager', 'create-secret', '--name', 'life/db', '--secret-string', 'a-secret'],
  ]);
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['secretsmanager:GetSecretValue'], Resource: ARN }],
  };
  await lab.gantry.aws([
    ...['iam', 'put-role-policy', '--role-name', 'host-execution', '--policy-name', 'life'],
    ...['--policy-document', JSON.stringify(policy)],
  ]);
  return {
    awsvpc: await lab.register(definitionOf('awsvpc', ARN)),
    bridge: await lab.register(definitionOf('bridge', ARN)),
  };
}

/** Two containers in one network, one after the other, with a volume in common and a secret in a file. */
function definitionOf(networkMode: NetworkMode, secretArn: string) {
  const shared = { memory: 64, mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }] };
  return {
    family: `life-${networkMode}`,
    networkMode,
    executionRoleArn: FARGATE.executionRoleArn,
    volumes: [{ name: 'data', dockerVolumeConfiguration: { scope: 'task', driver: 'local' } }],
    containerDefinitions: [
      script('side', 'trap "exit 0" TERM; echo side >> /data/starts; echo side up; sleep 1000 & wait $!', {
        ...shared,
        essential: false,
      }),
      script('main', MAIN, {
        ...shared,
        dependsOn: [{ containerName: 'side', condition: 'START' }],
        secrets: [{ name: 'DB', valueFrom: secretArn }],
        dockerLabels: { 'gantry.secret-file.DB': '/run/secret' },
      }),
    ],
  };
}

/** Ends at once with a code that names what is missing; else prints how often it was started and stays. */
const MAIN = [
  'trap "exit 0" TERM',
  'echo main >> /data/starts',
  '[ "$(cat /run/secret)" = a-secret ] || exit 11',
  'grep -q "$(hostname)" /etc/hosts || exit 12',
  'ip addr show eth0 | grep -q "inet " || exit 13',
  'ip route | grep -q ^default || exit 14',
  'echo "starts $(grep -c main /data/starts)"',
  'sleep 1000 & wait $!',
].join('\n');

function startApiProxy(port: number, to: number): Promise<CallProxy> {
  const nameOf = ({ headers, url = '' }: IncomingMessage): string => {
    const target = headers['x-amz-target'];
    return typeof target === 'string' ? (target.split('.').at(-1) ?? target) : (url.split('?')[0] ?? '');
  };
  return startCallProxy({
    listen: { host: '127.0.0.1', port },
    to: { host: '127.0.0.1', port: to },
    nameOf,
  });
}

/** What was seen of one task from its start to the last of its traces. */
export interface Life {
  readonly steps: readonly Step[];
  readonly task: HostTask;
}

/** Waits until the host is as it was before the first task. (HARD-2) */
export async function nothingLeft({ lab, agent, baseline }: KillLab): Promise<void> {
  await eventually(
    'a host as it was before',
    async () => {
      const traces = await hostTraces({ engine: lab.engine, dataDir: agent.dataDir });
      const left = traces.filter((trace) => !baseline.includes(trace));
      if (left.length > 0) throw new Error(`left on the host: ${left.join('; ')}`);
      return true;
    },
    30_000,
  );
}

/** Where on the way the agent dies. */
export interface Death {
  readonly step: Step;
  readonly moment: Moment;
}

/** Runs one task to its end, the agent dying at a step on the way or the engine somewhere, and checks all that must hold. */
export async function oneLife(kills: KillLab, mode: NetworkMode, death?: Death | 'engine'): Promise<Life> {
  const { lab, agent, engineCalls, apiCalls, tools } = kills;
  engineCalls.forget();
  apiCalls.forget();
  tools.forget();
  const { deathCount } = agent;
  const hasDied = (): boolean => agent.deathCount > deathCount || tools.hasFired();
  const ofAgent = death === 'engine' ? undefined : death;
  if (ofAgent !== undefined) arm(kills, ofAgent);
  const sinceSeconds = Math.floor(Date.now() / 1000) - 1;
  try {
    const arn = await kills.run(mode);
    await lab.running(arn);
    // A step at the edge of RUNNING may still be on its way.
    await eventually(
      'the output',
      async () => ((await lab.logLines(arn, 'main')).includes('starts 1') ? true : undefined),
      20_000,
    );
    await kills.stop(arn);
    const task = await lab.stopped(arn);
    await nothingLeft(kills);
    const steps = [
      ...inTurn('engine', engineCalls.names),
      ...inTurn('api', apiCalls.names),
      ...tools.names().map((name, at): Step => ({ of: 'tool', name, turn: at + 1 })),
    ];
    if (ofAgent !== undefined && !hasDied()) throw new Error('the agent did not come to that step');
    await check(kills, mode, { task, sinceSeconds, hasEngineDied: death === 'engine' });
    return { steps, task };
  } catch (error) {
    throw new Error(`${String(error)} (${String((error as Error).cause ?? '')})\n${logTail(agent)}`, {
      cause: error,
    });
  } finally {
    engineCalls.meddle(undefined);
    apiCalls.meddle(undefined);
  }
}

const inTurn = (of: Step['of'], names: readonly string[]): readonly Step[] =>
  names.map((name, at) => ({
    of,
    name,
    turn: names.slice(0, at + 1).filter((other) => other === name).length,
  }));

function arm({ agent, engineCalls, apiCalls, tools }: KillLab, { step, moment }: Death): void {
  if (step.of === 'tool') {
    tools.arm(step.turn, moment === 'before' ? 'before' : 'after');
    return;
  }
  let turn = 0;
  const again = Promise.withResolvers<void>();
  (step.of === 'engine' ? engineCalls : apiCalls).meddle((name) => {
    if (name !== step.name) return undefined;
    turn += 1;
    if (turn === step.turn + 1)
      return async ({ forward }) => {
        const answer = await forward();
        again.resolve();
        return answer;
      };
    if (turn !== step.turn) return undefined;
    return async ({ forward }) => {
      if (moment === 'after') await forward();
      agent.kill();
      if (moment === 'late') {
        await again.promise;
        await forward();
      }
      return 'drop';
    };
  });
}

/** RUNNING was reached once, each container started once, and the end is told as it was. */
async function check(
  { lab }: KillLab,
  networkMode: NetworkMode,
  {
    task,
    sinceSeconds,
    hasEngineDied,
  }: { readonly task: HostTask; readonly sinceSeconds: number; readonly hasEngineDied: boolean },
): Promise<void> {
  const said = (await lab.logLines(task.taskArn, 'main')).filter((line) => line.startsWith('starts'));
  if (said.join(' ') !== 'starts 1') throw new Error(`the container says: ${said}`);
  const started = await startedContainers(lab, task, sinceSeconds);
  // An engine that died has forgotten what it did before.
  if (!hasEngineDied && started.join(' ') !== (networkMode === 'awsvpc' ? 'main pause side' : 'main side'))
    throw new Error(`started: ${started.join(' ')}`);
  if (task.stopCode !== 'UserInitiated') throw new Error(`the task is ${JSON.stringify(task)}`);
  for (const name of ['main', 'side']) {
    const { exitCode } = containerOf(task, name);
    if (exitCode !== 0) throw new Error(`${name} ended with ${exitCode}: ${JSON.stringify(task)}`);
  }
}

/** The names of the containers that the engine started, each as often as it did. */
async function startedContainers(
  lab: HostLab,
  { taskArn }: HostTask,
  sinceSeconds: number,
): Promise<readonly string[]> {
  const filters = {
    type: ['container'],
    event: ['start'],
    label: [`gantry.task-id=${taskIdOf(taskArn)}`],
  };
  const query = `since=${sinceSeconds}&until=${Math.ceil(Date.now() / 1000)}&filters=${encodeURIComponent(JSON.stringify(filters))}`;
  const events = await engineCall(lab.engine.socketPath, 'GET', `/events?${query}`);
  return events
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { Actor: { Attributes: Record<string, string> } }).Actor.Attributes)
    .map((labels) => labels['gantry.container-name'] ?? 'pause')
    .toSorted();
}

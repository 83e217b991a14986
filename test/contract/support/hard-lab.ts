import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  GetLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  type Container,
  type ContainerInstance,
  CreateClusterCommand,
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListContainerInstancesCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { projectRoot, startGantry, type TestGantry, type TestGantryOptions } from '../../support/gantry.ts';
import { eventually } from '../../support/wait.ts';

/** Shorter than a test may last, so that it can say what it waited for. */
const WAIT_MAX_MS = 60_000;

export const CLUSTER = 'lab';
export const LOG_GROUP = '/hard';
export const ROLE_ARN = 'arn:aws:iam::000000000000:role/hard';

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
});
const MAY_ALL = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});

/** The key of a principal, as a key file holds it. */
export interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A process of an agent whose containers are simulated. */
export interface HardAgent {
  readonly process: ChildProcess;
  readonly dataDir: string;
  readonly keyFile: string;
  /** What it has printed so far. */
  output(): string;
  /** The lines of its log that are about an event. */
  logged(event: string): readonly Readonly<Record<string, unknown>>[];
  end(signal?: NodeJS.Signals): Promise<void>;
}

export interface HardAgentOptions {
  /** Where it finds the control plane; its own URL when absent. */
  readonly endpointUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Of an earlier agent, to go on from. */
  readonly dataDir?: string;
  /** Its data directory, when what the test keeps of it is to be elsewhere. */
  readonly stateDir?: string;
  readonly key?: Key;
}

/** A control plane without hosts, in a process of its own, and what a user does there. */
export interface HardLab {
  readonly gantry: TestGantry;
  readonly ecs: ECSClient;
  /** The same without repetitions. */
  readonly once: ECSClient;
  readonly logs: CloudWatchLogsClient;
  readonly iam: IAMClient;
  readonly hostKey: Key;
  startAgent(options?: HardAgentOptions): HardAgent;
  host(): Promise<ContainerInstance | undefined>;
  hostWhere(isSo: (host: ContainerInstance) => boolean): Promise<ContainerInstance>;
  register(
    definition: Partial<RegisterTaskDefinitionCommandInput> & { readonly family: string },
  ): Promise<void>;
  /** Runs one task of the family and answers its ARN. */
  run(family: string): Promise<string>;
  stop(taskArn: string): Promise<void>;
  task(taskArn: string): Promise<Task>;
  taskWhere(taskArn: string, isSo: (task: Task) => boolean): Promise<Task>;
  lines(stream: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Starts the control plane with the cluster, the log group and a role that may do everything. */
export async function startHardLab(options: TestGantryOptions = {}): Promise<HardLab> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-hard-'));
  const gantry = await startGantry({
    ...options,
    args: ['--runtime', 'simulated', '--no-agent', ...(options.args ?? [])],
  });
  const hostKey = JSON.parse(readFileSync(join(gantry.dataDir, 'host-key.json'), 'utf8')) as Key;
  const config = {
    endpoint: gantry.endpointUrl,
    region: 'us-east-1',
    credentials: {
      accessKeyId: gantry.env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: gantry.env['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  };
  const clients = {
    ecs: new ECSClient(config),
    once: new ECSClient({ ...config, maxAttempts: 1 }),
    logs: new CloudWatchLogsClient(config),
    iam: new IAMClient(config),
  };
  await furnish(clients).catch(async (error: unknown) => {
    await gantry.stop();
    throw error;
  });
  const agents: HardAgent[] = [];
  const host = (): Promise<ContainerInstance | undefined> => onlyHost(clients.ecs);
  return {
    gantry,
    ...clients,
    hostKey,
    startAgent: (given = {}) => {
      const dataDir = given.dataDir ?? join(folder, `agent-${agents.length}`);
      const agent = startAgent({ endpointUrl: gantry.endpointUrl, key: hostKey, ...given, dataDir });
      agents.push(agent);
      return agent;
    },
    host,
    hostWhere: (isSo) =>
      eventually('the host', async () => {
        const found = await host();
        return found !== undefined && isSo(found) ? found : undefined;
      }),
    ...taskMoves(clients.ecs),
    lines: async (stream) => {
      const command = new GetLogEventsCommand({
        logGroupName: LOG_GROUP,
        logStreamName: stream,
        startFromHead: true,
      });
      return ((await clients.logs.send(command)).events ?? []).map(({ message = '' }) => message);
    },
    close: async () => {
      for (const agent of agents) await agent.end('SIGKILL');
      await gantry.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function furnish({ ecs, logs, iam }: Pick<HardLab, 'ecs' | 'logs' | 'iam'>): Promise<void> {
  await ecs.send(new CreateClusterCommand({ clusterName: CLUSTER }));
  await logs.send(new CreateLogGroupCommand({ logGroupName: LOG_GROUP }));
  await iam.send(new CreateRoleCommand({ RoleName: 'hard', AssumeRolePolicyDocument: TRUST }));
  await iam.send(new PutRolePolicyCommand({ RoleName: 'hard', PolicyName: 'all', PolicyDocument: MAY_ALL }));
}

function startAgent(options: HardAgentOptions & { readonly dataDir: string }): HardAgent {
  const { dataDir, endpointUrl = '', env = {}, key } = options;
  mkdirSync(dataDir, { recursive: true });
  const keyFile = join(dataDir, 'key.json');
  const outputFile = join(dataDir, 'output.txt');
  if (key !== undefined) writeFileSync(keyFile, JSON.stringify(key), { mode: 0o600 });
  const output = openSync(outputFile, 'a');
  const process_ = spawn(
    process.execPath,
    [
      ...[join(projectRoot, 'bin/gantry.js'), 'agent', '--cluster', CLUSTER, '--runtime', 'simulated'],
      ...[
        '--endpoint',
        endpointUrl,
        '--data-dir',
        options.stateDir ?? dataDir,
        '--key-file',
        keyFile,
        '--log-level',
        'debug',
      ],
    ],
    { env: { ...process.env, ...env }, stdio: ['ignore', output, output] },
  );
  return {
    process: process_,
    dataDir,
    keyFile,
    output: () => readFileSync(outputFile, 'utf8'),
    logged: (event) =>
      readFileSync(join(dataDir, 'logs/agent.log'), 'utf8')
        .split('\n')
        .filter((line) => line.includes(`"event":"${event}"`))
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
    end: async (signal = 'SIGTERM') => {
      if (process_.exitCode !== null || process_.signalCode !== null) return;
      const ended = once(process_, 'exit');
      process_.kill(signal);
      await ended;
    },
  };
}

async function onlyHost(ecs: ECSClient): Promise<ContainerInstance | undefined> {
  const { containerInstanceArns = [] } = await ecs.send(
    new ListContainerInstancesCommand({ cluster: CLUSTER }),
  );
  if (containerInstanceArns.length === 0) return undefined;
  const described = await ecs.send(
    new DescribeContainerInstancesCommand({ cluster: CLUSTER, containerInstances: containerInstanceArns }),
  );
  return described.containerInstances?.[0];
}

type TaskMoves = Pick<HardLab, 'register' | 'run' | 'stop' | 'task' | 'taskWhere'>;

function taskMoves(ecs: ECSClient): TaskMoves {
  /** Families whose tasks may take commands. */
  const hasRole = new Set<string>();
  const task = async (taskArn: string): Promise<Task> => {
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: [taskArn] }));
    const [found] = tasks;
    if (found === undefined) throw new Error(`no task ${taskArn}`);
    return found;
  };
  return {
    task,
    register: async (definition) => {
      if (definition.taskRoleArn !== undefined) hasRole.add(definition.family);
      await ecs.send(
        new RegisterTaskDefinitionCommand({
          containerDefinitions: [{ name: 'main', image: 'sim', memory: 16, stopTimeout: 2 }],
          ...definition,
        }),
      );
    },
    run: async (family) => {
      const { tasks = [], failures } = await ecs.send(
        new RunTaskCommand({
          cluster: CLUSTER,
          taskDefinition: family,
          launchType: 'EC2',
          enableExecuteCommand: hasRole.has(family),
        }),
      );
      const [started] = tasks;
      if (started?.taskArn === undefined) throw new Error(`not placed: ${JSON.stringify(failures)}`);
      return started.taskArn;
    },
    stop: async (taskArn) => {
      await ecs.send(new StopTaskCommand({ cluster: CLUSTER, task: taskArn }));
    },
    taskWhere: async (taskArn, isSo) => {
      let last: Task | undefined;
      const found = await eventually(
        `${taskArn} as expected`,
        async () => {
          last = await task(taskArn);
          return isSo(last) || isStopped(last) ? last : undefined;
        },
        WAIT_MAX_MS,
      ).catch((cause: unknown) => {
        throw new Error(`the task stayed ${JSON.stringify(last)}`, { cause });
      });
      if (!isSo(found)) throw new Error(`the task is not as expected: ${JSON.stringify(found)}`);
      return found;
    },
  };
}

export const isRunning = ({ lastStatus }: Task): boolean => lastStatus === 'RUNNING';
export const isStopped = ({ lastStatus }: Task): boolean => lastStatus === 'STOPPED';

export const containerOf = ({ containers = [] }: Task): Container => containers[0] ?? {};

/** The log stream of the container of a definition that has `logging`. */
export const streamOf = (taskArn: string): string => `t/main/${taskArn.slice(taskArn.lastIndexOf('/') + 1)}`;

/** The log configuration with which a container's lines reach the group. */
export const logging = (more: Readonly<Record<string, string>> = {}) =>
  ({
    logDriver: 'awslogs',
    options: {
      'awslogs-group': LOG_GROUP,
      'awslogs-region': 'us-east-1',
      'awslogs-stream-prefix': 't',
      ...more,
    },
  }) as const;

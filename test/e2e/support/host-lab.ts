import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
} from '@aws-sdk/client-ecs';
import { startGantry, type TestGantry } from '../../support/gantry.ts';
import { shell } from '../../support/shell.ts';
import { eventually } from '../../support/wait.ts';
import { makeBusyboxImage, startTestEngine, type TestEngine } from './engine.ts';

/** The image of all tasks of these tests. No registry has it. */
export const IMAGE = 'host-test/tool:1';
export const LOG_GROUP = '/host/tasks';
export const TASK_ROLE = 'host-task';
const EXECUTION_ROLE = 'host-execution';

export interface HostContainer {
  readonly name: string;
  readonly lastStatus: string;
  readonly runtimeId?: string;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly healthStatus?: string;
  readonly networkBindings: readonly {
    readonly bindIP: string;
    readonly containerPort: number;
    readonly hostPort: number;
    readonly protocol: string;
  }[];
  readonly networkInterfaces: readonly { readonly privateIpv4Address?: string }[];
}

export interface HostTask {
  readonly taskArn: string;
  readonly clusterArn: string;
  readonly containerInstanceArn?: string;
  readonly lastStatus: string;
  readonly healthStatus?: string;
  readonly stopCode?: string;
  readonly stoppedReason?: string;
  readonly stoppingAt?: string;
  readonly stoppedAt?: string;
  readonly containers: readonly HostContainer[];
}

/** A Gantry with an engine and a cluster of its own, and what a user does there with tasks. */
export interface HostLab {
  readonly engine: TestEngine;
  readonly gantry: TestGantry;
  docker(args: readonly string[], input?: string): Promise<string>;
  /** Registers a task definition and answers its ARN. */
  register(definition: { readonly family: string } & Readonly<Record<string, unknown>>): Promise<string>;
  /** The same through the SDK, for members that are newer than the command line. */
  registerBySdk(definition: RegisterTaskDefinitionCommandInput): Promise<string>;
  /** Runs one task, with more options of `aws ecs run-task`, and answers its ARN. */
  run(definitionArn: string, options: readonly string[]): Promise<string>;
  describe(taskArn: string): Promise<HostTask>;
  /** Waits until the task is described so. A task that has stopped instead fails the test with its reasons. */
  taskWhere(taskArn: string, isSo: (task: HostTask) => boolean): Promise<HostTask>;
  running(taskArn: string): Promise<HostTask>;
  stopped(taskArn: string): Promise<HostTask>;
  stop(taskArn: string): Promise<HostTask>;
  /** All lines of a container's log stream, in the order in which the service gives them. */
  logLines(taskArn: string, container: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
});

/** Starts the engine and Gantry, makes the image, and what every task needs. `cluster` is made too. */
export async function startHostLab(cluster: string, args: readonly string[] = []): Promise<HostLab> {
  const engine = await startTestEngine();
  const folder = mkdtempSync(join(tmpdir(), 'gantry-host-'));
  let gantry: TestGantry | undefined;
  const close = async (): Promise<void> => {
    await gantry?.stop();
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await makeBusyboxImage(engine.socketPath, IMAGE);
    gantry = await startGantry({ env: engine.env, args });
    await makeRolesAndGroup(gantry);
    await gantry.aws(['ecs', 'create-cluster', '--cluster-name', cluster]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    engine,
    gantry,
    docker: (command, input = '') =>
      shell('docker', command, { env: { ...engine.env, DOCKER_CONFIG: join(folder, 'docker') }, input }),
    ...taskMoves(gantry, folder),
    close,
  };
}

async function makeRolesAndGroup(gantry: TestGantry): Promise<void> {
  for (const role of [TASK_ROLE, EXECUTION_ROLE]) {
    await gantry.aws(['iam', 'create-role', '--role-name', role, '--assume-role-policy-document', TRUST]);
  }
  const policy = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';
  await gantry.aws(['iam', 'attach-role-policy', '--role-name', EXECUTION_ROLE, '--policy-arn', policy]);
  await gantry.aws(['logs', 'create-log-group', '--log-group-name', LOG_GROUP]);
}

type TaskMoves = Pick<
  HostLab,
  | 'register'
  | 'registerBySdk'
  | 'run'
  | 'describe'
  | 'taskWhere'
  | 'running'
  | 'stopped'
  | 'stop'
  | 'logLines'
>;

function taskMoves(gantry: TestGantry, folder: string): TaskMoves {
  const describe = async (taskArn: string): Promise<HostTask> => {
    const answer = await gantry.awsJson<{ tasks: readonly HostTask[]; failures: readonly unknown[] }>([
      ...['ecs', 'describe-tasks', '--cluster', clusterOf(taskArn), '--tasks', taskArn],
    ]);
    const [task] = answer.tasks;
    if (task === undefined) throw new Error(`no task ${taskArn}: ${JSON.stringify(answer.failures)}`);
    return task;
  };
  const look = lookAtTasks(gantry);
  const reached = async (taskArn: string, isSo: (task: HostTask) => boolean): Promise<HostTask> => {
    let last: HostTask | undefined;
    await eventually(`${taskArn} as expected`, async () => {
      last = await look(taskArn);
      return isSo(last) || last.lastStatus === 'STOPPED' ? true : undefined;
    }).catch((cause: unknown) => {
      throw new Error(`the task stayed ${JSON.stringify(last)}`, { cause });
    });
    const task = await describe(taskArn);
    if (!isSo(task)) throw new Error(`the task is not as expected: ${JSON.stringify(task)}`);
    return task;
  };
  const stopped = (taskArn: string): Promise<HostTask> =>
    reached(taskArn, ({ lastStatus }) => lastStatus === 'STOPPED');
  return {
    register: (definition) => register(gantry, folder, definition),
    registerBySdk: async (definition) => {
      const client = new ECSClient(clientOptions(gantry));
      const { taskDefinition } = await client.send(new RegisterTaskDefinitionCommand(definition));
      return taskDefinition?.taskDefinitionArn ?? '';
    },
    run: (definitionArn, options) => run(gantry, definitionArn, options),
    describe,
    taskWhere: reached,
    running: (taskArn) => reached(taskArn, ({ lastStatus }) => lastStatus === 'RUNNING'),
    stopped,
    stop: async (taskArn) => {
      await gantry.aws(['ecs', 'stop-task', '--cluster', clusterOf(taskArn), '--task', taskArn]);
      return stopped(taskArn);
    },
    logLines: logReader(gantry),
  };
}

async function register(
  gantry: TestGantry,
  folder: string,
  definition: { readonly family: string },
): Promise<string> {
  const path = join(folder, `${definition.family}.json`);
  writeFileSync(path, JSON.stringify(definition));
  const { taskDefinition } = await gantry.awsJson<{ taskDefinition: { taskDefinitionArn: string } }>([
    ...['ecs', 'register-task-definition', '--cli-input-json', `file://${path}`],
  ]);
  return taskDefinition.taskDefinitionArn;
}

async function run(gantry: TestGantry, definitionArn: string, options: readonly string[]): Promise<string> {
  const answer = await gantry.awsJson<{
    tasks: readonly { taskArn: string }[];
    failures: readonly unknown[];
  }>(['ecs', 'run-task', '--task-definition', definitionArn, ...options]);
  const [task] = answer.tasks;
  if (task === undefined) throw new Error(`not placed: ${JSON.stringify(answer.failures)}`);
  return task.taskArn;
}

/** How SDK clients reach a Gantry as its root user. */
export const clientOptions = ({ endpointUrl, env }: TestGantry) => ({
  endpoint: endpointUrl,
  region: 'us-east-1',
  credentials: {
    accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
  },
});

/** For waiting: the command line takes most of a second to start, and the tasks need the processor more. */
function lookAtTasks(gantry: TestGantry): (taskArn: string) => Promise<HostTask> {
  const client = new ECSClient(clientOptions(gantry));
  return async (taskArn) => {
    const command = new DescribeTasksCommand({ cluster: clusterOf(taskArn), tasks: [taskArn] });
    const [task] = (await client.send(command)).tasks ?? [];
    if (task === undefined) throw new Error(`no task ${taskArn}`);
    return task as unknown as HostTask;
  };
}

/** Reads a stream from its head, page by page. */
function logReader(gantry: TestGantry): HostLab['logLines'] {
  const client = new CloudWatchLogsClient(clientOptions(gantry));
  return async (taskArn, container) => {
    const lines: string[] = [];
    let nextToken: string | undefined;
    for (;;) {
      const page = await client.send(
        new GetLogEventsCommand({
          logGroupName: LOG_GROUP,
          logStreamName: streamOf(taskArn, container),
          startFromHead: true,
          nextToken,
        }),
      );
      if ((page.events ?? []).length === 0) return lines;
      for (const { message = '' } of page.events ?? []) lines.push(message);
      nextToken = page.nextForwardToken;
    }
  };
}

/** The log stream of a container that `script` defined. */
export const streamOf = (taskArn: string, container: string): string => `t/${container}/${taskIdOf(taskArn)}`;

export const taskIdOf = (taskArn: string): string => taskArn.slice(taskArn.lastIndexOf('/') + 1);

/** `arn:aws:ecs:…:task/<cluster>/<id>` */
const clusterOf = (taskArn: string): string => taskArn.split('/').at(-2) ?? '';

/** A container of a task, which must be there. */
export function containerOf(task: HostTask, name: string): HostContainer {
  const found = task.containers.find((container) => container.name === name);
  if (found === undefined) throw new Error(`the task has no container ${name}`);
  return found;
}

/** A container definition that runs a shell script in the test image and sends its output to the log group. */
export function script(
  name: string,
  text: string,
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    name,
    image: IMAGE,
    entryPoint: ['/bin/sh', '-c'],
    command: [text],
    stopTimeout: 2,
    logConfiguration: {
      logDriver: 'awslogs',
      options: {
        'awslogs-group': LOG_GROUP,
        'awslogs-region': 'us-east-1',
        'awslogs-stream-prefix': 't',
      },
    },
    ...more,
  };
}

/** The rest of a FARGATE task definition of the smallest size. */
export const FARGATE = {
  networkMode: 'awsvpc',
  requiresCompatibilities: ['FARGATE'],
  cpu: '256',
  memory: '512',
  executionRoleArn: `arn:aws:iam::000000000000:role/${EXECUTION_ROLE}`,
} as const;

/** The options with which a FARGATE task is run in a cluster, in the default subnets. */
export async function fargateOptions(gantry: TestGantry, cluster: string): Promise<readonly string[]> {
  return ['--cluster', cluster, '--launch-type', 'FARGATE', ...(await networkOptions(gantry))];
}

/** What `run-task` needs for awsvpc. */
export async function networkOptions(gantry: TestGantry): Promise<readonly string[]> {
  const { Subnets } = await gantry.awsJson<{ Subnets: readonly { SubnetId: string }[] }>([
    'ec2',
    'describe-subnets',
  ]);
  const ids = Subnets.map(({ SubnetId }) => SubnetId).join(',');
  return ['--network-configuration', `awsvpcConfiguration={subnets=[${ids}]}`];
}

/** A script that goes on until a signal tells it what to do, e.g. `{ USR1: 'exit 5' }`. It ends at TERM unless told otherwise. */
export const onSignals = (traps: Readonly<Record<string, string>> = {}): string =>
  [
    ...Object.entries({ TERM: 'exit 0', ...traps }).map(([signal, action]) => `trap "${action}" ${signal}`),
    'echo ready',
    'while true; do sleep 1000 & wait $!; done',
  ].join('\n');

/** A shell function for scripts: `get <url>` prints the body of the answer on a line of its own. */
export const HTTP_GET = 'get() { wget -q -O - "$1"; echo; }';

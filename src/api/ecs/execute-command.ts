import { EXEC_ATTRIBUTE } from '../../core/instance/attributes.ts';
import { lastSegment } from '../../domain/arn.ts';
import type { Cluster } from '../../domain/cluster.ts';
import { EXEC_SESSIONS_PER_CONTAINER, type ExecSession } from '../../domain/exec-session.ts';
import type { Task, TaskContainer } from '../../domain/task.ts';
import { plusMs } from '../../lib/clock.ts';
import { containerInstances, tasks } from '../../records/collections.ts';
import { execSessions } from '../../records/exec-sessions.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import { createAuthorizer } from '../authorize.ts';
import type { Context, Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { type ExecPlace, transcriptFor } from './exec-transcript.ts';
import { activeCluster } from './service-reference.ts';
import { taskArnOf } from './task-reference.ts';
import { taskRoleCaller } from './task-role-caller.ts';

type Shapes = EcsOperations['ExecuteCommand'];

/** How long a client may take to connect. (EXE-6) */
const TOKEN_MS = 5 * 60_000;
const TASK_ID_LENGTHS: readonly number[] = [32, 36];
/** What the agent in a container does with its task's role on AWS. (EXE-4) */
const AGENT_ACTIONS = [
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
] as const;

/** Prepares a command in a running container; the answer tells its client where to connect. (EXE-1 to EXE-7) */
export const executeCommand: Operation<Shapes['input'], Shapes['output']> = async (context, input) => {
  if (!input.interactive) throw ecsErrors.execInteractiveOnly();
  if (input.command.trim() === '') throw ecsErrors.invalid('Command cannot be empty.');
  if (!TASK_ID_LENGTHS.includes(lastSegment(input.task).length)) throw ecsErrors.execTaskLength();
  const place = context.store.read((tx) => findPlace(tx, context, input));
  checkTaskRole(context, place.task);
  const { clusterName } = place.cluster;
  const { taskArn, taskId } = place.task;
  const { containerName, containerArn, runtimeId } = place;
  const row: ExecSession = {
    sessionId: `ecs-execute-command-${context.ids.hex(17)}`,
    target: `ecs:${clusterName}_${taskId}_${runtimeId}`,
    taskArn,
    containerName,
    runtimeId,
    instanceArn: place.instanceArn,
    command: input.command,
    ownerArn: context.caller.arn,
    token: context.ids.secret(64),
    tokenExpiresAt: plusMs(context.clock.now(), TOKEN_MS),
    status: 'CREATED',
    createdAt: context.clock.now(),
    transcript: context.store.read((tx) => transcriptFor(tx, context, place)),
  };
  await context.store.write((tx) => tx.put(execSessions, row));
  return {
    clusterArn: place.cluster.clusterArn,
    containerArn,
    containerName,
    interactive: true,
    taskArn,
    session: {
      sessionId: row.sessionId,
      streamUrl: streamUrlOf(context, row.sessionId),
      tokenValue: row.token,
    },
  };
};

/** The URL of a session's data channel; its host is a setting, because newer plugins check it. (EXE-6) */
export function streamUrlOf(
  { installation, origin }: Pick<Context, 'installation' | 'origin'>,
  sessionId: string,
): string {
  const { endpointUrl, execStreamUrl } = installation;
  // The address by which the client reached us just now is the one that it can reach again.
  const base = execStreamUrl ?? (origin ?? endpointUrl).replace(/^http/, 'ws');
  return `${base}/v1/data-channel/${sessionId}?role=publish_subscribe`;
}

interface FoundPlace extends ExecPlace {
  readonly instanceArn: string;
  readonly containerArn: string;
  readonly runtimeId: string;
}

function findPlace(tx: ReadTx, context: Context, input: Shapes['input']): FoundPlace {
  const cluster = activeCluster(tx, context.installation, input.cluster);
  const task = tx.get(tasks, taskArnOf(context.installation, cluster, input.task));
  if (task === undefined || task.clusterArn !== cluster.clusterArn) throw ecsErrors.taskNotFound();
  const container = containerOf(task, input.container || undefined);
  if (!task.enableExecuteCommand) throw ecsErrors.execNotEnabled();
  const { runtimeId } = container;
  if (runtimeId === undefined || container.lastStatus !== 'RUNNING') throw ecsErrors.execNotEnabled();
  const host = tx.get(containerInstances, task.instanceArn ?? '');
  const isOurs = host?.attributes.some(({ name }) => name === EXEC_ATTRIBUTE) === true;
  if (host !== undefined && !isOurs) {
    // AWS's text does not say why, and nobody else would.
    const { containerInstanceArn } = host;
    context.log.warn('exec.host-without-our-agent', { taskArn: task.taskArn, containerInstanceArn });
  }
  if (container.managedAgent?.lastStatus !== 'RUNNING') throw ecsErrors.execNotEnabled();
  if (host?.agentConnected !== true || !isOurs) throw ecsErrors.execNotConnected();
  const connected = tx
    .find(execSessions, 'container', runtimeId)
    .filter(({ status }) => status === 'CONNECTED');
  if (connected.length >= EXEC_SESSIONS_PER_CONTAINER) throw ecsErrors.execTooMany();
  return {
    cluster: cluster satisfies Cluster,
    task,
    instanceArn: host.containerInstanceArn,
    containerName: container.name,
    containerArn: container.containerArn,
    runtimeId,
  };
}

/** The named container; the only one when none is named. (EXE-3) */
function containerOf(task: Task, name: string | undefined): TaskContainer {
  const [only] = task.containers;
  if (name === undefined && task.containers.length > 1) throw ecsErrors.execContainerNeeded();
  const found = name === undefined ? only : task.containers.find((container) => container.name === name);
  if (found === undefined) throw ecsErrors.execContainerUnknown(name ?? '');
  return found;
}

/** On AWS the agent in the container connects with the task's role; without its permissions it never does. (EXE-4) */
function checkTaskRole(context: Context, task: Task): void {
  const { taskRoleArn } = task;
  if (context.caller.accessKeyId === 'unchecked' || taskRoleArn === undefined) return;
  const caller = taskRoleCaller(context.installation, { ...task, taskRoleArn });
  const authorizer = createAuthorizer(context);
  const isRefused = AGENT_ACTIONS.some(
    (action) => authorizer.refusalOf({ caller }, { action, resource: '*' }) !== undefined,
  );
  if (isRefused) throw ecsErrors.execNotConnected();
}

import { EXEC_ATTRIBUTE } from '../../core/instance/attributes.ts';
import { taskPayload } from '../../core/payload/task-payload.ts';
import type { Service } from '../../domain/service.ts';
import type { Task } from '../../domain/task.ts';
import type { PayloadTask } from '../../domain/task-payload.ts';
import type { Instant } from '../../lib/clock.ts';
import type { AcsCommand, ManifestEntry, PayloadEntry } from '../../link/acs-messages.ts';
import { effectiveSetting, rootPrincipalArn } from '../../records/account-settings.ts';
import { containerInstances, services, tasks } from '../../records/collections.ts';
import { definitionOfTask } from '../../records/daemon-definitions.ts';
import { daemonRevisions } from '../../records/daemons.ts';
import { drawMessageNumber } from '../../records/instances.ts';
import { stopTask } from '../../records/stop-task.ts';
import {
  issueTaskCredentials,
  lookAtCredentials,
  roleRefusalReason,
  type TaskRoleType,
} from '../../records/task-credentials.ts';
import { markTaskSent, tasksOfInstance } from '../../records/tasks.ts';
import type { ReadTx, WriteTx } from '../../store/store.ts';
import type { SessionDeps } from './session-deps.ts';

/** A payload to send for a task, and what the agent will have been asked for then. */
export interface Delivery {
  readonly taskArn: string;
  readonly asked: 'RUNNING' | 'STOPPED';
  readonly messageId: string;
  readonly command: AcsCommand;
}

/** Tasks to look at for a host, and what its session was asked for already. */
interface DeliveryRequest {
  readonly instanceArn: string;
  readonly taskArns: readonly string[];
  readonly asked: ReadonlyMap<string, 'RUNNING' | 'STOPPED'>;
}

/** What the host should be asked for about a task now; undefined when there is nothing to ask. (ASN-3, ASN-4) */
export function askOf(task: Task | undefined, instanceArn: string): 'RUNNING' | 'STOPPED' | undefined {
  if (task === undefined || task.instanceArn !== instanceArn) return undefined;
  if (task.desiredStatus === 'STOPPED') {
    return task.lastStatus === 'STOPPED' || task.lastStatus === 'DEPROVISIONING' ? undefined : 'STOPPED';
  }
  return task.lastStatus === 'PENDING' || task.lastStatus === 'ACTIVATING' ? 'RUNNING' : undefined;
}

/**
 * Builds the payloads that the named tasks need, one message each, and draws their sequence numbers. `asked` is what
 * this session sent already. Reads the rows anew, so it may be called for any reason and any number of times. (ASN-3)
 */
export function deliver(tx: WriteTx, deps: SessionDeps, request: DeliveryRequest): readonly Delivery[] {
  const { instanceArn, taskArns, asked } = request;
  const deliveries: Delivery[] = [];
  for (const taskArn of taskArns) {
    const task = tx.get(tasks, taskArn);
    const ask = askOf(task, instanceArn);
    if (task === undefined || ask === undefined || asked.get(taskArn) === ask) continue;
    const entry = ask === 'RUNNING' ? startEntry(tx, deps, task) : stopEntry(task);
    if (entry === undefined) continue;
    const message = payloadMessage(tx, deps, { instanceArn, entry });
    if (message === undefined) return deliveries;
    if (ask === 'RUNNING') markTaskSent(tx, task, deps.clock.now());
    deliveries.push({
      taskArn,
      asked: ask,
      messageId: message.messageId,
      command: { type: 'PayloadMessage', message },
    });
  }
  return deliveries;
}

/**
 * The payloads of those of the named tasks whose number was drawn when they were placed. They need nothing written, so
 * they leave as soon as the task is durable. Only for a session that was there by then: after a reconnect numbers are
 * drawn anew. (ASN-5)
 */
export function deliverAtOnce(
  tx: ReadTx,
  deps: SessionDeps,
  request: DeliveryRequest & { readonly since: Instant },
): readonly Delivery[] {
  const { instanceArn, taskArns, asked, since } = request;
  return taskArns.flatMap((taskArn): readonly Delivery[] => {
    const task = tx.get(tasks, taskArn);
    if (task?.payloadNumber === undefined || task.createdAt < since || asked.has(taskArn)) return [];
    const instance = tx.get(containerInstances, instanceArn);
    if (instance === undefined || askOf(task, instanceArn) !== 'RUNNING') return [];
    const entry = payloadOf(tx, deps, task, {});
    if (entry === undefined) return [];
    const message = {
      messageId: deps.ids.uuid(),
      clusterArn: instance.clusterArn,
      containerInstanceArn: instanceArn,
      seqNum: task.payloadNumber,
      generatedAt: deps.clock.now(),
      tasks: [entry],
    };
    const command = { type: 'PayloadMessage', message } as const;
    return [{ taskArn, asked: 'RUNNING', messageId: message.messageId, command }];
  });
}

/** All tasks that should run on the host, under the next number of its counter. (ASN-6) */
export function manifest(tx: WriteTx, deps: SessionDeps, instanceArn: string): AcsCommand | undefined {
  const instance = drawMessageNumber(tx, instanceArn);
  if (instance === undefined) return undefined;
  const entries = tasksOfInstance(tx, instanceArn)
    .filter((task) => task.desiredStatus === 'RUNNING')
    .map(
      (task): ManifestEntry => ({
        taskArn: task.taskArn,
        taskClusterArn: task.clusterArn,
        desiredStatus: 'RUNNING',
      }),
    );
  return {
    type: 'TaskManifestMessage',
    message: {
      messageId: deps.ids.uuid(),
      clusterArn: instance.clusterArn,
      containerInstanceArn: instanceArn,
      generatedAt: deps.clock.now(),
      timeline: instance.lastSequenceNumber,
      tasks: entries,
    },
  };
}

/** The candidates that really should not run there: unknown, ended, stopping, or placed elsewhere. (ASN-7) */
export function confirmedStops(
  tx: ReadTx,
  instanceArn: string,
  candidates: readonly ManifestEntry[],
): readonly ManifestEntry[] {
  return candidates.filter(({ taskArn }) => {
    const task = tx.get(tasks, taskArn);
    return (
      task === undefined ||
      task.instanceArn !== instanceArn ||
      task.desiredStatus === 'STOPPED' ||
      task.lastStatus === 'STOPPED'
    );
  });
}

/** Of which tasks credentials are sent: of all that run, or of the named ones. */
export type CredentialsScope = 'all' | ReadonlySet<string>;

/** Credentials to send: of every running task at first, later of those about to end. (ASN-8, HARD-46) */
export function credentialCommands(
  tx: WriteTx,
  deps: SessionDeps,
  request: { readonly instanceArn: string; readonly scope: CredentialsScope },
): readonly AcsCommand[] {
  const now = deps.clock.now();
  return tasksOfInstance(tx, request.instanceArn).flatMap((task) => {
    // A task that was not sent yet gets its credentials with its payload.
    if (task.sentAt === undefined) return [];
    if (request.scope !== 'all' && !request.scope.has(task.taskArn)) return [];
    return (['TaskApplication', 'TaskExecution'] as const).flatMap((roleType) =>
      credentialCommand(tx, deps, { task, roleType, now }),
    );
  });
}

/** What a look at the credentials of all tasks of a host found. */
export interface EndingCredentials {
  /** Those for whom keys have to be made now. */
  readonly taskArns: ReadonlySet<string>;
  /** Before this there are none, if no task comes; undefined when no task has a role. */
  readonly nextAt: Instant | undefined;
}

/** Which tasks of a host have credentials that end soon. Needs no transaction that writes: mostly there are none. (ASN-8) */
export function endingCredentials(tx: ReadTx, instanceArn: string, now: Instant): EndingCredentials {
  const taskArns = new Set<string>();
  let nextAt: Instant | undefined;
  for (const task of tasksOfInstance(tx, instanceArn)) {
    if (task.sentAt === undefined) continue;
    const { isDue, dueAt } = lookAtCredentials(tx, task, now);
    if (isDue) taskArns.add(task.taskArn);
    if (dueAt !== undefined && (nextAt === undefined || dueAt < nextAt)) nextAt = dueAt;
  }
  return { taskArns, nextAt };
}

function credentialCommand(
  tx: WriteTx,
  deps: SessionDeps,
  { task, roleType, now }: { task: Task; roleType: TaskRoleType; now: Instant },
): readonly AcsCommand[] {
  const issued = issueTaskCredentials(tx, { task, roleType, ids: deps.ids, now });
  if (issued?.kind !== 'issued') return [];
  return [
    {
      type: 'IAMRoleCredentialsMessage',
      message: {
        messageId: deps.ids.uuid(),
        taskArn: task.taskArn,
        taskClusterArn: task.clusterArn,
        roleType,
        roleCredentials: issued.credentials,
      },
    },
  ];
}

/** The whole task; undefined when it cannot be started, which has then been written to its row. (CRD-3) */
function startEntry(tx: WriteTx, deps: SessionDeps, task: Task): PayloadTask | undefined {
  const { ids, clock } = deps;
  const now = clock.now();
  const role = issueTaskCredentials(tx, { task, roleType: 'TaskApplication', ids, now });
  const executionRole = issueTaskCredentials(tx, { task, roleType: 'TaskExecution', ids, now });
  for (const issued of [role, executionRole]) {
    if (issued?.kind !== 'refused') continue;
    stopTask({ tx, now }, task, { stopCode: 'TaskFailedToStart', reason: roleRefusalReason(issued.roleArn) });
    return undefined;
  }
  return payloadOf(tx, deps, task, {
    roleCredentials: role?.kind === 'issued' ? role.credentials : undefined,
    executionRoleCredentials: executionRole?.kind === 'issued' ? executionRole.credentials : undefined,
  });
}

function payloadOf(
  tx: ReadTx,
  { installation, log }: SessionDeps,
  task: Task,
  credentials: Pick<PayloadTask, 'roleCredentials' | 'executionRoleCredentials'>,
): PayloadTask | undefined {
  const definition = definitionOfTask(tx, task);
  if (definition === undefined) {
    log.error('agent-session.definition-missing', { taskArn: task.taskArn });
    return undefined;
  }
  const service = task.serviceArn === undefined ? undefined : tx.get(services, task.serviceArn);
  return taskPayload({
    task,
    definition: definition.document,
    installation,
    serviceName: service?.serviceName,
    imageDigests: digestsOf(tx, service, task),
    hostKnowsExec: tx
      .get(containerInstances, task.instanceArn ?? '')
      ?.attributes.some(({ name }) => name === EXEC_ATTRIBUTE),
    defaultLogMode: defaultLogMode(tx, installation.accountId),
    ...credentials,
  });
}

/** What the images of a task are pinned to by what started it. (DEP-11, MDM-34) */
const digestsOf = (tx: ReadTx, service: Service | undefined, task: Task): Readonly<Record<string, string>> =>
  tx.get(daemonRevisions, task.daemonRevisionArn ?? '')?.imageDigests ??
  service?.deployments.find((deployment) => deployment.id === task.deploymentId)?.imageDigests ??
  {};

/** The account's own default: a task is nobody's in particular. (ACC-7) */
const defaultLogMode = (tx: ReadTx, accountId: string): string =>
  effectiveSetting(tx, {
    accountId,
    principalArn: rootPrincipalArn(accountId),
    name: 'defaultLogDriverMode',
  }).value;

const stopEntry = (task: Task): PayloadEntry => ({
  arn: task.taskArn,
  taskClusterArn: task.clusterArn,
  desiredStatus: 'STOPPED',
});

function payloadMessage(
  tx: WriteTx,
  deps: SessionDeps,
  { instanceArn, entry }: { readonly instanceArn: string; readonly entry: PayloadEntry },
) {
  const instance = drawMessageNumber(tx, instanceArn);
  if (instance === undefined) return undefined;
  return {
    messageId: deps.ids.uuid(),
    clusterArn: instance.clusterArn,
    containerInstanceArn: instanceArn,
    seqNum: instance.lastSequenceNumber,
    generatedAt: deps.clock.now(),
    tasks: [entry],
  };
}

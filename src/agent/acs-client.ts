import type { PayloadTask, RoleCredentials } from '../domain/task-payload.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { decodeAcsCommand, encodeAcs } from '../link/acs-codec.ts';
import type {
  AcsCommand,
  AcsReply,
  ManifestEntry,
  PayloadMessage,
  StartExecSessionMessage,
  TaskManifestMessage,
} from '../link/acs-messages.ts';
import type { TaskStateChange } from '../link/ecs-calls.ts';
import type { Socket } from '../link/socket.ts';
import type { CredentialsBook } from './credentials-book.ts';
import { checkedTask } from './payload-check.ts';
import type { TaskEngine } from './task-engine.ts';

/** What the handling of the control plane's messages works with. */
export interface AcsClientDeps {
  readonly engine: TaskEngine;
  readonly book: CredentialsBook;
  readonly clock: Clock;
  readonly log: Log;
  readonly cluster: string;
  /** The highest number of the last run's manifests; -1 before the first. */
  readonly lastTimeline: number;
  readonly saveTimeline: (timeline: number) => Promise<void>;
  /** One attempt to report a task that cannot be taken on. */
  readonly submit: (change: TaskStateChange) => Promise<void>;
  /** Runs a command in a container, until it ends. */
  readonly startExec: (message: StartExecSessionMessage) => void;
  /** The control plane is alive. */
  readonly onHeartbeat: () => void;
}

/** Answers the messages of one instance's ACS sessions, one after the other. */
export interface AcsClient {
  attached(socket: Socket | undefined): void;
  /** True for a message of a known type. */
  receive(text: string): boolean;
}

/** Makes the handler; it lives as long as the registration. */
export function acsClient(deps: AcsClientDeps): AcsClient {
  let socket: Socket | undefined;
  let queue: Promise<void> = Promise.resolve();
  const seen = { number: deps.lastTimeline, manifestId: '' };
  const reply = (frame: AcsReply): void => socket?.send(encodeAcs(frame));
  const client: Client = { ...deps, reply, seen };
  return {
    attached: (next) => {
      socket = next;
    },
    receive: (text) => {
      const frame = decodeAcsCommand(text);
      if (frame.type === 'unusable') {
        deps.log.warn('agent.unusable-frame', { type: frame.claimedType });
        return false;
      }
      queue = queue
        .then(() => handle(client, frame))
        .catch((error: unknown) =>
          deps.log.error('agent.message-failed', { type: frame.type, error: String(error) }),
        );
      return true;
    },
  };
}

interface Client extends AcsClientDeps {
  reply(frame: AcsReply): void;
  /** The highest number seen, of payloads and manifests, and the manifest whose stops may be confirmed. */
  readonly seen: { number: number; manifestId: string };
}

async function handle(client: Client, frame: AcsCommand): Promise<void> {
  switch (frame.type) {
    case 'HeartbeatMessage':
      client.reply({ type: 'HeartbeatAckRequest', message: { messageId: frame.message.messageId } });
      client.onHeartbeat();
      return;
    case 'PayloadMessage':
      return handlePayload(client, frame.message);
    case 'TaskManifestMessage':
      return handleManifest(client, frame.message);
    case 'TaskStopVerificationAck':
      // Only the newest manifest's stops are carried out. (AGT-17)
      if (frame.message.messageId !== client.seen.manifestId) return;
      for (const { taskArn } of frame.message.stopTasks) await stopKnown(client, taskArn);
      return;
    case 'IAMRoleCredentialsMessage': {
      const { messageId, roleCredentials } = frame.message;
      client.book.put(roleCredentials);
      acknowledgeCredentials(client, messageId, roleCredentials);
      return;
    }
    case 'StartExecSessionMessage':
      // It may last for hours; the messages after it do not wait.
      client.startExec(frame.message);
      return;
    case 'ErrorMessage':
    case 'CloseMessage':
      client.log.warn('agent.told', { type: frame.type, text: frame.message.message });
  }
}

/** Stops first, then starts. The message is acknowledged when all of it is on disk and none of it was wrong. (AGT-4) */
async function handlePayload(client: Client, message: PayloadMessage): Promise<void> {
  client.seen.number = Math.max(client.seen.number, message.seqNum);
  const stops = message.tasks.filter((task) => task.desiredStatus === 'STOPPED');
  const starts = message.tasks.filter((task) => task.desiredStatus !== 'STOPPED');
  const credentials: RoleCredentials[] = [];
  let isValid = true;
  for (const entry of stops) {
    const checked = checkedTask(entry);
    await client.engine.stop(entry.arn, checked.kind === 'task' ? checked.task : undefined);
  }
  for (const entry of starts) {
    const checked = checkedTask(entry);
    if (checked.kind === 'invalid') {
      isValid = false;
      await reportInvalid(client, entry.arn, checked.reason);
      continue;
    }
    for (const role of credentialsOf(checked.task)) {
      client.book.put(role);
      credentials.push(role);
    }
    await client.engine.accept(checked.task);
  }
  if (!isValid) return;
  acknowledge(client, message);
  for (const role of credentials) acknowledgeCredentials(client, message.messageId, role);
}

const credentialsOf = (task: PayloadTask): readonly RoleCredentials[] =>
  [task.roleCredentials, task.executionRoleCredentials].filter((role) => role !== undefined);

async function reportInvalid(client: Client, task: string, reason: string): Promise<void> {
  client.log.warn('agent.invalid-task', { task, reason });
  const change = { cluster: client.cluster, task, status: 'STOPPED', reason, containers: [] } as const;
  await client.submit(change).catch((error: unknown) => {
    client.log.warn('agent.report-failed', { task, error: String(error) });
  });
}

/** A manifest that is older than a payload we have seen is dropped without a word. (AGT-17) */
async function handleManifest(client: Client, message: TaskManifestMessage): Promise<void> {
  if (message.timeline <= client.seen.number) return;
  client.seen.number = message.timeline;
  client.seen.manifestId = message.messageId;
  await client.saveTimeline(message.timeline);
  acknowledge(client, message);
  const listed = new Set(message.tasks.map(({ taskArn }) => taskArn));
  const stopCandidates = client.engine
    .records()
    .filter(({ payload, desiredStatus, isStopped }) => {
      return desiredStatus === 'RUNNING' && !isStopped && !listed.has(payload.arn);
    })
    .map(
      ({ payload }): ManifestEntry => ({
        taskArn: payload.arn,
        taskClusterArn: payload.taskClusterArn,
        desiredStatus: 'STOPPED',
      }),
    );
  if (stopCandidates.length === 0) return;
  client.reply({
    type: 'TaskStopVerificationMessage',
    message: { messageId: message.messageId, stopCandidates },
  });
}

async function stopKnown(client: Client, taskArn: string): Promise<void> {
  const isKnown = client.engine.records().some(({ payload }) => payload.arn === taskArn);
  if (isKnown) await client.engine.stop(taskArn);
}

function acknowledge(
  client: Client,
  message: { readonly messageId: string; readonly clusterArn: string; readonly containerInstanceArn: string },
): void {
  const { messageId, clusterArn, containerInstanceArn } = message;
  client.reply({
    type: 'AckRequest',
    message: { cluster: clusterArn, containerInstance: containerInstanceArn, messageId },
  });
}

function acknowledgeCredentials(client: Client, messageId: string, role: RoleCredentials): void {
  client.reply({
    type: 'IAMRoleCredentialsAckRequest',
    message: { messageId, credentialsId: role.credentialsId, expiration: role.expiration },
  });
}

import type { HealthCheckResult } from '../domain/health-check.ts';
import type { PayloadContainer, PayloadTask } from '../domain/task-payload.ts';
import type { PortBinding } from '../runtime/driver.ts';

/*
 * What the agent knows of a task, and keeps on disk: enough to go on after it was killed. Instants are epoch
 * milliseconds. The secrets of credentials are never part of it.
 */

/** How far a container has come. STOPPED is also what a container is that never ran. */
export type ContainerPhase = 'NONE' | 'PULLED' | 'CREATED' | 'RUNNING' | 'STOPPED';

/** The last status that the control plane has accepted. */
export type SentStatus = 'NONE' | 'PENDING' | 'RUNNING' | 'STOPPED';

/** What the agent keeps of a container, so that a restart goes on from it. */
export interface ContainerRecord {
  readonly name: string;
  /** The secret part of its metadata URLs. */
  readonly token: string;
  readonly engineName: string;
  readonly phase: ContainerPhase;
  readonly wasRunning: boolean;
  readonly runtimeId?: string | undefined;
  readonly imageDigest?: string | undefined;
  readonly imageId?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
  readonly bindings: readonly PortBinding[];
  readonly bridgeAddress?: string | undefined;
  readonly createdAtMs?: number | undefined;
  readonly startedAtMs?: number | undefined;
  readonly finishedAtMs?: number | undefined;
  readonly health?: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN' | undefined;
  readonly healthSinceMs?: number | undefined;
  /** The last results of its health check, oldest first. */
  readonly healthChecks?: readonly HealthCheckResult[] | undefined;
  readonly restartCount: number;
  /** What volumes of the task it has; absent in records of older agents. */
  readonly mounts?: readonly ContainerMount[] | undefined;
  readonly sent: SentStatus;
}

/** A volume in a container: a path of the host or the name of an engine volume, and where it is. */
export interface ContainerMount {
  readonly source: string;
  readonly destination: string;
}

/** What the agent keeps of a task, as a document in its state directory. */
export interface TaskRecord {
  readonly payload: PayloadTask;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly isPrepared: boolean;
  /** The task ends by itself: an essential container has ended, or the launch failed. */
  readonly isEnding: boolean;
  /** All containers have been up at one time. */
  readonly wasRunning: boolean;
  /** No container runs, and the sandbox is gone. */
  readonly isStopped: boolean;
  readonly pullStartedAtMs?: number | undefined;
  readonly pullStoppedAtMs?: number | undefined;
  readonly executionStoppedAtMs?: number | undefined;
  readonly stoppedAtMs?: number | undefined;
  /** All output has been shipped. */
  readonly drainedAtMs?: number | undefined;
  /** Why the task as a whole could not run. */
  readonly reason?: string | undefined;
  readonly sent: SentStatus;
  readonly containers: readonly ContainerRecord[];
}

/** The id at the end of a task's ARN. */
export const taskIdOf = (task: { readonly arn: string }): string =>
  task.arn.slice(task.arn.lastIndexOf('/') + 1);

/** A payload without the secrets of its credentials, fit for the disk. */
export function withoutSecrets(payload: PayloadTask): PayloadTask {
  const hidden = (credentials: PayloadTask['roleCredentials']): PayloadTask['roleCredentials'] =>
    credentials && { ...credentials, accessKeyId: '', secretAccessKey: '', sessionToken: '', expiration: '' };
  return {
    ...payload,
    roleCredentials: hidden(payload.roleCredentials),
    executionRoleCredentials: hidden(payload.executionRoleCredentials),
  };
}

/** The record of a task that has just arrived. `names` gives fresh tokens and engine-name tails. */
export function newRecord(payload: PayloadTask, names: { token(): string; tail(): string }): TaskRecord {
  return {
    payload: withoutSecrets(payload),
    desiredStatus: payload.desiredStatus,
    isPrepared: false,
    isEnding: false,
    wasRunning: false,
    isStopped: false,
    sent: 'NONE',
    containers: payload.containers.map((container) => ({
      name: container.name,
      token: names.token(),
      engineName: engineName(payload, container, names.tail()),
      phase: 'NONE',
      wasRunning: false,
      bindings: [],
      restartCount: 0,
      sent: 'NONE',
    })),
  };
}

/** `ecs-<family>-<revision>-<name stripped to [A-Za-z0-9-]>-<hex>`, as the ECS agent names them. (AGT-11) */
const engineName = (payload: PayloadTask, container: PayloadContainer, tail: string): string =>
  `ecs-${payload.family}-${payload.version}-${container.name.replace(/[^A-Za-z0-9-]/g, '')}-${tail}`;

/** The record with one container changed. */
export function withContainer(record: TaskRecord, name: string, patch: Partial<ContainerRecord>): TaskRecord {
  return {
    ...record,
    containers: record.containers.map((container) =>
      container.name === name ? { ...container, ...patch } : container,
    ),
  };
}

/** The payload's part about a container. */
export const payloadOf = (record: TaskRecord, name: string): PayloadContainer | undefined =>
  record.payload.containers.find((container) => container.name === name);

/** The task, not over yet, that credentials of this id are of. */
export const taskOfCredentials = (
  records: readonly TaskRecord[],
  credentialsId: string,
): TaskRecord | undefined =>
  records.find(
    ({ isStopped, payload: { roleCredentials, executionRoleCredentials } }) =>
      !isStopped &&
      [roleCredentials, executionRoleCredentials].some((each) => each?.credentialsId === credentialsId),
  );

/** The task, not over yet, whose own interface has this address. */
export const taskOfAddress = (records: readonly TaskRecord[], address: string): TaskRecord | undefined =>
  records.find(
    ({ isStopped, payload }) =>
      !isStopped &&
      payload.elasticNetworkInterfaces.some(({ ipv4Addresses }) =>
        ipv4Addresses.some(({ privateAddress }) => privateAddress === address),
      ),
  );

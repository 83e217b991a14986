import type { PayloadTask, RoleCredentials } from '../domain/task-payload.ts';

/** A stop payload needs the ARN and the desired status alone. */
export type PayloadEntry = PayloadTask | StopEntry;

/** A task to stop. */
export interface StopEntry {
  readonly arn: string;
  readonly taskClusterArn?: string | undefined;
  readonly desiredStatus: 'STOPPED';
}

/** One line of a manifest or of a stop verification. */
export interface ManifestEntry {
  readonly taskArn: string;
  readonly taskClusterArn?: string | undefined;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
}

/** Tasks to start or stop. `seqNum` grows with each message to an instance, across connections. */
export interface PayloadMessage {
  readonly messageId: string;
  readonly clusterArn: string;
  readonly containerInstanceArn: string;
  readonly seqNum: number;
  /** Epoch milliseconds. */
  readonly generatedAt: number;
  readonly tasks: readonly PayloadEntry[];
}

/** All tasks that the control plane knows on the instance. */
export interface TaskManifestMessage {
  readonly messageId: string;
  readonly clusterArn: string;
  readonly containerInstanceArn: string;
  readonly generatedAt: number;
  /** From the same counter as the payloads' `seqNum`. */
  readonly timeline: number;
  readonly tasks: readonly ManifestEntry[];
}

/** New credentials of a task’s role, before the old ones expire. */
export interface RoleCredentialsMessage {
  readonly messageId: string;
  readonly taskArn: string;
  readonly taskClusterArn: string;
  readonly roleType: 'TaskApplication' | 'TaskExecution';
  readonly roleCredentials: RoleCredentials;
}

/** Says that the connection lives. */
export interface HeartbeatMessage {
  readonly messageId: string;
  readonly healthy: boolean;
}

/** Which of the candidates are to be stopped indeed. */
export interface TaskStopVerificationAck {
  /** The manifest's. */
  readonly messageId: string;
  readonly generatedAt: number;
  readonly stopTasks: readonly ManifestEntry[];
}

/**
 * Ours, for agents that said that they know it: a command is to be run in a container. The agent opens a websocket for
 * it, on which all else is said. (EXE-30)
 */
export interface StartExecSessionMessage {
  readonly messageId: string;
  readonly sessionId: string;
  readonly taskArn: string;
  readonly containerName: string;
  readonly runtimeId: string;
  /** As the user wrote it. */
  readonly command: string;
}

/** What the control plane sends on ACS. */
export type AcsCommand =
  | { readonly type: 'HeartbeatMessage'; readonly message: HeartbeatMessage }
  | { readonly type: 'PayloadMessage'; readonly message: PayloadMessage }
  | { readonly type: 'IAMRoleCredentialsMessage'; readonly message: RoleCredentialsMessage }
  | { readonly type: 'TaskManifestMessage'; readonly message: TaskManifestMessage }
  | { readonly type: 'TaskStopVerificationAck'; readonly message: TaskStopVerificationAck }
  | { readonly type: 'StartExecSessionMessage'; readonly message: StartExecSessionMessage }
  | {
      readonly type: 'ErrorMessage' | 'CloseMessage';
      readonly message: { readonly message?: string | undefined };
    };

/** The message was accepted. */
export interface AckRequest {
  readonly cluster: string;
  readonly containerInstance: string;
  readonly messageId: string;
}

/** The message was refused. */
export interface NackRequest extends AckRequest {
  readonly reason: string;
}

/** The credentials were taken over. `expiration` is theirs, as it came. */
export interface RoleCredentialsAck {
  readonly messageId: string;
  readonly credentialsId: string;
  readonly expiration: string;
}

/** Tasks that the agent has and the manifest has not; asked before they are stopped. */
export interface TaskStopVerificationMessage {
  /** The manifest's. */
  readonly messageId: string;
  readonly stopCandidates: readonly ManifestEntry[];
}

/** What the agent sends on ACS. Acks mean "accepted", not "done". */
export type AcsReply =
  | { readonly type: 'AckRequest'; readonly message: AckRequest }
  | { readonly type: 'NackRequest'; readonly message: NackRequest }
  | { readonly type: 'HeartbeatAckRequest'; readonly message: { readonly messageId: string } }
  | { readonly type: 'IAMRoleCredentialsAckRequest'; readonly message: RoleCredentialsAck }
  | { readonly type: 'TaskStopVerificationMessage'; readonly message: TaskStopVerificationMessage };

/** A well-formed frame of a type that we do not know, or of one whose members have the wrong types. */
export interface UnusableFrame {
  readonly type: 'unusable';
  /** The type that the frame claims, or empty when it is no frame. */
  readonly claimedType: string;
}

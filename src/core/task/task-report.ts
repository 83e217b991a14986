import type { Instant } from '../../lib/clock.ts';
import type { NetworkBinding } from '../../shapes/generated/ecs.ts';

/** What an agent says of one container. Absent members say nothing; they do not take anything back. */
export interface ContainerReport {
  readonly name: string;
  /** `PENDING`, `RUNNING` or `STOPPED`; other text counts as `PENDING`. */
  readonly status?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
  readonly runtimeId?: string | undefined;
  readonly imageDigest?: string | undefined;
  readonly networkBindings?: readonly NetworkBinding[] | undefined;
}

/** What an agent says of what lets commands be run in a container. */
export interface ManagedAgentReport {
  readonly containerName: string;
  readonly name: string;
  /** `PENDING`, `RUNNING` or `STOPPED`; other text says nothing. */
  readonly status: string;
  readonly reason?: string | undefined;
}

/** What an agent says of a task: late, twice, in the wrong order, or only in part. */
export interface TaskReport {
  /** `PENDING`, `RUNNING` or `STOPPED`; absent in reports about containers or attachments alone. */
  readonly status?: string | undefined;
  /** The agent's own word about the task; mostly empty. */
  readonly reason?: string | undefined;
  /** In the order in which it happened: a container may be there twice. */
  readonly containers: readonly ContainerReport[];
  readonly attachments: readonly { readonly attachmentArn: string; readonly status: string }[];
  readonly managedAgents?: readonly ManagedAgentReport[] | undefined;
  readonly pullStartedAt?: Instant | undefined;
  readonly pullStoppedAt?: Instant | undefined;
  readonly executionStoppedAt?: Instant | undefined;
}

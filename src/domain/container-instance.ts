import type { Instant } from '../lib/clock.ts';
import type { Tag } from '../shapes/generated/ecs.ts';
import type { Resources } from './resources.ts';

/** An attribute of an instance; many have a name only. */
export interface InstanceAttribute {
  readonly name: string;
  readonly value?: string | undefined;
}

/**
 * A host that runs tasks. `pool` FARGATE marks a host of the pool that serves FARGATE tasks of every cluster: it is
 * never listed as a container instance, and its `clusterArn` is the pool's.
 */
export interface ContainerInstance {
  readonly containerInstanceArn: string;
  readonly instanceId: string;
  readonly clusterArn: string;
  readonly pool: 'CLUSTER' | 'FARGATE';
  readonly launchType: 'EC2' | 'EXTERNAL' | 'FARGATE';
  readonly ec2InstanceId?: string | undefined;
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly statusReason?: string | undefined;
  readonly agentConnected: boolean;
  /** When `agentConnected` last changed. */
  readonly connectivityAt: Instant;
  readonly agentVersion?: string | undefined;
  readonly agentHash?: string | undefined;
  /** Bare, e.g. `20.10.24`. */
  readonly dockerVersion?: string | undefined;
  readonly attributes: readonly InstanceAttribute[];
  /** What the agent offered. Its ports are the ones the host reserves for itself. */
  readonly registered: Resources;
  /**
   * What the tasks on it hold, ports of the host included only if a task holds them. Written together with the task
   * that changes it (records/tasks.ts), never elsewhere; equals the sum over tasks that are not STOPPED.
   */
  readonly reserved: Resources;
  readonly registeredAt: Instant;
  readonly deregisteredAt?: Instant | undefined;
  /** Grows with each change that a client can see. */
  readonly version: number;
  /** The highest sequence number sent to the agent; one counter for payloads and manifests. */
  readonly lastSequenceNumber: number;
  readonly clientToken?: string | undefined;
  /** The start of an agent that registered last as this instance, if it is our own agent. Written by registrations. (HARD-41) */
  readonly agentRun?: string | undefined;
  /** When another agent with this identity was last turned away. Written by the sessions. (HARD-41) */
  readonly turnedAwayAt?: Instant | undefined;
  /** What the agent last said of the host's own health. Clients see no new version for it. */
  readonly health?: readonly InstanceHealth[] | undefined;
  readonly tags: readonly Tag[];
}

/** One check of a host's own health. */
export interface InstanceHealth {
  readonly type: 'CONTAINER_RUNTIME' | 'ACCELERATED_COMPUTE' | 'DAEMON';
  readonly status: 'OK' | 'IMPAIRED' | 'INSUFFICIENT_DATA' | 'INITIALIZING';
  readonly updatedAt: Instant;
  readonly changedAt: Instant;
}

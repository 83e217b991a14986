/**
 * The requests of the ECS API that an agent makes, with the members it sends and reads. Timestamps are epoch seconds
 * with a fraction, as the protocol writes them.
 */

/** An amount that the host offers, or the ports it keeps for itself. */
export interface AgentResource {
  readonly name: string;
  readonly type: 'INTEGER' | 'STRINGSET';
  readonly integerValue?: number | undefined;
  readonly stringSetValue?: readonly string[] | undefined;
}

/** An attribute of the host; a capability has a name only. */
export interface AgentAttribute {
  readonly name: string;
  readonly value?: string | undefined;
}

/** RegisterContainerInstance. With an ARN the host comes back as what it was. */
export interface RegisterRequest {
  readonly cluster: string;
  readonly containerInstanceArn?: string | undefined;
  readonly clientToken: string;
  readonly instanceIdentityDocument: string;
  readonly instanceIdentityDocumentSignature: string;
  readonly totalResources: readonly AgentResource[];
  /** Absent without any. */
  readonly platformDevices?: readonly { readonly id: string; readonly type: 'GPU' }[] | undefined;
  readonly attributes: readonly AgentAttribute[];
}

/** What RegisterContainerInstance answers. */
export interface RegisterResponse {
  readonly containerInstance?:
    | {
        readonly containerInstanceArn?: string | undefined;
        readonly attributes?: readonly AgentAttribute[] | undefined;
      }
    | undefined;
}

/** What DiscoverPollEndpoint answers: where the two websockets are. */
export interface DiscoverResponse {
  readonly endpoint?: string | undefined;
  readonly telemetryEndpoint?: string | undefined;
}

/** A port of the host that leads to a container. */
export interface ReportedBinding {
  readonly bindIP: string;
  readonly containerPort: number;
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
}

/** Ports of the host in a row that lead to as many ports of a container. */
export interface ReportedRange {
  readonly bindIP: string;
  readonly containerPortRange: string;
  readonly hostPortRange: string;
  readonly protocol: 'tcp' | 'udp';
}

/** One step of a container. A container may appear more than once; entries apply in order. */
export interface ContainerStateChange {
  readonly containerName: string;
  readonly status: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly runtimeId?: string | undefined;
  readonly imageDigest?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
  readonly networkBindings?: readonly (ReportedBinding | ReportedRange)[] | undefined;
}

/** A step of what lets commands be run in a container. */
export interface ManagedAgentStateChange {
  readonly containerName: string;
  readonly managedAgentName: 'ExecuteCommandAgent';
  readonly status: 'RUNNING' | 'STOPPED';
  readonly reason: string;
}

/** SubmitTaskStateChange. */
export interface TaskStateChange {
  readonly cluster: string;
  readonly task: string;
  readonly status: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly reason: string;
  readonly pullStartedAt?: number | undefined;
  readonly pullStoppedAt?: number | undefined;
  readonly executionStoppedAt?: number | undefined;
  readonly containers: readonly ContainerStateChange[];
  readonly managedAgents?: readonly ManagedAgentStateChange[] | undefined;
}

/** Reasons are cut to this many characters. (AGT-9) */
export const REASON_MAX_LENGTH = 1024;

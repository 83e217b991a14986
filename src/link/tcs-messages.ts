import type { HealthCheckResult } from '../domain/health-check.ts';

/** Several samples of one measure: CPU in percent of the whole host, memory in MiB. */
export interface StatsSet {
  readonly min: number;
  readonly max: number;
  readonly sampleCount: number;
  readonly sum: number;
}

/** What may be told of a network beside its bytes. */
export type NetworkCounter =
  | 'rxPackets'
  | 'rxErrors'
  | 'rxDropped'
  | 'rxBytesPerSecond'
  | 'txPackets'
  | 'txErrors'
  | 'txDropped'
  | 'txBytesPerSecond';

/** What one container used since the last report. */
export interface ContainerMetrics {
  readonly containerName: string;
  readonly cpuStatsSet: StatsSet;
  readonly memoryStatsSet: StatsSet;
  /** Counters since the container's start. */
  readonly networkStatsSet?:
    | ({ readonly rxBytes: StatsSet; readonly txBytes: StatsSet } & Readonly<
        Partial<Record<NetworkCounter, StatsSet>>
      >)
    | undefined;
  /** Bytes since the container's start. */
  readonly storageStatsSet?:
    | { readonly readSizeBytes: StatsSet; readonly writeSizeBytes: StatsSet }
    | undefined;
  readonly restartStatsSet?: { readonly restartCount: number } | undefined;
}

/** What the containers of one task used. */
export interface TaskMetrics {
  readonly taskArn: string;
  readonly taskDefinitionFamily: string;
  readonly taskDefinitionVersion: string;
  readonly containerMetrics: readonly ContainerMetrics[];
}

/** Who reports, and which message of a series it is. */
export interface TcsMetadata {
  readonly cluster: string;
  readonly containerInstance: string;
  readonly messageId: string;
  /** On the last message of a series. */
  readonly fin?: boolean | undefined;
  /** No task runs here. */
  readonly idle?: boolean | undefined;
}

/** What health checks say; UNKNOWN before the first result and without a check. */
export type HealthStatus = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

/** The health of one container. */
export interface ContainerHealth {
  readonly containerName: string;
  readonly healthStatus: HealthStatus;
  /** Epoch seconds. */
  readonly statusSince?: number | undefined;
  /**
   * Our own extension: the last results of the check, oldest first, while the container is not healthy and one of them
   * failed. The ECS agent sends none. (LIF-5)
   */
  readonly gantryChecks?: readonly HealthCheckResult[] | undefined;
}

/** The health of the containers of one task. */
export interface TaskHealth {
  readonly taskArn: string;
  readonly taskDefinitionFamily?: string | undefined;
  readonly taskDefinitionVersion?: string | undefined;
  readonly containers: readonly ContainerHealth[];
}

/** What the agent says of its own host, e.g. of its container runtime. */
export interface InstanceStatus {
  readonly type: string;
  readonly status: 'OK' | 'IMPAIRED' | 'INSUFFICIENT_DATA' | 'INITIALIZING';
  readonly lastUpdated?: number | undefined;
  readonly lastStatusChange?: number | undefined;
}

/** What an agent sends on TCS. Timestamps are epoch seconds. */
export type TcsReport =
  | {
      readonly type: 'PublishMetricsRequest';
      readonly message: {
        readonly metadata: TcsMetadata;
        readonly timestamp: number;
        readonly taskMetrics?: readonly TaskMetrics[] | undefined;
      };
    }
  | {
      readonly type: 'PublishHealthRequest';
      readonly message: {
        readonly metadata: TcsMetadata;
        readonly timestamp: number;
        readonly tasks: readonly TaskHealth[];
      };
    }
  | {
      readonly type: 'PublishInstanceStatusRequest';
      readonly message: {
        readonly metadata: {
          readonly cluster: string;
          readonly containerInstance: string;
          readonly requestId: string;
        };
        readonly timestamp: number;
        readonly statuses: readonly InstanceStatus[];
      };
    };

/** What the control plane sends on TCS. */
export type TcsAnswer =
  | {
      readonly type: 'AckPublishMetric' | 'AckPublishHealth' | 'AckPublishInstanceStatus';
      readonly message: object;
    }
  | { readonly type: 'HeartbeatMessage'; readonly message: { readonly healthy: boolean } };

/** At most this many tasks in one message. (LNK-6) */
export const TCS_TASKS_MAX_COUNT = 10;

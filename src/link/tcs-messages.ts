/** Several samples of one measure: CPU in percent of the whole host, memory in MiB. */
export interface StatsSet {
  readonly min: number;
  readonly max: number;
  readonly sampleCount: number;
  readonly sum: number;
}

export interface ContainerMetrics {
  readonly containerName: string;
  readonly cpuStatsSet: StatsSet;
  readonly memoryStatsSet: StatsSet;
  readonly networkStatsSet?: { readonly rxBytes: StatsSet; readonly txBytes: StatsSet } | undefined;
  readonly restartStatsSet?: { readonly restartCount: number } | undefined;
}

export interface TaskMetrics {
  readonly taskArn: string;
  readonly taskDefinitionFamily: string;
  readonly taskDefinitionVersion: string;
  readonly containerMetrics: readonly ContainerMetrics[];
}

export interface TcsMetadata {
  readonly cluster: string;
  readonly containerInstance: string;
  readonly messageId: string;
  /** On the last message of a series. */
  readonly fin?: boolean | undefined;
  /** No task runs here. */
  readonly idle?: boolean | undefined;
}

export type HealthStatus = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

export interface ContainerHealth {
  readonly containerName: string;
  readonly healthStatus: HealthStatus;
  /** Epoch seconds. */
  readonly statusSince?: number | undefined;
}

export interface TaskHealth {
  readonly taskArn: string;
  readonly taskDefinitionFamily?: string | undefined;
  readonly taskDefinitionVersion?: string | undefined;
  readonly containers: readonly ContainerHealth[];
}

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

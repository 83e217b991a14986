/**
 * What containers used, minute by minute. Measurements are many and never change, so they live beside the store, in a
 * file of their own with its own retention. (MET-1)
 */

/** A container of a task, whose measurements belong together. */
export interface MetricSeries {
  readonly clusterArn: string;
  /** Of a service's task. */
  readonly serviceName?: string | undefined;
  readonly family: string;
  readonly revision: number;
  readonly taskId: string;
  readonly containerName: string;
}

/** Several samples of one measure. */
export interface Summary {
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly count: number;
}

/** What a container used in one minute. */
export interface MetricPoint extends MetricSeries {
  /** Minutes since the Unix epoch. */
  readonly minute: number;
  /** CPU units: 1,024 are one core. */
  readonly cpuUnits: Summary;
  readonly memoryMib: Summary;
  /** What went over the network and to and from disks within the minute. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** How often the container had been started again by the minute's end. */
  readonly restartCount: number;
}

/** Which points to read: those of a cluster, and of what else is named. */
export interface MetricQuery {
  readonly clusterArn: string;
  readonly serviceName?: string | undefined;
  readonly taskId?: string | undefined;
  /** Both inclusive. */
  readonly fromMinute: number;
  readonly untilMinute: number;
  /** At most this many, the first ones. */
  readonly limit: number;
}

/** Where points are kept. */
export interface MetricArchive {
  /** Adds points; those of the same container and minute are one. What was answered survives the program. */
  append(points: readonly MetricPoint[]): Promise<void>;
  /** Points by minute, then by task and container. */
  read(query: MetricQuery): Promise<readonly MetricPoint[]>;
  /** Deletes points of earlier minutes. */
  expire(beforeMinute: number): Promise<void>;
  /** Deletes all. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

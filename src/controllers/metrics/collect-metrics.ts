import { attributeOf, HOST_CPU_ATTRIBUTE } from '../../core/instance/attributes.ts';
import { firstKeptMinute, growth, mergePoints, minuteOf } from '../../core/metrics/points.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { MetricArchive, MetricPoint, MetricSeries, Summary } from '../../domain/metrics.ts';
import type { Task } from '../../domain/task.ts';
import { type Clock, type Instant, instant, plusMs } from '../../lib/clock.ts';
import { errorText } from '../../lib/error-text.ts';
import type { Log } from '../../lib/log.ts';
import type { ContainerMetrics, StatsSet, TaskMetrics } from '../../link/tcs-messages.ts';
import { containerInstances, tasks } from '../../records/collections.ts';
import type { Store } from '../../store/store.ts';

const MINUTE_MS = 60_000;
/** Hosts report every 20 seconds; one that has been silent for this long says nothing any more. (MET-4) */
const CURRENT_MS = 90_000;
/** Points that go to the archive at a time: each is copied for it, and requests wait meanwhile. (MET-1) */
const WRITTEN_TOGETHER_COUNT = 500;
/** How often old points are deleted. */
const EXPIRE_EVERY_MINUTES = 60;

/** What a container uses now. (MET-4) */
export interface CurrentUse {
  readonly series: MetricSeries;
  readonly at: Instant;
  readonly cpuUnits: number;
  readonly memoryMib: number;
  readonly receivedBytesPerSecond: number;
  readonly sentBytesPerSecond: number;
  readonly restartCount: number;
}

/** Hears what hosts measured, and knows what is used now. */
export interface MetricCollector {
  /** A host's report. Tasks that are unknown are passed over. */
  report(instanceArn: string, metrics: readonly TaskMetrics[]): void;
  /** What every container that reported lately uses. */
  current(): readonly CurrentUse[];
  /** Forgets everything, in memory and in the file. */
  clear(): Promise<void>;
  /** Writes what it has gathered. */
  stop(): Promise<void>;
}

/** What the collector works with. */
export interface CollectorDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly archive: MetricArchive;
}

/** Gathers reports into points of a minute, and appends those of each minute when it is over. (MET-1) */
export function collectMetrics(deps: CollectorDeps): MetricCollector {
  const collector = new Collector(deps);
  collector.begin();
  return collector;
}

interface Counters {
  readonly received: number;
  readonly sent: number;
  readonly read: number;
  readonly written: number;
}

interface Known {
  readonly counters: Counters;
  readonly use: CurrentUse;
}

class Collector implements MetricCollector {
  readonly #deps: CollectorDeps;
  readonly #known = new Map<string, Known>();
  /** Points of minutes that are not over, by minute and container. */
  readonly #open = new Map<number, Map<string, MetricPoint>>();
  /** The points of minutes that are over are written one minute after the other. */
  #written: Promise<void> = Promise.resolve();
  /** Grows when all is forgotten, also what is being written. */
  #age = 0;
  #cancel: () => void = () => {};
  #minutesCount = 0;

  constructor(deps: CollectorDeps) {
    this.#deps = deps;
  }

  begin(): void {
    const { clock } = this.#deps;
    const nextMinute = instant((minuteOf(clock.now()) + 1) * MINUTE_MS);
    this.#cancel = clock.schedule(nextMinute, () => {
      this.#minuteOver().catch((error: unknown) => {
        this.#deps.log.warn('metrics.not-written', { error: errorText(error) });
      });
      this.begin();
    });
  }

  report(instanceArn: string, metrics: readonly TaskMetrics[]): void {
    const found = this.#deps.store.read((tx) => ({
      instance: tx.get(containerInstances, instanceArn),
      rows: metrics.map((each) => ({ each, task: tx.get(tasks, each.taskArn) })),
    }));
    if (found.instance === undefined) return;
    const units = hostCpuUnits(found.instance);
    for (const { each, task } of found.rows) {
      if (task === undefined || task.instanceArn !== instanceArn) continue;
      for (const container of each.containerMetrics) this.#container(task, container, units);
    }
  }

  current(): readonly CurrentUse[] {
    const since = plusMs(this.#deps.clock.now(), -CURRENT_MS);
    return [...this.#known.values()].map(({ use }) => use).filter(({ at }) => at >= since);
  }

  async clear(): Promise<void> {
    this.#age += 1;
    this.#known.clear();
    this.#open.clear();
    await this.#deps.archive.clear();
  }

  async stop(): Promise<void> {
    this.#cancel();
    await this.#writeUntil(Number.POSITIVE_INFINITY);
  }

  #container(task: Task, metrics: ContainerMetrics, hostUnits: number): void {
    const at = this.#deps.clock.now();
    const key = `${task.taskArn} ${metrics.containerName}`;
    const before = this.#known.get(key);
    const series = seriesOf(task, metrics.containerName);
    const counters = countersOf(metrics);
    const grown = grownSince(before?.counters, counters);
    const cpuUnits = scaled(metrics.cpuStatsSet, hostUnits / 100);
    const memoryMib = scaled(metrics.memoryStatsSet, 1);
    const restartCount = metrics.restartStatsSet?.restartCount ?? 0;
    const point: MetricPoint = {
      ...series,
      minute: minuteOf(at),
      cpuUnits,
      memoryMib,
      receivedBytes: grown.received,
      sentBytes: grown.sent,
      readBytes: grown.read,
      writtenBytes: grown.written,
      restartCount,
    };
    const open = this.#pointsOf(point.minute);
    const earlier = open.get(key);
    open.set(key, earlier === undefined ? point : mergePoints(earlier, point));
    const seconds = before === undefined ? 0 : (at - before.use.at) / 1000;
    const rate = (bytes: number): number => (seconds <= 0 ? 0 : bytes / seconds);
    this.#known.set(key, {
      counters,
      use: {
        series,
        at,
        cpuUnits: lastOf(cpuUnits),
        memoryMib: lastOf(memoryMib),
        receivedBytesPerSecond: rate(grown.received),
        sentBytesPerSecond: rate(grown.sent),
        restartCount,
      },
    });
  }

  #pointsOf(minute: number): Map<string, MetricPoint> {
    const known = this.#open.get(minute);
    if (known !== undefined) return known;
    const points = new Map<string, MetricPoint>();
    this.#open.set(minute, points);
    return points;
  }

  async #minuteOver(): Promise<void> {
    const { clock, archive } = this.#deps;
    const now = clock.now();
    for (const [key, { use }] of this.#known) if (use.at < plusMs(now, -CURRENT_MS)) this.#known.delete(key);
    const hasPoints = this.#open.size > 0;
    await this.#writeUntil(minuteOf(now));
    this.#minutesCount += 1;
    if (hasPoints && this.#minutesCount % EXPIRE_EVERY_MINUTES === 1)
      await archive.expire(firstKeptMinute(now));
  }

  /** Writes the points of all minutes before `minute`, behind those that are being written. */
  #writeUntil(minute: number): Promise<void> {
    const finished = [...this.#open].filter(([each]) => each < minute);
    for (const [each] of finished) this.#open.delete(each);
    const age = this.#age;
    const written = this.#written.then(async () => {
      for (const [, points] of finished) await this.#write([...points.values()], age);
    });
    this.#written = written.catch(() => {});
    return written;
  }

  async #write(points: readonly MetricPoint[], age: number): Promise<void> {
    for (let from = 0; from < points.length && age === this.#age; from += WRITTEN_TOGETHER_COUNT)
      await this.#deps.archive.append(points.slice(from, from + WRITTEN_TOGETHER_COUNT));
  }
}

/** The Amazon ECS agent offers what its host has; ours may offer more of the CPU, and then says what there is. (MET-5) */
const hostCpuUnits = ({ attributes, registered }: ContainerInstance): number =>
  Number(attributeOf(attributes, HOST_CPU_ATTRIBUTE) ?? registered.cpuUnits);

const SERVICE_GROUP = 'service:';

const seriesOf = (
  { clusterArn, group, family, revision, taskId }: Task,
  containerName: string,
): MetricSeries => ({
  clusterArn,
  serviceName: group.startsWith(SERVICE_GROUP) ? group.slice(SERVICE_GROUP.length) : undefined,
  family,
  revision,
  taskId,
  containerName,
});

const scaled = ({ min, max, sum, sampleCount }: StatsSet, factor: number): Summary => ({
  min: min * factor,
  max: max * factor,
  sum: sum * factor,
  count: sampleCount,
});

const lastOf = ({ sum, count }: Summary): number => (count === 0 ? 0 : sum / count);

/** Of counters that grow, the greatest sample is the last one. */
const countersOf = ({ networkStatsSet, storageStatsSet }: ContainerMetrics): Counters => ({
  received: networkStatsSet?.rxBytes.max ?? 0,
  sent: networkStatsSet?.txBytes.max ?? 0,
  read: storageStatsSet?.readSizeBytes.max ?? 0,
  written: storageStatsSet?.writeSizeBytes.max ?? 0,
});

const grownSince = (before: Counters | undefined, now: Counters): Counters => ({
  received: growth(before?.received, now.received),
  sent: growth(before?.sent, now.sent),
  read: growth(before?.read, now.read),
  written: growth(before?.written, now.written),
});

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
  /** Points of minutes that are not written yet, by container and minute. */
  #open = new Map<string, MetricPoint>();
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
    this.#known.clear();
    this.#open.clear();
    await this.#deps.archive.clear();
  }

  async stop(): Promise<void> {
    this.#cancel();
    await this.#write([...this.#open.values()]);
    this.#open.clear();
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
    const openKey = `${point.minute} ${key}`;
    const open = this.#open.get(openKey);
    this.#open.set(openKey, open === undefined ? point : mergePoints(open, point));
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

  async #minuteOver(): Promise<void> {
    const { clock, archive } = this.#deps;
    const now = clock.now();
    const minute = minuteOf(now);
    const finished = [...this.#open.values()].filter((point) => point.minute < minute);
    this.#open = new Map([...this.#open].filter(([, point]) => point.minute >= minute));
    for (const [key, { use }] of this.#known) if (use.at < plusMs(now, -CURRENT_MS)) this.#known.delete(key);
    await this.#write(finished);
    this.#minutesCount += 1;
    if (finished.length > 0 && this.#minutesCount % EXPIRE_EVERY_MINUTES === 1)
      await archive.expire(firstKeptMinute(now));
  }

  async #write(points: readonly MetricPoint[]): Promise<void> {
    if (points.length > 0) await this.#deps.archive.append(points);
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

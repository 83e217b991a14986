import type {
  ContainerHealth,
  ContainerMetrics,
  StatsSet,
  TaskHealth,
  TaskMetrics,
} from '../link/tcs-messages.ts';
import type { ContainerStats } from '../runtime/driver.ts';
import { type ContainerRecord, payloadOf, type TaskRecord } from './task-record.ts';

const BYTES_PER_MIB = 1024 * 1024;

/** The health of all containers with a check, of tasks that are not over. (AGT-18) */
export function healthOf(records: readonly TaskRecord[]): readonly TaskHealth[] {
  return records.flatMap((record) => {
    if (record.isStopped) return [];
    const containers = record.containers.flatMap((container): readonly ContainerHealth[] => {
      const isChecked = payloadOf(record, container.name)?.healthCheckType !== undefined;
      if (!isChecked || container.phase === 'STOPPED') return [];
      return [
        {
          containerName: container.name,
          healthStatus: container.health ?? 'UNKNOWN',
          statusSince: container.healthSinceMs === undefined ? undefined : container.healthSinceMs / 1000,
          ...tellingChecks(container),
        },
      ];
    });
    return containers.length === 0 ? [] : [{ ...naming(record), containers }];
  });
}

/** Results that somebody may ask for: a healthy container's are not sent every time. (LIF-5) */
function tellingChecks({
  health,
  healthChecks = [],
}: ContainerRecord): Pick<ContainerHealth, 'gantryChecks'> {
  const isTelling = health !== 'HEALTHY' && healthChecks.some(({ exitCode }) => exitCode !== 0);
  return isTelling ? { gantryChecks: healthChecks } : {};
}

/** One container's counters at two times. */
export interface Sample {
  readonly before?: { readonly stats: ContainerStats; readonly atMs: number } | undefined;
  readonly stats: ContainerStats;
  readonly atMs: number;
}

/**
 * The measurements of a task. CPU is percent of the whole host (`cores` of them) since the sample before; the first
 * sample of a container has none. (AGT-18)
 */
export function metricsOf(
  record: TaskRecord,
  samples: ReadonlyMap<string, Sample>,
  cores: number,
): TaskMetrics {
  const containerMetrics = record.containers.flatMap((container): readonly ContainerMetrics[] => {
    const sample = container.runtimeId === undefined ? undefined : samples.get(container.runtimeId);
    if (sample === undefined) return [];
    const { stats } = sample;
    return [
      {
        containerName: container.name,
        cpuStatsSet: single(cpuPercent(sample, cores)),
        memoryStatsSet: single(Math.round(stats.memoryBytes / BYTES_PER_MIB)),
        networkStatsSet: { rxBytes: single(stats.receivedBytes), txBytes: single(stats.sentBytes) },
        storageStatsSet: {
          readSizeBytes: single(stats.readBytes ?? 0),
          writeSizeBytes: single(stats.writtenBytes ?? 0),
        },
        restartStatsSet: { restartCount: container.restartCount },
      },
    ];
  });
  return { ...naming(record), containerMetrics };
}

function cpuPercent({ before, stats, atMs }: Sample, cores: number): number {
  if (before === undefined || atMs <= before.atMs) return 0;
  const usedMs = (stats.cpuNanoseconds - before.stats.cpuNanoseconds) / 1_000_000;
  return Math.max(0, (100 * usedMs) / (atMs - before.atMs) / Math.max(1, cores));
}

const single = (value: number): StatsSet => ({ min: value, max: value, sampleCount: 1, sum: value });

const naming = ({ payload }: TaskRecord) => ({
  taskArn: payload.arn,
  taskDefinitionFamily: payload.family,
  taskDefinitionVersion: payload.version,
});

/** Cuts a list into pieces of at most `size`; at least one piece, which may be empty. */
export function pieces<Entry>(entries: readonly Entry[], size: number): readonly (readonly Entry[])[] {
  const cut: (readonly Entry[])[] = [];
  for (let at = 0; at < entries.length; at += size) cut.push(entries.slice(at, at + size));
  return cut.length === 0 ? [[]] : cut;
}

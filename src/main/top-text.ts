import { averageOf, mergeAll } from '../core/metrics/points.ts';
import type { MetricPoint, MetricSeries } from '../domain/metrics.ts';
import type { TopRow } from './metrics-route.ts';

type Row = readonly string[];

/** What is used now, the most CPU first, as lines for a terminal. */
export function topText(rows: readonly TopRow[]): string {
  const lines = rows
    .toSorted((one, other) => other.cpuUnits - one.cpuUnits)
    .map((row) => [
      ...namesOf(row.series),
      `${whole(row.cpuUnits)}/${whole(row.taskCpuUnits)}`,
      `${whole(row.memoryMib)}/${whole(row.taskMemoryMib)}`,
      bytes(row.receivedBytesPerSecond),
      bytes(row.sentBytesPerSecond),
      String(row.restartCount),
    ]);
  const head = [...NAMES, 'CPU UNITS', 'MEMORY MiB', 'IN/s', 'OUT/s', 'RESTARTS'];
  return rows.length === 0 ? 'Nothing has been measured lately.\n' : table([head, ...lines]);
}

/** What was used in a span of time, each container's minutes taken together. */
export function historyText(points: readonly MetricPoint[]): string {
  const byContainer = Map.groupBy(points, ({ taskId, containerName }) => `${taskId} ${containerName}`);
  const merged = [...byContainer.values()]
    .map(mergeAll)
    .toSorted((one, other) => averageOf(other.cpuUnits) - averageOf(one.cpuUnits));
  const lines = merged.map((point) => [
    ...namesOf(point),
    whole(averageOf(point.cpuUnits)),
    whole(point.cpuUnits.max),
    whole(averageOf(point.memoryMib)),
    whole(point.memoryMib.max),
    bytes(point.receivedBytes),
    bytes(point.sentBytes),
    String(point.restartCount),
  ]);
  const head = [...NAMES, 'CPU AVG', 'CPU MAX', 'MEMORY AVG', 'MEMORY MAX', 'IN', 'OUT', 'RESTARTS'];
  return lines.length === 0 ? 'Nothing was measured then.\n' : table([head, ...lines]);
}

const NAMES = ['CLUSTER', 'SERVICE', 'TASK', 'CONTAINER'] as const;

const namesOf = (series: MetricSeries): Row => [
  series.clusterArn.slice(series.clusterArn.lastIndexOf('/') + 1),
  series.serviceName ?? '-',
  series.taskId.slice(0, 8),
  series.containerName,
];

const whole = (value: number): string => String(Math.round(value));

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** E.g. `1.5 MiB`. */
export function bytes(value: number): string {
  let rest = value;
  let unit = 0;
  while (rest >= 1024 && unit < UNITS.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return `${rest >= 10 || unit === 0 ? Math.round(rest) : rest.toFixed(1)} ${UNITS[unit]}`;
}

/** Columns as wide as their widest entry; what begins with a digit is put to the right. */
function table(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number, isName: boolean): string =>
    isName ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows
    .map((row) => `${row.map((text, column) => cell(text, column, column < NAMES.length)).join('  ')}\n`)
    .join('');
}

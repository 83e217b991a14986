import { mergePoints } from '../core/metrics/points.ts';
import type { MetricArchive, MetricPoint, MetricQuery } from '../domain/metrics.ts';

/** So many points are kept in memory; the oldest make room. */
const POINTS_MAX_COUNT = 100_000;

/** Points that live as long as the process: for tests and for a program without a data directory. */
export function memoryMetricArchive(): MetricArchive {
  let points: readonly MetricPoint[] = [];
  return {
    append: async (added) => {
      const known = new Map(points.map((point) => [keyOf(point), point]));
      for (const point of added) {
        const before = known.get(keyOf(point));
        known.set(keyOf(point), before === undefined ? point : mergePoints(before, point));
      }
      points = [...known.values()].sort(inOrder).slice(-POINTS_MAX_COUNT);
    },
    read: async (query) => points.filter((point) => isWanted(point, query)).slice(0, query.limit),
    expire: async (beforeMinute) => {
      points = points.filter(({ minute }) => minute >= beforeMinute);
    },
    clear: async () => {
      points = [];
    },
    close: async () => {},
  };
}

const keyOf = ({ minute, clusterArn, taskId, containerName }: MetricPoint): string =>
  `${String(minute).padStart(10, '0')} ${taskId} ${containerName} ${clusterArn}`;

const inOrder = (one: MetricPoint, other: MetricPoint): number => (keyOf(one) < keyOf(other) ? -1 : 1);

const isWanted = (point: MetricPoint, query: MetricQuery): boolean =>
  point.clusterArn === query.clusterArn &&
  point.minute >= query.fromMinute &&
  point.minute <= query.untilMinute &&
  (query.serviceName === undefined || point.serviceName === query.serviceName) &&
  (query.taskId === undefined || point.taskId === query.taskId);

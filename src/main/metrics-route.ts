import type { IncomingMessage } from 'node:http';
import type { Authorizer } from '../api/authorize.ts';
import type { CurrentUse, MetricCollector } from '../controllers/metrics/collect-metrics.ts';
import { firstKeptMinute, minuteOf } from '../core/metrics/points.ts';
import { taskArn } from '../domain/arn.ts';
import type { MetricArchive, MetricPoint } from '../domain/metrics.ts';
import { clusterArnOf, clusterNameOf } from '../records/clusters.ts';
import { tasks } from '../records/collections.ts';
import type { Authenticator } from '../wire/authenticator.ts';
import { wireRequestOf } from '../wire/http-server.ts';
import { accessFacts } from './access-facts.ts';
import type { SharedContext } from './handlers.ts';
import type { RouteAnswer } from './why-route.ts';

/** What the route reads and asks. */
export interface MetricsRoute {
  readonly shared: SharedContext;
  readonly collector: MetricCollector;
  readonly archive: MetricArchive;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
}

/** What a container uses now, and what its task was given. */
export interface TopRow extends CurrentUse {
  readonly taskCpuUnits: number;
  readonly taskMemoryMib: number;
}

/** The action that a policy has to allow, on `*`. */
const READ_ACTION = 'gantry:ReadMetrics';
/** Most points in one answer. */
const POINTS_MAX_COUNT = 10_000;

const no = (status: 400 | 403, message: string): RouteAnswer => ({ status, body: { message } });

/** Answers `GET /_gantry/top` and `GET /_gantry/metrics`, signed like any call to ECS. (MET-6) */
export async function answerMetrics(request: IncomingMessage, route: MetricsRoute): Promise<RouteAnswer> {
  const wire = wireRequestOf(request, Buffer.alloc(0));
  const who = route.authenticator(wire, 'ecs');
  if (who.kind !== 'caller') {
    return no(403, 'Sign the request (service ecs, empty body) with a key of this installation.');
  }
  const refusal = route.authorizer.refusalOf(accessFacts(wire, who.caller), {
    action: READ_ACTION,
    resource: '*',
  });
  if (refusal !== undefined) return no(403, refusal);
  const query = new URLSearchParams(wire.query);
  const name = query.get('cluster');
  const clusterArn = name === null ? undefined : clusterArnOf(route.shared.installation, name);
  return wire.path.endsWith('/top') ? topOf(route, clusterArn) : pointsOf(route, clusterArn, query);
}

function topOf({ shared, collector }: MetricsRoute, clusterArn: string | undefined): RouteAnswer {
  const { installation, store } = shared;
  const rows = store.read((tx) =>
    collector.current().flatMap((use): readonly TopRow[] => {
      const { series } = use;
      if (clusterArn !== undefined && series.clusterArn !== clusterArn) return [];
      const arn = taskArn(installation, clusterNameOf(series.clusterArn), series.taskId);
      const task = tx.get(tasks, arn);
      if (task === undefined || task.lastStatus === 'STOPPED') return [];
      return [{ ...use, taskCpuUnits: Number(task.cpu), taskMemoryMib: Number(task.memory) }];
    }),
  );
  return { status: 200, body: { containers: rows } };
}

async function pointsOf(
  { shared, archive }: MetricsRoute,
  clusterArn: string | undefined,
  query: URLSearchParams,
): Promise<RouteAnswer> {
  if (clusterArn === undefined) return no(400, 'Name a cluster: ?cluster=…');
  const now = shared.clock.now();
  const fromMinute = readMinute(query.get('fromMinute'), firstKeptMinute(now));
  const untilMinute = readMinute(query.get('untilMinute'), minuteOf(now));
  if (fromMinute === undefined || untilMinute === undefined) {
    return no(400, 'fromMinute and untilMinute are whole minutes since 1970.');
  }
  const points: readonly MetricPoint[] = await archive.read({
    clusterArn,
    serviceName: query.get('service') ?? undefined,
    taskId: query.get('task') ?? undefined,
    fromMinute,
    untilMinute,
    limit: POINTS_MAX_COUNT,
  });
  return { status: 200, body: { points } };
}

function readMinute(text: string | null, absent: number): number | undefined {
  if (text === null) return absent;
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

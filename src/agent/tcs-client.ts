import { type Clock, type Instant, plusMs } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import type { Socket } from '../link/socket.ts';
import { decodeTcsAnswer, encodeTcsReport } from '../link/tcs-codec.ts';
import { TCS_TASKS_MAX_COUNT, type TcsReport } from '../link/tcs-messages.ts';
import type { RuntimeDriver } from '../runtime/driver.ts';
import type { TaskEngine } from './task-engine.ts';
import { healthOf, metricsOf, pieces, type Sample } from './telemetry.ts';

/** How often measurements and health are published. (AGT-18) */
const PUBLISH_MS = 20_000;
/** A change of health is published this soon, with others of the same moment. (AGT-18) */
const HEALTH_GATHER_MS = 200;

/** What the telemetry session reads, and whom it speaks for. */
export interface TcsClientDeps {
  readonly engine: TaskEngine;
  readonly driver: RuntimeDriver;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly cluster: string;
  readonly containerInstanceArn: string;
  readonly cores: number;
  /** False where there is nothing to measure: the simulated runtime. */
  readonly hasMetrics: boolean;
  /** The headers of a signed GET of the session's URL with this body. */
  readonly sign: (body: string) => Readonly<Record<string, string>>;
}

/** Publishes what the host measures while a TCS session is open. */
export interface TcsClient {
  attached(socket: Socket | undefined): void;
  receive(text: string): boolean;
  /** Health has changed: publishes it soon. */
  healthChanged(): void;
  /** Publishes the state of the container engine, as after each heartbeat. */
  publishInstanceStatus(): void;
}

/** Makes the publisher; it lives as long as the registration. */
export function tcsClient(deps: TcsClientDeps): TcsClient {
  const { clock } = deps;
  let socket: Socket | undefined;
  let cancelTick = (): void => {};
  let cancelHealth: (() => void) | undefined;
  let lastSamples: ReadonlyMap<string, Sample> = new Map();

  const send = (report: TcsReport): void => socket?.send(encodeTcsReport(report, deps.sign));
  const naming = { cluster: deps.cluster, containerInstance: deps.containerInstanceArn };

  const publishHealth = (): void => {
    cancelHealth?.();
    cancelHealth = undefined;
    const tasks = healthOf(deps.engine.records());
    if (tasks.length === 0) return;
    const parts = pieces(tasks, TCS_TASKS_MAX_COUNT);
    parts.forEach((part, index) => {
      const metadata = { ...naming, messageId: deps.ids.uuid(), fin: index === parts.length - 1 };
      send({
        type: 'PublishHealthRequest',
        message: { metadata, timestamp: clock.now() / 1000, tasks: part },
      });
    });
  };

  const publishMetrics = async (): Promise<void> => {
    lastSamples = await sampled(deps, lastSamples);
    const running = deps.engine.records().filter((record) => record.wasRunning && !record.isStopped);
    const all = running.map((record) => metricsOf(record, lastSamples, deps.cores));
    const parts = pieces(all, TCS_TASKS_MAX_COUNT);
    parts.forEach((part, index) => {
      const metadata = {
        ...naming,
        messageId: deps.ids.uuid(),
        idle: all.length === 0,
        fin: index === parts.length - 1,
      };
      const taskMetrics = all.length === 0 ? undefined : part;
      send({
        type: 'PublishMetricsRequest',
        message: { metadata, timestamp: clock.now() / 1000, taskMetrics },
      });
    });
  };

  const tick = (): void => {
    publishHealth();
    // The engine says when a check's verdict changes, not when it has run once more.
    deps.engine.lookAtUnhealthy();
    const published = deps.hasMetrics ? publishMetrics() : Promise.resolve();
    published.catch((error: unknown) => deps.log.debug('agent.metrics-failed', { error: String(error) }));
    cancelTick = clock.schedule(plusMs(clock.now(), PUBLISH_MS), tick);
  };

  return {
    attached: (next) => {
      socket = next;
      cancelTick();
      cancelHealth?.();
      cancelHealth = undefined;
      if (next !== undefined) tick();
    },
    receive: (text) => decodeTcsAnswer(text).type !== 'unusable',
    healthChanged: () => {
      if (socket === undefined || cancelHealth !== undefined) return;
      cancelHealth = clock.schedule(plusMs(clock.now(), HEALTH_GATHER_MS), publishHealth);
    },
    publishInstanceStatus: () => {
      const now = clock.now() / 1000;
      send({
        type: 'PublishInstanceStatusRequest',
        message: {
          metadata: { ...naming, requestId: deps.ids.uuid() },
          timestamp: now,
          statuses: [{ type: 'ContainerRuntime', status: 'OK', lastUpdated: now, lastStatusChange: now }],
        },
      });
    },
  };
}

/** Reads the counters of every running container; each keeps the ones before for its rates. */
async function sampled(
  deps: TcsClientDeps,
  last: ReadonlyMap<string, Sample>,
): Promise<ReadonlyMap<string, Sample>> {
  const samples = new Map<string, Sample>();
  const running = deps.engine
    .records()
    .flatMap(({ containers }) => containers)
    .flatMap(({ phase, runtimeId }) => (phase === 'RUNNING' && runtimeId !== undefined ? [runtimeId] : []));
  await Promise.all(
    running.map(async (runtimeId) => {
      const stats = await deps.driver.stats(runtimeId).catch(() => undefined);
      if (stats === undefined) return;
      const atMs: Instant = deps.clock.now();
      const before = last.get(runtimeId);
      samples.set(runtimeId, {
        stats,
        atMs,
        before: before === undefined ? undefined : { stats: before.stats, atMs: before.atMs },
      });
    }),
  );
  return samples;
}

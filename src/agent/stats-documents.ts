import type { RuntimeDriver } from '../runtime/driver.ts';
import type { TaskRecord } from './task-record.ts';

interface Total {
  readonly rx: number;
  readonly tx: number;
  readonly atMs: number;
}

/** The statistics that containers ask for. */
export interface StatsDocuments {
  /** Of one container; null while there are none. (TMD-5) */
  container(record: TaskRecord, name: string, version: 3 | 4): Promise<unknown>;
  /** Of all containers of a task, by their engine ids. (TMD-5) */
  task(record: TaskRecord, version: 3 | 4): Promise<Readonly<Record<string, unknown>>>;
}

/** Two answers within this time are compared for the rates. */
const COMPARABLE_MS = 120_000;

/** The engine's own documents; version 4 adds what the network carries in a second. */
export function statsDocuments(
  driver: Pick<RuntimeDriver, 'engineStats'>,
  nowMs: () => number,
): StatsDocuments {
  const totals = new Map<string, Total>();

  const document = async (runtimeId: string, version: 3 | 4): Promise<unknown> => {
    const stats = await driver.engineStats(runtimeId).catch(() => undefined);
    if (stats === undefined) return null;
    if (version === 3) return stats;
    const sum = (column: string): number =>
      Object.values(stats.networks ?? {}).reduce((total, counters) => total + (counters[column] ?? 0), 0);
    const now: Total = { rx: sum('rx_bytes'), tx: sum('tx_bytes'), atMs: nowMs() };
    for (const [id, { atMs }] of totals) if (now.atMs - atMs > COMPARABLE_MS) totals.delete(id);
    const before = totals.get(runtimeId);
    totals.set(runtimeId, now);
    return { ...stats, network_rate_stats: ratesOf(before, now) };
  };

  return {
    container: async (record, name, version) => {
      const runtimeId = record.containers.find((container) => container.name === name)?.runtimeId;
      return runtimeId === undefined ? null : document(runtimeId, version);
    },
    task: async (record, version) => {
      const entries = await Promise.all(
        record.containers.flatMap(({ runtimeId }) =>
          runtimeId === undefined
            ? []
            : [document(runtimeId, version).then((stats) => [runtimeId, stats] as const)],
        ),
      );
      return Object.fromEntries(entries);
    },
  };
}

function ratesOf(before: Total | undefined, now: Total): Readonly<Record<string, number>> {
  const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1000;
  const rate = (from: number, to: number): number => (seconds <= 0 ? 0 : Math.max(0, to - from) / seconds);
  return {
    rx_bytes_per_sec: rate(before?.rx ?? 0, now.rx),
    tx_bytes_per_sec: rate(before?.tx ?? 0, now.tx),
  };
}

import { readFile } from 'node:fs/promises';
import type { EngineStats } from '../driver.ts';
import type { EngineClient } from './engine-client.ts';

/** A reading that is younger answers again: containers may ask as often as they like. */
const FRESH_MS = 1_000;
/** A reading that is older says nothing about now any more. */
const COMPARABLE_MS = 120_000;

interface Reading {
  readonly stats: EngineStats;
  readonly atMs: number;
}

/** What the readings need to know. */
export interface EngineStatsDeps {
  readonly engine: EngineClient;
  /** The container's first process; undefined where it cannot be looked at. */
  readonly pidOf: (runtimeId: string) => Promise<number | undefined>;
  readonly nowMs: () => number;
}

/**
 * Reads the engine's own statistics of containers, as the metadata endpoint hands them out. The engine takes a second for a
 * document with the reading before; so only the first one is asked for whole, and later ones carry our own last reading.
 * (TMD-5)
 */
export function engineStatsReader({ engine, pidOf, nowMs }: EngineStatsDeps) {
  const last = new Map<string, Reading>();
  const underWay = new Map<string, Promise<EngineStats | undefined>>();

  const read = async (runtimeId: string): Promise<EngineStats | undefined> => {
    const before = last.get(runtimeId);
    const isComparable = before !== undefined && nowMs() - before.atMs < COMPARABLE_MS;
    const path = `/containers/${runtimeId}/stats?stream=0${isComparable ? '&one-shot=1' : ''}`;
    const found = await engine.find<EngineStats>({ method: 'GET', path, step: 'inspect' });
    if (found === undefined || !isRunning(found)) return undefined;
    const stats = {
      ...found,
      ...(isComparable ? previous(before.stats) : {}),
      ...(await networks(found, runtimeId)),
    };
    for (const [id, { atMs }] of last) if (nowMs() - atMs >= COMPARABLE_MS) last.delete(id);
    last.set(runtimeId, { stats, atMs: nowMs() });
    return stats;
  };

  /** A container that shares another's network has none of its own in the engine's eyes. */
  const networks = async (found: EngineStats, runtimeId: string): Promise<Partial<EngineStats>> => {
    if (found.networks !== undefined) return {};
    const pid = await pidOf(runtimeId);
    const text = pid === undefined ? '' : await readFile(`/proc/${pid}/net/dev`, 'utf8').catch(() => '');
    const interfaces = networkCounters(text);
    return Object.keys(interfaces).length === 0 ? {} : { networks: interfaces };
  };

  return (runtimeId: string): Promise<EngineStats | undefined> => {
    const before = last.get(runtimeId);
    if (before !== undefined && nowMs() - before.atMs < FRESH_MS) return Promise.resolve(before.stats);
    const asked = underWay.get(runtimeId);
    if (asked !== undefined) return asked;
    const asking = read(runtimeId).finally(() => underWay.delete(runtimeId));
    underWay.set(runtimeId, asking);
    return asking;
  };
}

/** An ended container's document has a time before all others. */
const isRunning = ({ read }: EngineStats): boolean => read !== undefined && !read.startsWith('0001-');

const previous = ({ read, cpu_stats }: EngineStats): Partial<EngineStats> => ({
  preread: read,
  precpu_stats: cpu_stats,
});

const COLUMNS = {
  rx_bytes: 0,
  rx_packets: 1,
  rx_errors: 2,
  rx_dropped: 3,
  tx_bytes: 8,
  tx_packets: 9,
  tx_errors: 10,
  tx_dropped: 11,
} as const;

/** Reads `/proc/<pid>/net/dev` as the engine counts: each interface but loopback. */
export function networkCounters(text: string): NonNullable<EngineStats['networks']> {
  const lines = text.split('\n').slice(2);
  const entries = lines.flatMap((line) => {
    const [name = '', counters] = line.split(':').map((part) => part.trim());
    if (counters === undefined || name === 'lo') return [];
    const numbers = counters.split(/\s+/).map(Number);
    const columns = Object.entries(COLUMNS).map(([column, at]) => [column, numbers[at] ?? 0]);
    return [[name, Object.fromEntries(columns)]];
  });
  return Object.fromEntries(entries);
}

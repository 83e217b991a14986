/** Measures the store: durable transactions per second over SQLite, and pages of 100,000 rows. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openStore } from '../src/store/create-store.ts';
import { openSqliteLog } from '../src/store/sqlite-log.ts';
import type { Collection, Store } from '../src/store/store.ts';

/** One line of a table: what was measured, the figure with its unit, and the target where there is one. */
export interface BenchRow {
  readonly what: string;
  readonly figure: string;
  readonly target: string;
}

interface Row {
  readonly id: string;
  readonly cluster: string;
  readonly service: string;
  readonly status: string;
  readonly text: string;
}

const rows: Collection<Row, 'cluster' | 'service' | 'clusterStatus'> = {
  name: 'rows',
  key: (row) => row.id,
  indexes: {
    cluster: (row) => row.cluster,
    service: (row) => row.service,
    clusterStatus: (row) => `${row.cluster} ${row.status}`,
  },
};

const ROW_COUNT = 100_000;
const PAGE_COUNT = 100;
const MEASURE_MS = 3_000;

/** About 1 KB, like a task row. */
const aRow = (number: number, status: string): Row => ({
  id: `row/${String((number * 7919) % ROW_COUNT).padStart(6, '0')}`,
  cluster: number % 10 === 0 ? 'small' : 'large',
  service: `service-${number % 500}`,
  status,
  text: 'x'.repeat(850),
});

/** Runs in a directory of its own under the system's temporary one, about 15 seconds. */
export async function benchStore(): Promise<readonly BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-bench-'));
  try {
    const path = join(directory, 'state.sqlite');
    const filled = await openStore({ log: await openSqliteLog(path), collections: [rows] });
    const fillSeconds = await fill(filled);
    const writes: BenchRow[] = [];
    for (const writerCount of [1, 64, 512]) writes.push(await measureWrites(filled, writerCount));
    const pages = measurePages(filled);
    await filled.close();
    const openedAt = performance.now();
    const again = await openStore({ log: await openSqliteLog(path), collections: [rows] });
    const openSeconds = (performance.now() - openedAt) / 1_000;
    await again.close();
    return [
      ...writes,
      pages,
      { what: 'filling with 100,000 rows of 1 KB', figure: `${fillSeconds.toFixed(1)} s`, target: '' },
      { what: 'opening with 100,000 rows of 1 KB', figure: `${openSeconds.toFixed(1)} s`, target: '≤ 3 s' },
    ];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function fill(store: Store): Promise<number> {
  const startedAt = performance.now();
  for (let from = 0; from < ROW_COUNT; from += 5_000) {
    const numbers = Array.from({ length: 5_000 }, (_, index) => from + index);
    await Promise.all(numbers.map((number) => store.write((tx) => tx.put(rows, aRow(number, 'PENDING')))));
  }
  return (performance.now() - startedAt) / 1_000;
}

async function measureWrites(store: Store, writerCount: number): Promise<BenchRow> {
  const startedAt = performance.now();
  const latenciesMs: number[] = [];
  const writer = async (number: number): Promise<void> => {
    for (let count = 0; performance.now() - startedAt < MEASURE_MS; count += 1) {
      const at = performance.now();
      await store.write((tx) =>
        tx.put(rows, aRow((number + count * writerCount) % ROW_COUNT, `STATUS-${count % 5}`)),
      );
      latenciesMs.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: writerCount }, (_, number) => writer(number)));
  const perSecond = latenciesMs.length / ((performance.now() - startedAt) / 1_000);
  latenciesMs.sort((one, other) => one - other);
  const percentile = (percent: number): string =>
    (latenciesMs[Math.floor((latenciesMs.length * percent) / 100)] ?? 0).toFixed(1);
  return {
    what: `durable transactions, ${writerCount} ${writerCount === 1 ? 'writer' : 'writers'}`,
    figure: `${Math.round(perSecond).toLocaleString('en')}/s (p50 ${percentile(50)} ms, p99 ${percentile(99)} ms)`,
    target: writerCount === 64 ? '≥ 10,000/s' : '',
  };
}

function measurePages(store: Store): BenchRow {
  const startedAt = performance.now();
  let count = 0;
  while (performance.now() - startedAt < 1_000) {
    const after = `row/${String((count * 7919) % ROW_COUNT).padStart(6, '0')}`;
    store.read(
      (tx) =>
        tx.find(rows, 'cluster', 'large', { after, limit: PAGE_COUNT }).length +
        tx.count(rows, 'cluster', 'large'),
    );
    count += 1;
  }
  const perSecond = count / ((performance.now() - startedAt) / 1_000);
  return {
    what: 'pages of 100 out of 90,000, with the count',
    figure: `${Math.round(perSecond).toLocaleString('en')}/s`,
    target: '',
  };
}

if (import.meta.main) {
  for (const { what, figure, target } of await benchStore())
    console.log(`${what.padEnd(46)} ${figure.padEnd(42)} ${target}`);
}

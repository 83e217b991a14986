/** Measures the store: durable transactions per second over SQLite, and pages of 100,000 rows. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openStore } from '../src/store/create-store.ts';
import { openSqliteLog } from '../src/store/sqlite-log.ts';
import type { Collection, Store } from '../src/store/store.ts';
import { type BenchRow, printTable, quantile, rounded, verdict } from './table.ts';

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

/** Measures durable transactions and pages, in a directory of its own under the system's temporary one. */
export async function benchStore(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-bench-'));
  try {
    const path = join(directory, 'state.sqlite');
    const filled = await openStore({ log: await openSqliteLog(path), collections: [rows] });
    await fill(filled);
    const writes: BenchRow[] = [];
    for (const writerCount of [1, 64, 512]) writes.push(await measureWrites(filled, writerCount));
    const pages = measurePages(filled);
    await filled.close();
    const openedAt = performance.now();
    const again = await openStore({ log: await openSqliteLog(path), collections: [rows] });
    const openSeconds = (performance.now() - openedAt) / 1_000;
    await again.close();
    printTable(`Durable transactions, ${rounded(ROW_COUNT)} rows of 1 KB, one sync per batch`, writes);
    printTable('Store, other', [
      pages,
      {
        what: `opening with ${rounded(ROW_COUNT)} rows of 1 KB`,
        figure: `${rounded(openSeconds, 1)} s`,
        target: verdict(openSeconds, { atMost: 3 }),
      },
    ]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function fill(store: Store): Promise<void> {
  for (let from = 0; from < ROW_COUNT; from += 5_000) {
    const numbers = Array.from({ length: 5_000 }, (_, index) => from + index);
    await Promise.all(numbers.map((number) => store.write((tx) => tx.put(rows, aRow(number, 'PENDING')))));
  }
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
  return {
    writers: writerCount,
    'transactions/s': rounded(perSecond),
    'p50, ms': rounded(quantile(latenciesMs, 0.5), 1),
    'p99, ms': rounded(quantile(latenciesMs, 0.99), 1),
    target: writerCount === 64 ? verdict(perSecond, { atLeast: 10_000 }) : '',
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
    figure: `${rounded(perSecond)}/s`,
    target: '',
  };
}

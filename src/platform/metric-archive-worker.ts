/** The worker thread that owns the file of measurements. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import type { MetricPoint, MetricQuery, MetricSeries, Summary } from '../domain/metrics.ts';
import { openSqliteFile } from '../store/sqlite-file.ts';
import { serveWorkerCalls } from '../store/worker-serve.ts';

/** What the thread can be asked. `read` answers points; `expire` whether nothing is left to delete. */
export type MetricArchiveRequest =
  | { readonly kind: 'append'; readonly points: readonly MetricPoint[] }
  | { readonly kind: 'read'; readonly query: MetricQuery }
  | { readonly kind: 'expire'; readonly beforeMinute: number }
  | { readonly kind: 'close' };

/** One deletion takes so many points at most: bounds how long others wait behind it. */
const DELETE_MAX_COUNT = 20_000;

const SCHEMA = `
  create table if not exists series (
    no integer primary key, cluster text not null, service text, family text not null, revision integer not null,
    task text not null, container text not null, unique (cluster, task, container)
  );
  create table if not exists points (
    minute integer not null, series integer not null,
    cpu_min real not null, cpu_max real not null, cpu_sum real not null, cpu_count integer not null,
    memory_min real not null, memory_max real not null, memory_sum real not null, memory_count integer not null,
    received integer not null, sent integer not null, read integer not null, written integer not null,
    restarts integer not null, primary key (minute, series)
  ) without rowid;
`;

const SERIES = `insert into series (cluster, service, family, revision, task, container) values (?, ?, ?, ?, ?, ?)
  on conflict (cluster, task, container) do update set family = excluded.family returning no`;

/** Points of the same minute are added up: a restart of the program may fall into it. */
const POINT = `insert into points values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (minute, series) do update set
    cpu_min = min(cpu_min, excluded.cpu_min), cpu_max = max(cpu_max, excluded.cpu_max),
    cpu_sum = cpu_sum + excluded.cpu_sum, cpu_count = cpu_count + excluded.cpu_count,
    memory_min = min(memory_min, excluded.memory_min), memory_max = max(memory_max, excluded.memory_max),
    memory_sum = memory_sum + excluded.memory_sum, memory_count = memory_count + excluded.memory_count,
    received = received + excluded.received, sent = sent + excluded.sent, read = read + excluded.read,
    written = written + excluded.written, restarts = max(restarts, excluded.restarts)`;

const READ = `select * from points join series on series.no = points.series
  where minute between ? and ? and cluster = ? and (? is null or service = ?) and (? is null or task = ?)
  order by minute, task, container limit ?`;

class MetricFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #numbers = new Map<string, number>();

  constructor(path: string) {
    this.#database = openSqliteFile(path);
    this.#database.exec(SCHEMA);
  }

  append(points: readonly MetricPoint[]): void {
    this.#database.exec('begin immediate');
    try {
      for (const point of points) this.#statement(POINT).run(...columnsOf(point, this.#numberOf(point)));
      this.#database.exec('commit');
    } catch (error) {
      // Numbers that were given out in it are gone with it.
      this.#numbers.clear();
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw error;
    }
  }

  read(query: MetricQuery): readonly MetricPoint[] {
    const { clusterArn, fromMinute, untilMinute, limit } = query;
    const serviceName = query.serviceName ?? null;
    const taskId = query.taskId ?? null;
    return this.#statement(READ)
      .all(...[fromMinute, untilMinute, clusterArn, serviceName, serviceName, taskId, taskId, limit])
      .map(pointOf);
  }

  expire(beforeMinute: number): boolean {
    const { changes } = this.#statement(
      `delete from points where (minute, series) in
        (select minute, series from points where minute < ? limit ${DELETE_MAX_COUNT})`,
    ).run(beforeMinute);
    const isDone = Number(changes) < DELETE_MAX_COUNT;
    if (isDone && Number(changes) > 0) {
      this.#database.exec('delete from series where no not in (select distinct series from points)');
      this.#numbers.clear();
    }
    return isDone;
  }

  close(): void {
    this.#database.close();
  }

  #numberOf({ clusterArn, serviceName, family, revision, taskId, containerName }: MetricSeries): number {
    const name = `${clusterArn} ${taskId} ${containerName}`;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const values = [clusterArn, serviceName ?? null, family, revision, taskId, containerName];
    const no = Number(this.#statement(SERIES).get(...values)?.['no']);
    this.#numbers.set(name, no);
    return no;
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

const columnsOf = (point: MetricPoint, series: number): readonly SQLInputValue[] => [
  ...[point.minute, series, ...summaryColumns(point.cpuUnits), ...summaryColumns(point.memoryMib)],
  ...[point.receivedBytes, point.sentBytes, point.readBytes, point.writtenBytes, point.restartCount],
];

const summaryColumns = ({ min, max, sum, count }: Summary): readonly number[] => [min, max, sum, count];

function pointOf(row: Readonly<Record<string, SQLOutputValue>>): MetricPoint {
  const summary = (name: string): Summary => ({
    min: Number(row[`${name}_min`]),
    max: Number(row[`${name}_max`]),
    sum: Number(row[`${name}_sum`]),
    count: Number(row[`${name}_count`]),
  });
  return {
    clusterArn: String(row['cluster']),
    serviceName: row['service'] === null ? undefined : String(row['service']),
    family: String(row['family']),
    revision: Number(row['revision']),
    taskId: String(row['task']),
    containerName: String(row['container']),
    minute: Number(row['minute']),
    cpuUnits: summary('cpu'),
    memoryMib: summary('memory'),
    receivedBytes: Number(row['received']),
    sentBytes: Number(row['sent']),
    readBytes: Number(row['read']),
    writtenBytes: Number(row['written']),
    restartCount: Number(row['restarts']),
  };
}

let file: MetricFile | undefined;

serveWorkerCalls<MetricArchiveRequest>((request) => {
  file ??= new MetricFile((workerData as { path: string }).path);
  switch (request.kind) {
    case 'append':
      return file.append(request.points);
    case 'read':
      return file.read(request.query);
    case 'expire':
      return file.expire(request.beforeMinute);
    case 'close':
      return file.close();
  }
});

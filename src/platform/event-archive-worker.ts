/** The worker thread that owns the file of events. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import type { EventQuery, PackedEvent, RecordedEvent } from '../domain/events.ts';
import { openSqliteFile } from '../store/sqlite-file.ts';
import { serveWorkerCalls } from '../store/worker-serve.ts';

/** What the thread can be asked. `open` and `append` answer the last sequence, `read` events, `cursor` a sequence or null. */
export type EventArchiveRequest =
  | { readonly kind: 'open' }
  | { readonly kind: 'append'; readonly events: readonly PackedEvent[] }
  | { readonly kind: 'read'; readonly query: EventQuery }
  | { readonly kind: 'cursor'; readonly name: string }
  | { readonly kind: 'move-cursor'; readonly name: string; readonly sequence: number }
  /** Deletes some of them and answers whether none is left. */
  | { readonly kind: 'expire'; readonly beforeMs: number }
  | { readonly kind: 'close' };

/** One deletion takes so many events at most: bounds how long appends wait behind it. */
const DELETE_MAX_COUNT = 20_000;

const SCHEMA = `
  create table if not exists events (
    sequence integer primary key, at integer not null, detail_type text not null, is_stopped_task integer not null,
    resource text not null, resource_id text not null, service text, service_name text, body text not null
  );
  create index if not exists events_by_time on events (at);
  create index if not exists events_by_resource on events (resource_id, sequence);
  create index if not exists events_by_service on events (service_name, sequence) where service_name is not null;
  create index if not exists events_of_ends on events (sequence) where is_stopped_task = 1;
  create table if not exists cursors (name text primary key, sequence integer not null) without rowid;
  create table if not exists counter (id integer primary key check (id = 0), sequence integer not null);
  insert or ignore into counter (id, sequence) values (0, 0);
`;

const INSERT = `insert into events
  (sequence, at, detail_type, is_stopped_task, resource, resource_id, service, service_name, body)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

class EventFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #last: number;

  constructor(path: string) {
    this.#database = openSqliteFile(path);
    this.#database.exec(SCHEMA);
    this.#last = Number(this.#statement('select sequence from counter').get()?.['sequence']);
  }

  get lastSequence(): number {
    return this.#last;
  }

  /** The counter moves with the events, so that what was appended once is known for good. (EVT-3) */
  append(events: readonly PackedEvent[]): number {
    const fresh = events.filter(({ sequence }) => sequence > this.#last);
    const last = fresh.at(-1)?.sequence;
    if (last === undefined) return this.#last;
    this.#database.exec('begin immediate');
    try {
      for (const event of fresh) this.#statement(INSERT).run(...columnsOf(event));
      this.#statement('update counter set sequence = ?').run(last);
      this.#database.exec('commit');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw error;
    }
    this.#last = last;
    return last;
  }

  read(query: EventQuery): readonly RecordedEvent[] {
    const { sql, values } = selection(query);
    return this.#statement(sql)
      .all(...values)
      .map((row) => ({
        sequence: Number(row['sequence']),
        atMs: Number(row['at']),
        serviceArn: row['service'] === null ? undefined : String(row['service']),
        event: JSON.parse(String(row['body'])) as RecordedEvent['event'],
      }));
  }

  cursor(name: string): number | null {
    const row = this.#statement('select sequence from cursors where name = ?').get(name);
    return row === undefined ? null : Number(row['sequence']);
  }

  moveCursor(name: string, sequence: number): void {
    this.#statement('insert or replace into cursors (name, sequence) values (?, ?)').run(name, sequence);
  }

  expire(beforeMs: number): boolean {
    const { changes } = this.#statement(
      `delete from events where sequence in (select sequence from events where at < ? limit ${DELETE_MAX_COUNT})`,
    ).run(beforeMs);
    return Number(changes) < DELETE_MAX_COUNT;
  }

  close(): void {
    this.#database.close();
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function columnsOf(event: PackedEvent): readonly SQLInputValue[] {
  const { sequence, atMs, detailType, isStoppedTask, resource = '', body } = event;
  const service = event.serviceArn ?? null;
  const serviceName = service === null ? null : idIn(service);
  const isLast = isStoppedTask ? 1 : 0;
  return [sequence, atMs, detailType, isLast, resource, idIn(resource), service, serviceName, body];
}

/** What stands after the last `/`. */
const idIn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

function selection(query: EventQuery): { readonly sql: string; readonly values: readonly SQLInputValue[] } {
  const conditions = ['sequence > ?'];
  const values: SQLInputValue[] = [query.after ?? 0];
  const restrict = (condition: string, ...bound: readonly SQLInputValue[]): void => {
    conditions.push(condition);
    values.push(...bound);
  };
  if (query.fromMs !== undefined) restrict('at >= ?', query.fromMs);
  if (query.untilMs !== undefined) restrict('at < ?', query.untilMs);
  if (query.detailType !== undefined) restrict('detail_type = ?', query.detailType);
  if (query.isStoppedTask === true) restrict('is_stopped_task = 1');
  const { resource } = query;
  if (resource !== undefined) {
    const id = idIn(resource);
    restrict('(resource_id = ? or service_name = ?)', id, id);
    if (id !== resource) restrict('(resource = ? or service = ?)', resource, resource);
  }
  const sql = `select sequence, at, service, body from events where ${conditions.join(' and ')} order by sequence limit ?`;
  return { sql, values: [...values, query.limit] };
}

let file: EventFile | undefined;

serveWorkerCalls<EventArchiveRequest>((request) => {
  file ??= new EventFile((workerData as { path: string }).path);
  switch (request.kind) {
    case 'open':
      return file.lastSequence;
    case 'append':
      return file.append(request.events);
    case 'read':
      return file.read(request.query);
    case 'cursor':
      return file.cursor(request.name);
    case 'move-cursor':
      return file.moveCursor(request.name, request.sequence);
    case 'expire':
      return file.expire(request.beforeMs);
    case 'close':
      return file.close();
  }
});

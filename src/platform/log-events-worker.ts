/** The worker thread that owns the file of log events. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import type { LogAppend, LogEvent, LogPage, LogQuery } from '../domain/log-events.ts';
import { openSqliteFile } from '../store/sqlite-file.ts';
import { serveWorkerCalls } from '../store/worker-serve.ts';

/** A stream's summary as it crosses the thread. Counts and times are 0 for a stream whose events are all gone. */
export interface StreamRow {
  readonly streamId: string;
  readonly groupId: string;
  readonly firstTimestampMs: number;
  readonly lastTimestampMs: number;
  readonly lastIngestedAtMs: number;
  readonly storedBytes: number;
}

/** What the thread can be asked. `open` and `append` answer the streams' rows as they are afterwards. */
export type LogEventsRequest =
  | { readonly kind: 'open' }
  | { readonly kind: 'append'; readonly appends: readonly MeasuredAppend[] }
  | { readonly kind: 'read'; readonly query: LogQuery }
  | { readonly kind: 'delete-stream'; readonly streamId: string }
  | { readonly kind: 'expire'; readonly groupId: string; readonly beforeMs: number }
  | { readonly kind: 'close' };

/** An append with the bytes of each of its events, counted once, by the caller. */
export interface MeasuredAppend extends LogAppend {
  readonly bytes: readonly number[];
}

/** The answer to `append`: the last sequence of each append, and the rows of the streams. */
export interface Appended {
  readonly sequences: readonly number[];
  readonly streams: readonly StreamRow[];
}

/** The answer to the two that delete: whether there is more to delete, and the rows of streams that changed. */
export interface Deleted {
  readonly isDone: boolean;
  readonly streams: readonly StreamRow[];
}

/** Events that one request deletes at most: bounds how long appends wait behind it. */
const DELETE_MAX_COUNT = 20_000;

const SCHEMA = `
  create table if not exists streams (
    stream integer primary key, stream_id text not null unique, group_id text not null, last_ingested_at integer not null,
    first_timestamp integer not null, last_timestamp integer not null, stored_bytes integer not null
  );
  create table if not exists events (
    group_id integer not null, timestamp integer not null, sequence integer not null, stream integer not null,
    ingested_at integer not null, bytes integer not null, message text not null,
    primary key (group_id, timestamp, sequence)
  ) without rowid;
  create index if not exists events_of_stream on events (stream, timestamp, sequence);
  create table if not exists groups (no integer primary key, group_id text not null unique);
  create table if not exists counter (id integer primary key check (id = 0), sequence integer not null);
  insert or ignore into counter (id, sequence) values (0, 0);
`;

const STREAM_COLUMNS = `stream_id as streamId, group_id as groupId, first_timestamp as firstTimestampMs,
  last_timestamp as lastTimestampMs, last_ingested_at as lastIngestedAtMs, stored_bytes as storedBytes`;

class EventsFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string) {
    this.#database = openSqliteFile(path);
    this.#database.exec(SCHEMA);
  }

  streams(): readonly StreamRow[] {
    return this.#all(`select ${STREAM_COLUMNS} from streams`) as unknown as StreamRow[];
  }

  append(appends: readonly MeasuredAppend[]): Appended {
    return this.#transaction(() => {
      let sequence = Number(this.#get('select sequence from counter')?.['sequence']);
      const sequences = appends.map((append) => {
        sequence = this.#appendOne(append, sequence);
        return sequence;
      });
      this.#run('update counter set sequence = ?', sequence);
      const streamIds = new Set(appends.map(({ streamId }) => streamId));
      return { sequences, streams: [...streamIds].map((streamId) => this.#stream(streamId)) };
    });
  }

  read(query: LogQuery): LogPage {
    const { sql, values } = selection(query);
    const events: LogEvent[] = [];
    let bytes = 0;
    let hasMore = false;
    for (const row of this.#statement(sql).iterate(...values)) {
      bytes += Number(row['bytes']);
      hasMore = events.length >= query.maxCount || (bytes > query.maxBytes && events.length > 0);
      if (hasMore) break;
      events.push({
        timestampMs: Number(row['timestamp']),
        message: String(row['message']),
        sequence: Number(row['sequence']),
        ingestedAtMs: Number(row['ingested_at']),
        streamId: String(row['stream_id']),
      });
    }
    return { events: query.direction === 'forward' ? events : events.reverse(), hasMore };
  }

  deleteStream(streamId: string): Deleted {
    return this.#transaction(() => {
      const stream = this.#get('select stream from streams where stream_id = ?', streamId)?.['stream'];
      if (stream === undefined) return { isDone: true, streams: [] };
      const deletion = this.#run(
        `delete from events where (group_id, timestamp, sequence) in
         (select group_id, timestamp, sequence from events where stream = ? limit ${DELETE_MAX_COUNT})`,
        Number(stream),
      );
      const isDone = deletion < DELETE_MAX_COUNT;
      if (isDone) {
        this.#run('delete from streams where stream = ?', Number(stream));
        this.#run('delete from groups where group_id not in (select group_id from streams)');
      }
      return { isDone, streams: [] };
    });
  }

  expire(groupId: string, beforeMs: number): Deleted {
    return this.#transaction(() => {
      const expired = `select timestamp, sequence, stream, bytes from events
        where group_id = (select no from groups where group_id = ?) and timestamp < ?
        order by timestamp, sequence limit ${DELETE_MAX_COUNT}`;
      const streams = this.#all(
        `select stream, sum(bytes) as bytes from (${expired}) group by stream`,
        groupId,
        beforeMs,
      );
      const deletion = this.#run(
        `delete from events where group_id = (select no from groups where group_id = ?)
         and (timestamp, sequence) in (select timestamp, sequence from (${expired}))`,
        groupId,
        groupId,
        beforeMs,
      );
      const rows = streams.map(({ stream, bytes }) => this.#shrink(Number(stream), Number(bytes)));
      return { isDone: deletion < DELETE_MAX_COUNT, streams: rows };
    });
  }

  close(): void {
    this.#database.close();
  }

  #appendOne(append: MeasuredAppend, lastSequence: number): number {
    const { groupId, streamId, ingestedAtMs, events, bytes } = append;
    this.#run('insert or ignore into groups (group_id) values (?)', groupId);
    const group = Number(this.#get('select no from groups where group_id = ?', groupId)?.['no']);
    const first = events[0]?.timestampMs ?? 0;
    const last = events.at(-1)?.timestampMs ?? 0;
    const total = bytes.reduce((sum, each) => sum + each, 0);
    this.#run(
      `insert into streams (stream_id, group_id, last_ingested_at, first_timestamp, last_timestamp, stored_bytes)
       values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (stream_id) do update set last_ingested_at = ?3,
       first_timestamp = case when stored_bytes = 0 then ?4 else min(first_timestamp, ?4) end,
       last_timestamp = max(last_timestamp, ?5), stored_bytes = stored_bytes + ?6`,
      ...[streamId, groupId, ingestedAtMs, first, last, total],
    );
    const stream = Number(this.#get('select stream from streams where stream_id = ?', streamId)?.['stream']);
    const insert = this.#statement(
      'insert into events (group_id, timestamp, sequence, stream, ingested_at, bytes, message) values (?, ?, ?, ?, ?, ?, ?)',
    );
    let sequence = lastSequence;
    events.forEach(({ timestampMs, message }, index) => {
      sequence += 1;
      insert.run(group, timestampMs, sequence, stream, ingestedAtMs, bytes[index] ?? 0, message);
    });
    return sequence;
  }

  /** After events of the stream were deleted that counted for `bytes`. */
  #shrink(stream: number, bytes: number): StreamRow {
    this.#run(
      `update streams set
         first_timestamp = coalesce((select min(timestamp) from events where stream = ?1), 0),
         last_timestamp = coalesce((select max(timestamp) from events where stream = ?1), 0),
         stored_bytes = stored_bytes - ?2
       where stream = ?1`,
      stream,
      bytes,
    );
    return this.#get(
      `select ${STREAM_COLUMNS} from streams where stream = ?`,
      stream,
    ) as unknown as StreamRow;
  }

  #stream(streamId: string): StreamRow {
    return this.#get(
      `select ${STREAM_COLUMNS} from streams where stream_id = ?`,
      streamId,
    ) as unknown as StreamRow;
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec('begin immediate');
    try {
      const result = work();
      this.#database.exec('commit');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw error;
    }
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #run(sql: string, ...values: readonly (string | number)[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  #get(sql: string, ...values: readonly (string | number)[]): Record<string, unknown> | undefined {
    return this.#statement(sql).get(...values);
  }

  #all(sql: string, ...values: readonly (string | number)[]): readonly Record<string, unknown>[] {
    return this.#statement(sql).all(...values);
  }
}

/** The text and values that select the events of a query, nearest first. Streams go in as one JSON list. */
function selection(query: LogQuery): { sql: string; values: readonly (string | number)[] } {
  const { streamIds, direction, cut } = query;
  const isForward = direction === 'forward';
  const order = isForward ? 'asc' : 'desc';
  const [only] = streamIds ?? [];
  const conditions = ['e.timestamp >= ?', 'e.timestamp < ?'];
  // The cut bounds the timestamps too, so that a page deep in a stream does not walk over what lies before it.
  const fromMs = isForward ? Math.max(query.fromMs, cut?.timestampMs ?? 0) : query.fromMs;
  const untilMs = isForward
    ? query.untilMs
    : Math.min(query.untilMs, (cut?.timestampMs ?? query.untilMs) + 1);
  const values: (string | number)[] = [fromMs, untilMs];
  if (streamIds?.length === 1 && only !== undefined) {
    conditions.push('e.stream = (select stream from streams where stream_id = ?)');
    values.push(only);
  } else {
    conditions.push('e.group_id = (select no from groups where group_id = ?)');
    values.push(query.groupId);
    if (streamIds !== undefined) {
      conditions.push(
        'e.stream in (select stream from streams where stream_id in (select value from json_each(?)))',
      );
      values.push(JSON.stringify(streamIds));
    }
  }
  if (cut !== undefined) {
    conditions.push(`(e.timestamp, e.sequence) ${isForward ? '>=' : '<'} (?, ?)`);
    values.push(cut.timestampMs, cut.sequence);
  }
  const sql = `select e.timestamp, e.sequence, e.ingested_at, e.bytes, e.message, s.stream_id
    from events e cross join streams s on s.stream = e.stream where ${conditions.join(' and ')}
    order by e.timestamp ${order}, e.sequence ${order}`;
  return { sql, values };
}

let file: EventsFile | undefined;

serveWorkerCalls<LogEventsRequest>((request) => {
  file ??= new EventsFile((workerData as { path: string }).path);
  switch (request.kind) {
    case 'open':
      return file.streams();
    case 'append':
      return file.append(request.appends);
    case 'read':
      return file.read(request.query);
    case 'delete-stream':
      return file.deleteStream(request.streamId);
    case 'expire':
      return file.expire(request.groupId, request.beforeMs);
    case 'close':
      return file.close();
  }
});

/** The worker thread that owns the file of log events. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import type { LogEvent, LogPage, LogQuery } from '../domain/log-events.ts';
import { compareCuts } from '../lib/compare-cuts.ts';
import { eventBytes } from '../lib/event-bytes.ts';
import { openSqliteFile } from '../store/sqlite-file.ts';
import { serveWorkerCalls } from '../store/worker-serve.ts';
import { decodeBlock, encodeBlocks, type LogBlock } from './log-block.ts';
import { mergedEvents, type StoredBlock } from './log-block-merge.ts';
import { upgradeLogEvents } from './log-events-upgrade.ts';

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
  | { readonly kind: 'append'; readonly appends: readonly BlockAppend[] }
  | { readonly kind: 'read'; readonly query: LogQuery }
  | { readonly kind: 'delete-stream'; readonly streamId: string }
  | { readonly kind: 'expire'; readonly groupId: string; readonly beforeMs: number }
  | { readonly kind: 'close' };

/** An append as blocks, which the caller has made. */
export interface BlockAppend {
  readonly groupId: string;
  readonly streamId: string;
  readonly ingestedAtMs: number;
  readonly blocks: readonly LogBlock[];
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

/** Blocks that one request deletes at most: bounds how long appends wait behind it. */
const DELETE_MAX_COUNT = 2_000;

const SCHEMA = `
  create table if not exists streams (
    stream integer primary key, stream_id text not null unique, group_id text not null, last_ingested_at integer not null,
    first_timestamp integer not null, last_timestamp integer not null, stored_bytes integer not null
  );
  create table if not exists blocks (
    block integer primary key, group_no integer not null, stream integer not null, ingested_at integer not null,
    first_timestamp integer not null, last_timestamp integer not null, first_sequence integer not null,
    count integer not null, bytes integer not null, data blob not null
  );
  create index if not exists blocks_of_group_by_first on blocks (group_no, first_timestamp, first_sequence, last_timestamp);
  create index if not exists blocks_of_group_by_last on blocks (group_no, last_timestamp, first_sequence, first_timestamp);
  create index if not exists blocks_of_stream_by_first on blocks (stream, first_timestamp, first_sequence, last_timestamp);
  create index if not exists blocks_of_stream_by_last on blocks (stream, last_timestamp, first_sequence, first_timestamp);
  create table if not exists groups (
    no integer primary key, group_id text not null unique, span_ms integer not null default 0
  );
  create table if not exists counter (id integer primary key check (id = 0), sequence integer not null);
  insert or ignore into counter (id, sequence) values (0, 0);
`;

const STREAM_COLUMNS = `stream_id as streamId, group_id as groupId, first_timestamp as firstTimestampMs,
  last_timestamp as lastTimestampMs, last_ingested_at as lastIngestedAtMs, stored_bytes as storedBytes`;

type Row = Readonly<Record<string, unknown>>;

class EventsFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string) {
    this.#database = openSqliteFile(path);
    this.#database.exec(SCHEMA);
    upgradeLogEvents(this.#database);
  }

  streams(): readonly StreamRow[] {
    return this.#all(`select ${STREAM_COLUMNS} from streams`) as unknown as StreamRow[];
  }

  append(appends: readonly BlockAppend[]): Appended {
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
    const isForward = query.direction === 'forward';
    const events: LogEvent[] = [];
    let bytes = 0;
    let hasMore = false;
    for (const event of mergedEvents(this.#blocks(query), query.direction)) {
      const isBefore = isForward ? isTooEarly(event, query) : isTooLate(event, query);
      if (isBefore) continue;
      if (isForward ? isTooLate(event, query) : isTooEarly(event, query)) break;
      bytes += eventBytes(event.message);
      hasMore = events.length >= query.maxCount || (bytes > query.maxBytes && events.length > 0);
      if (hasMore) break;
      events.push(event);
    }
    return { events: isForward ? events : events.reverse(), hasMore };
  }

  /** The blocks that may hold events of a query, in its direction. */
  *#blocks(query: LogQuery): Generator<StoredBlock, void, undefined> {
    const { sql, values } = selection(query);
    const contents = this.#statement('select data from blocks where block = ?');
    for (const row of this.#statement(sql).iterate(...values)) {
      const firstTimestampMs = Number(row['first_timestamp']);
      const count = Number(row['count']);
      yield {
        firstTimestampMs,
        lastTimestampMs: Number(row['last_timestamp']),
        firstSequence: Number(row['first_sequence']),
        count,
        ingestedAtMs: Number(row['ingested_at']),
        streamId: String(row['stream_id']),
        events: () => {
          const data = contents.get(Number(row['block']))?.['data'] as Uint8Array;
          return decodeBlock({ firstTimestampMs, count, data });
        },
      };
    }
  }

  deleteStream(streamId: string): Deleted {
    return this.#transaction(() => {
      const stream = this.#get('select stream from streams where stream_id = ?', streamId)?.['stream'];
      if (stream === undefined) return { isDone: true, streams: [] };
      const deletion = this.#run(
        `delete from blocks where block in (select block from blocks where stream = ? limit ${DELETE_MAX_COUNT})`,
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
      const group = Number(this.#get('select no from groups where group_id = ?', groupId)?.['no'] ?? 0);
      const expired = this.#all(
        `select block, stream, bytes, first_timestamp, last_timestamp, first_sequence, count from blocks
         where group_no = ? and first_timestamp < ? limit ${DELETE_MAX_COUNT}`,
        ...[group, beforeMs],
      );
      const lostBytes = new Map<number, number>();
      for (const row of expired) {
        const lost = Number(row['last_timestamp']) < beforeMs ? this.#drop(row) : this.#cut(row, beforeMs);
        lostBytes.set(Number(row['stream']), (lostBytes.get(Number(row['stream'])) ?? 0) + lost);
      }
      const streams = [...lostBytes].map(([stream, bytes]) => this.#shrink(stream, bytes));
      return { isDone: expired.length < DELETE_MAX_COUNT, streams };
    });
  }

  /** Deletes a block. Answers the bytes that it counted for. */
  #drop(row: Row): number {
    this.#run('delete from blocks where block = ?', Number(row['block']));
    return Number(row['bytes']);
  }

  /** Deletes the first events of a block, up to a timestamp. Answers the bytes that they counted for. */
  #cut(row: Row, beforeMs: number): number {
    const data = this.#get('select data from blocks where block = ?', Number(row['block']))?.['data'];
    const events = decodeBlock({
      firstTimestampMs: Number(row['first_timestamp']),
      count: Number(row['count']),
      data: data as Uint8Array,
    });
    const kept = events.filter(({ timestampMs }) => timestampMs >= beforeMs);
    const [block] = encodeBlocks(kept);
    if (block === undefined) return 0;
    this.#statement(
      'update blocks set first_timestamp = ?, first_sequence = ?, count = ?, bytes = ?, data = ? where block = ?',
    ).run(
      block.firstTimestampMs,
      Number(row['first_sequence']) + events.length - kept.length,
      ...[block.count, block.bytes],
      block.data,
      Number(row['block']),
    );
    return Number(row['bytes']) - block.bytes;
  }

  close(): void {
    this.#database.close();
  }

  #appendOne(append: BlockAppend, lastSequence: number): number {
    const { groupId, streamId, ingestedAtMs, blocks } = append;
    this.#run('insert or ignore into groups (group_id) values (?)', groupId);
    const group = Number(this.#get('select no from groups where group_id = ?', groupId)?.['no']);
    const first = blocks[0]?.firstTimestampMs ?? 0;
    const last = blocks.at(-1)?.lastTimestampMs ?? 0;
    const total = blocks.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#run(
      `insert into streams (stream_id, group_id, last_ingested_at, first_timestamp, last_timestamp, stored_bytes)
       values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (stream_id) do update set last_ingested_at = ?3,
       first_timestamp = case when stored_bytes = 0 then ?4 else min(first_timestamp, ?4) end,
       last_timestamp = max(last_timestamp, ?5), stored_bytes = stored_bytes + ?6`,
      ...[streamId, groupId, ingestedAtMs, first, last, total],
    );
    const stream = Number(this.#get('select stream from streams where stream_id = ?', streamId)?.['stream']);
    const insert = this.#statement(
      `insert into blocks (group_no, stream, ingested_at, first_timestamp, last_timestamp, first_sequence, count, bytes, data)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const span = Math.max(0, ...blocks.map((block) => block.lastTimestampMs - block.firstTimestampMs));
    this.#run('update groups set span_ms = ? where no = ? and span_ms < ?', span, group, span);
    let sequence = lastSequence;
    for (const block of blocks) {
      const { firstTimestampMs, lastTimestampMs, count, bytes, data } = block;
      const place = [group, stream, ingestedAtMs, firstTimestampMs, lastTimestampMs, sequence + 1];
      insert.run(...place, count, bytes, data);
      sequence += count;
    }
    return sequence;
  }

  /** After events of the stream were deleted that counted for `bytes`. */
  #shrink(stream: number, bytes: number): StreamRow {
    this.#run(
      `update streams set
         first_timestamp = coalesce((select min(first_timestamp) from blocks where stream = ?1), 0),
         last_timestamp = coalesce((select max(last_timestamp) from blocks where stream = ?1), 0),
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

const isTooEarly = (event: LogEvent, { fromMs, direction, cut }: LogQuery): boolean =>
  event.timestampMs < fromMs || (direction === 'forward' && cut !== undefined && compareCuts(event, cut) < 0);

const isTooLate = (event: LogEvent, { untilMs, direction, cut }: LogQuery): boolean =>
  event.timestampMs >= untilMs ||
  (direction === 'backward' && cut !== undefined && compareCuts(event, cut) >= 0);

/** The text and values that select the blocks of a query, nearest first. Streams go in as one JSON list. */
function selection(query: LogQuery): { sql: string; values: readonly (string | number)[] } {
  const { cut, streamIds } = query;
  const isForward = query.direction === 'forward';
  // The cut bounds the timestamps too, so that a page deep in a stream does not walk over what lies before it.
  const fromMs = isForward ? Math.max(query.fromMs, cut?.timestampMs ?? 0) : query.fromMs;
  const untilMs = isForward
    ? query.untilMs
    : Math.min(query.untilMs, (cut?.timestampMs ?? query.untilMs) + 1);
  const group = '(select no from groups where group_id = ?)';
  // No block is longer than the longest of its group, so the index bounds both ends.
  const span = '(select span_ms from groups where group_id = ?)';
  const bounds = isForward
    ? `b.first_timestamp >= ? - ${span} and b.first_timestamp < ? and b.last_timestamp >= ?`
    : `b.last_timestamp < ? + ${span} and b.last_timestamp >= ? and b.first_timestamp < ?`;
  const order = isForward
    ? 'b.first_timestamp, b.first_sequence'
    : 'b.last_timestamp desc, b.first_sequence desc';
  const near = isForward ? fromMs : untilMs;
  const far = isForward ? untilMs : fromMs;
  const streams = streamsOf(streamIds, group);
  const sql = `select b.block, b.first_timestamp, b.last_timestamp, b.first_sequence, b.count, b.ingested_at, s.stream_id
    from blocks b cross join streams s on s.stream = b.stream where ${streams.condition} and ${bounds} order by ${order}`;
  return { sql, values: [...streams.values(query.groupId), near, query.groupId, far, near] };
}

/** Which blocks, by their streams: those of one stream have an index of their own. */
function streamsOf(streamIds: readonly string[] | undefined, group: string) {
  if (streamIds?.length === 1) {
    const condition = 'b.stream = (select stream from streams where stream_id = ?)';
    return { condition, values: (): readonly string[] => streamIds };
  }
  const isOfGroup = `b.group_no = ${group}`;
  if (streamIds === undefined)
    return { condition: isOfGroup, values: (groupId: string): readonly string[] => [groupId] };
  const listed =
    'b.stream in (select stream from streams where stream_id in (select value from json_each(?)))';
  return {
    condition: `${isOfGroup} and ${listed}`,
    values: (groupId: string): readonly string[] => [groupId, JSON.stringify(streamIds)],
  };
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

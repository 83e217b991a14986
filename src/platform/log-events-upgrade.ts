import type { DatabaseSync } from 'node:sqlite';
import type { NewLogEvent } from '../domain/log-events.ts';
import { encodeBlocks } from './log-block.ts';

/** Events with consecutive sequences of one arrival: what may lie in one block. */
interface Run {
  readonly place: readonly [group: number, stream: number, ingestedAtMs: number];
  readonly firstSequence: number;
  readonly events: NewLogEvent[];
}

/** Brings a file of the form with a row for each event, if it is one, into the form with blocks. */
export function upgradeLogEvents(database: DatabaseSync): void {
  const found = database
    .prepare("select 1 from sqlite_schema where type = 'table' and name = 'events'")
    .get();
  if (found === undefined) return;
  database.exec('begin immediate; alter table groups add column span_ms integer not null default 86400000');
  const insert = database.prepare(
    `insert into blocks (group_no, stream, ingested_at, first_timestamp, last_timestamp, first_sequence, count, bytes, data)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const { place, firstSequence, events } of runsOf(database)) {
    let sequence = firstSequence;
    for (const block of encodeBlocks(events)) {
      const { firstTimestampMs, lastTimestampMs, count, bytes, data } = block;
      insert.run(...place, firstTimestampMs, lastTimestampMs, sequence, count, bytes, data);
      sequence += count;
    }
  }
  database.exec('drop table events; commit');
}

function* runsOf(database: DatabaseSync): Generator<Run> {
  const rows = database.prepare('select * from events order by stream, sequence').iterate();
  let run: Run | undefined;
  for (const row of rows) {
    const event = { timestampMs: Number(row['timestamp']), message: String(row['message']) };
    const place = [Number(row['group_id']), Number(row['stream']), Number(row['ingested_at'])] as const;
    const sequence = Number(row['sequence']);
    if (run !== undefined && goesOn(run, place, { sequence, event })) {
      run.events.push(event);
      continue;
    }
    if (run !== undefined) yield run;
    run = { place, firstSequence: sequence, events: [event] };
  }
  if (run !== undefined) yield run;
}

function goesOn(
  run: Run,
  place: Run['place'],
  { sequence, event }: { readonly sequence: number; readonly event: NewLogEvent },
): boolean {
  return (
    run.place.every((part, index) => part === place[index]) &&
    sequence === run.firstSequence + run.events.length &&
    event.timestampMs >= (run.events.at(-1)?.timestampMs ?? 0)
  );
}

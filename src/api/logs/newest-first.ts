import type { LogCut, LogEvent, LogEvents } from '../../domain/log-events.ts';
import type { LogGroup } from '../../domain/logs.ts';
import { compareCuts } from '../../lib/compare-cuts.ts';

/** Events that are held of each group at most: what a scan needs of memory. */
const PAGE_MAX_COUNT = 2_000;
const PAGE_MAX_BYTES = 2 * 1024 * 1024;

/** What to read. */
export interface Scan {
  readonly groups: readonly LogGroup[];
  /** Timestamps of at least what this gives for the group, and less than `untilMs`. */
  fromMs(group: LogGroup): number;
  readonly untilMs: number;
}

interface GroupReader {
  readonly group: LogGroup;
  /** Ascending; the last one is next. */
  held: LogEvent[];
  cut: LogCut | undefined;
  hasMore: boolean;
}

/** The events of several groups in one order, newest first, page by page. */
export async function* newestFirst(
  events: LogEvents,
  scan: Scan,
): AsyncGenerator<{ readonly event: LogEvent; readonly group: LogGroup }, void, undefined> {
  const readers = scan.groups.map(
    (group): GroupReader => ({ group, held: [], cut: undefined, hasMore: true }),
  );
  for (;;) {
    for (const reader of readers)
      if (reader.held.length === 0 && reader.hasMore) await fill(reader, events, scan);
    let newest: GroupReader | undefined;
    for (const reader of readers) if (isNewer(reader, newest)) newest = reader;
    const event = newest?.held.pop();
    if (newest === undefined || event === undefined) return;
    yield { event, group: newest.group };
  }
}

async function fill(reader: GroupReader, events: LogEvents, scan: Scan): Promise<void> {
  const page = await events.read({
    groupId: reader.group.groupId,
    fromMs: scan.fromMs(reader.group),
    untilMs: scan.untilMs,
    direction: 'backward',
    cut: reader.cut,
    maxCount: PAGE_MAX_COUNT,
    maxBytes: PAGE_MAX_BYTES,
  });
  reader.held = [...page.events];
  reader.cut = page.events[0];
  reader.hasMore = page.hasMore;
}

function isNewer(reader: GroupReader, than: GroupReader | undefined): boolean {
  const event = reader.held.at(-1);
  const other = than?.held.at(-1);
  if (event === undefined) return false;
  return other === undefined || compareCuts(event, other) > 0;
}

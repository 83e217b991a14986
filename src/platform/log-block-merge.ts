import type { LogCut, LogEvent, NewLogEvent } from '../domain/log-events.ts';
import { compareCuts } from '../lib/compare-cuts.ts';

/** A stored block without its contents, and how to get them. */
export interface StoredBlock {
  readonly firstTimestampMs: number;
  readonly lastTimestampMs: number;
  readonly firstSequence: number;
  readonly count: number;
  readonly ingestedAtMs: number;
  readonly streamId: string;
  events(): readonly NewLogEvent[];
}

interface OpenBlock {
  readonly block: StoredBlock;
  /** Filled when the first of them is needed. */
  events: readonly NewLogEvent[] | undefined;
  /** The next event in the direction of reading, counted from that end. */
  index: number;
}

/**
 * The events of blocks in one order: ascending, of blocks by their first event, or descending, of blocks by their last
 * one. Blocks of several streams overlap in time; each is opened when its first event is next.
 */
export function* mergedEvents(
  blocks: Iterator<StoredBlock>,
  direction: 'forward' | 'backward',
): Generator<LogEvent, void, undefined> {
  const isForward = direction === 'forward';
  const sign = isForward ? 1 : -1;
  const open: OpenBlock[] = [];
  try {
    let next = blocks.next();
    for (;;) {
      let best = nearest(open, sign);
      while (next.done !== true && isBefore(edgeOf(next.value, isForward), best, sign)) {
        open.push({ block: next.value, events: undefined, index: 0 });
        next = blocks.next();
        best = nearest(open, sign);
      }
      if (best === undefined) return;
      yield eventOf(best, isForward);
      best.index += 1;
      if (best.index >= best.block.count) open.splice(open.indexOf(best), 1);
    }
  } finally {
    // A reader that has enough lets go of the statement behind the blocks.
    blocks.return?.();
  }
}

const isBefore = (edge: LogCut, best: OpenBlock | undefined, sign: number): boolean =>
  best === undefined || compareCuts(edge, cutOf(best, sign > 0)) * sign < 0;

function nearest(open: readonly OpenBlock[], sign: number): OpenBlock | undefined {
  let best = open[0];
  for (const one of open)
    if (best !== one && best !== undefined && isBefore(cutOf(one, sign > 0), best, sign)) best = one;
  return best;
}

/** Where a block begins in the direction of reading; known without opening it. */
const edgeOf = (block: StoredBlock, isForward: boolean): LogCut => ({
  timestampMs: isForward ? block.firstTimestampMs : block.lastTimestampMs,
  sequence: isForward ? block.firstSequence : block.firstSequence + block.count - 1,
});

function cutOf(open: OpenBlock, isForward: boolean): LogCut {
  if (open.index === 0) return edgeOf(open.block, isForward);
  const at = placeOf(open, isForward);
  return {
    timestampMs: open.events?.[at]?.timestampMs ?? 0,
    sequence: open.block.firstSequence + at,
  };
}

const placeOf = ({ block, index }: OpenBlock, isForward: boolean): number =>
  isForward ? index : block.count - 1 - index;

function eventOf(open: OpenBlock, isForward: boolean): LogEvent {
  open.events ??= open.block.events();
  const at = placeOf(open, isForward);
  const { block } = open;
  return {
    timestampMs: open.events[at]?.timestampMs ?? 0,
    message: open.events[at]?.message ?? '',
    sequence: block.firstSequence + at,
    ingestedAtMs: block.ingestedAtMs,
    streamId: block.streamId,
  };
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instant, plusMs } from '../lib/clock.ts';
import { seededRng } from '../lib/rng.ts';
import { EARLY_MAX_COUNT, newIncomingStream, received } from './incoming-stream.ts';
import {
  acknowledged,
  newOutgoingStream,
  type OutgoingStream,
  RESEND_CHECK_MS,
  reconnected,
  resendDue,
  sent,
} from './outgoing-stream.ts';

const T0 = instant(1_000_000);

const sentMany = (count: number): OutgoingStream<number> =>
  Array.from({ length: count }, (_, index) => index).reduce(
    (stream, index) => sent(stream, index, T0),
    newOutgoingStream<number>(),
  );
const waiting = (stream: OutgoingStream<number>): readonly number[] =>
  stream.unacknowledged.map(({ sequence }) => sequence);

describe('the sending side', () => {
  test('[EXE-23] numbers from 0, keeps what is not acknowledged, and forgets what is', () => {
    const stream = sentMany(3);
    expect(stream.nextSequence).toBe(3);
    expect(waiting(acknowledged(stream, 1, T0))).toEqual([0, 2]);
    expect(acknowledged(stream, 9, T0)).toBe(stream);
  });

  test('[EXE-23] sends only the oldest again, when it has waited longer than the time-out', () => {
    const stream = sentMany(2);
    expect(resendDue(stream, plusMs(T0, 199))).toBeUndefined();
    const again = resendDue(stream, plusMs(T0, 200));
    expect(again?.due).toMatchObject({ sequence: 0, resendCount: 1 });
    expect(resendDue(again?.stream ?? stream, plusMs(T0, 201))).toBeUndefined();
  });

  test('[EXE-23] waits at most a second, however slow the line', () => {
    const slow = acknowledged(sentMany(1), 0, plusMs(T0, 60_000));
    expect(slow.timeoutMs).toBe(1_000);
    const fast = Array.from({ length: 50 }).reduce<OutgoingStream<number>>(
      (stream) => acknowledged(sent(stream, 0, T0), stream.nextSequence, plusMs(T0, 1)),
      newOutgoingStream<number>(),
    );
    expect(fast.timeoutMs).toBeLessThan(150);
  });

  test('[EXE-23] learns nothing of the line from what it sent twice', () => {
    const again = resendDue(sentMany(1), plusMs(T0, 200))?.stream ?? sentMany(1);
    expect(acknowledged(again, 0, plusMs(T0, 900)).roundTripMs).toBe(100);
  });

  test('[EXE-23] presumes taken what a receiver never acknowledges while it acknowledges later messages', () => {
    let stream = sentMany(2);
    let now = T0;
    for (let round = 0; round < 9; round += 1) {
      now = plusMs(now, 1_000);
      stream = resendDue(stream, now)?.stream ?? stream;
    }
    expect(waiting(acknowledged(stream, 1, now))).toEqual([0]);
    stream = resendDue(stream, plusMs(now, 1_000))?.stream ?? stream;
    expect(waiting(acknowledged(stream, 1, now))).toEqual([]);
  });

  test('[EXE-42] has all that waits sent again on a new connection', () => {
    const stream = reconnected(acknowledged(sentMany(3), 1, T0), plusMs(T0, 5_000));
    expect(waiting(stream)).toEqual([0, 2]);
    expect(stream.nextSequence).toBe(3);
    expect(resendDue(stream, plusMs(T0, 5_100))).toBeUndefined();
  });
});

describe('the receiving side', () => {
  const take = (sequences: readonly number[], hasRoom = true) => {
    let stream = newIncomingStream<number>();
    const taken: number[] = [];
    const acknowledgements: number[] = [];
    for (const sequence of sequences) {
      const reception = received(stream, { sequence, message: sequence }, hasRoom);
      stream = reception.stream;
      taken.push(...reception.taken);
      if (reception.isAcknowledged) acknowledgements.push(sequence);
    }
    return { stream, taken, acknowledgements };
  };

  test('[EXE-24] puts messages into their order, takes each once and acknowledges duplicates', () => {
    expect(take([1, 0, 0, 2, 1])).toMatchObject({ taken: [0, 1, 2], acknowledgements: [1, 0, 0, 2, 1] });
    expect(take([2, 2, 1])).toMatchObject({ taken: [], acknowledgements: [2, 2, 1] });
  });

  test('[EXE-24] neither takes nor acknowledges what there is no room for', () => {
    expect(take([0, 1], false)).toMatchObject({ taken: [], acknowledgements: [] });
  });

  test('[EXE-24] keeps a bounded number of early messages', () => {
    const { stream, acknowledgements } = take(Array.from({ length: EARLY_MAX_COUNT + 5 }, (_, at) => at + 1));
    expect(stream.early.size).toBe(EARLY_MAX_COUNT);
    expect(acknowledgements).toHaveLength(EARLY_MAX_COUNT);
  });
});

describe('both sides over a line that loses, repeats and reorders', () => {
  test('[EXE-23] every message arrives, once and in order, and the sender comes to know it', () => {
    const line = fc.record({
      count: fc.integer({ min: 0, max: 40 }),
      lossPercent: fc.integer({ min: 0, max: 20 }),
      repeatPercent: fc.integer({ min: 0, max: 30 }),
      delayMs: fc.integer({ min: 0, max: 500 }),
      seed: fc.string(),
    });
    fc.assert(
      fc.property(line, (options) => {
        const { taken, outgoing } = playLine(options);
        expect(taken).toEqual(Array.from({ length: options.count }, (_, index) => index));
        expect(outgoing.unacknowledged).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

interface Line {
  readonly count: number;
  readonly lossPercent: number;
  readonly repeatPercent: number;
  readonly delayMs: number;
  readonly seed: string;
}

type Kind = 'message' | 'acknowledgement';

/** A line on which each copy of what is sent takes its own time, in milliseconds. */
function lossyLine({ lossPercent, repeatPercent, delayMs, seed }: Line) {
  const rng = seededRng(seed);
  const flying: { readonly at: number; readonly kind: Kind; readonly sequence: number }[] = [];
  return {
    put: (now: number, kind: Kind, sequence: number): void => {
      if (rng.below(100) < lossPercent) return;
      const copies = rng.below(100) < repeatPercent ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1)
        flying.push({ at: now + rng.below(delayMs + 1), kind, sequence });
    },
    arrived: (now: number) => {
      const entries = flying.filter(({ at }) => at <= now);
      for (const entry of entries) flying.splice(flying.indexOf(entry), 1);
      return entries;
    },
  };
}

/** Plays a conversation in virtual time: a message every 10 ms, checks for resends every 100 ms. */
function playLine(options: Line) {
  const line = lossyLine(options);
  let outgoing = newOutgoingStream<number>();
  let incoming = newIncomingStream<number>();
  const taken: number[] = [];
  const arrive = (now: number, kind: Kind, sequence: number): void => {
    if (kind === 'acknowledgement') {
      outgoing = acknowledged(outgoing, sequence, plusMs(T0, now));
      return;
    }
    const reception = received(incoming, { sequence, message: sequence }, true);
    incoming = reception.stream;
    taken.push(...reception.taken);
    if (reception.isAcknowledged) line.put(now, 'acknowledgement', sequence);
  };
  for (let now = 0; now < 600_000; now += 10) {
    const at = plusMs(T0, now);
    if (outgoing.nextSequence < options.count) {
      line.put(now, 'message', outgoing.nextSequence);
      outgoing = sent(outgoing, outgoing.nextSequence, at);
    } else if (outgoing.unacknowledged.length === 0) break;
    const due = now % RESEND_CHECK_MS === 0 ? resendDue(outgoing, at) : undefined;
    if (due !== undefined) line.put(now, 'message', due.due.sequence);
    outgoing = due?.stream ?? outgoing;
    for (const { kind, sequence } of line.arrived(now)) arrive(now, kind, sequence);
  }
  return { taken, outgoing };
}

/** The receiving side of one direction of a data channel: puts messages into their order, and takes each once. */
export interface IncomingStream<Message> {
  /** The number of the next message in order. */
  readonly expected: number;
  /** Messages that came before their turn. */
  readonly early: ReadonlyMap<number, Message>;
}

/** What came of a message. */
export interface Reception<Message> {
  readonly stream: IncomingStream<Message>;
  /** Messages whose turn has come, in order. */
  readonly taken: readonly Message[];
  /** Whether to acknowledge; a message that is not will come again. */
  readonly isAcknowledged: boolean;
}

/** So many messages may come before their turn; more are dropped and come again. (EXE-24) */
export const EARLY_MAX_COUNT = 1_000;

/** A stream that has received nothing. */
export const newIncomingStream = <Message>(): IncomingStream<Message> => ({
  expected: 0,
  early: new Map(),
});

/**
 * Takes a message. One that was taken before is acknowledged again and nothing else; one without room, or too far ahead
 * of its turn, is dropped without an acknowledgement, so that its sender keeps it. (EXE-24)
 */
export function received<Message>(
  stream: IncomingStream<Message>,
  { sequence, message }: { readonly sequence: number; readonly message: Message },
  hasRoom: boolean,
): Reception<Message> {
  const { expected, early } = stream;
  if (sequence < expected || early.has(sequence)) return { stream, taken: [], isAcknowledged: true };
  if (!hasRoom) return { stream, taken: [], isAcknowledged: false };
  if (sequence > expected) {
    if (early.size >= EARLY_MAX_COUNT) return { stream, taken: [], isAcknowledged: false };
    const kept = new Map([...early, [sequence, message]]);
    return { stream: { expected, early: kept }, taken: [], isAcknowledged: true };
  }
  const taken = [message];
  let next = expected + 1;
  for (let ready = early.get(next); ready !== undefined; ready = early.get(next)) {
    taken.push(ready);
    next += 1;
  }
  const later = new Map([...early].filter(([number]) => number >= next));
  return { stream: { expected: next, early: later }, taken, isAcknowledged: true };
}

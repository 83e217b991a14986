import { crc32 } from 'node:zlib';
import type { Envelope, WireAnswer } from './answer.ts';

/** One event of a stream: one member of its union. */
export type StreamedEvent = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** An output that comes event by event, and how its events are written. */
export interface EventStream {
  readonly events: AsyncIterable<StreamedEvent>;
  /** The JSON text of an event, by the name of its member. */
  write(event: string, body: Readonly<Record<string, unknown>>): string;
  /** Whether the member is an error, which ends the stream. */
  isException(event: string): boolean;
}

/** Whether a value of an output comes event by event. */
export const isEventStream = (value: unknown): value is AsyncIterable<StreamedEvent> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

/** The answer that sends events in the framing `application/vnd.amazon.eventstream`. (WIR-30) */
export function eventStreamAnswer(envelope: Envelope, stream: EventStream): WireAnswer {
  return {
    status: 200,
    headers: {
      'content-type': 'application/vnd.amazon.eventstream',
      'x-amzn-requestid': envelope.requestId,
    },
    body: '',
    pieces: frames(stream),
  };
}

async function* frames(stream: EventStream): AsyncGenerator<Uint8Array, void, undefined> {
  yield eventFrame({ ':message-type': 'event', ':event-type': 'initial-response' }, '{}');
  for await (const event of stream.events) {
    for (const [name, body] of Object.entries(event)) {
      const isException = stream.isException(name);
      const headers: Readonly<Record<string, string>> = isException
        ? { ':message-type': 'exception', ':exception-type': name }
        : { ':message-type': 'event', ':event-type': name };
      yield eventFrame(headers, stream.write(name, body));
      if (isException) return;
    }
  }
}

const LENGTH_BYTES = 4;
const PRELUDE_BYTES = 3 * LENGTH_BYTES;
const STRING_TYPE = 7;

/** One message of the framing: lengths, their checksum, headers, payload, and the checksum of all of it. (WIR-30) */
export function eventFrame(headers: Readonly<Record<string, string>>, payload: string): Uint8Array {
  const all = { ...headers, ':content-type': 'application/json' };
  const head = Buffer.concat(Object.entries(all).map(([name, value]) => headerBytes(name, value)));
  const body = Buffer.from(payload);
  const frame = Buffer.alloc(PRELUDE_BYTES + head.length + body.length + LENGTH_BYTES);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(head.length, LENGTH_BYTES);
  frame.writeUInt32BE(crc32(frame.subarray(0, 2 * LENGTH_BYTES)), 2 * LENGTH_BYTES);
  head.copy(frame, PRELUDE_BYTES);
  body.copy(frame, PRELUDE_BYTES + head.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, -LENGTH_BYTES)), frame.length - LENGTH_BYTES);
  return frame;
}

function headerBytes(name: string, value: string): Buffer {
  const nameBytes = Buffer.from(name);
  const valueBytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(valueBytes.length);
  return Buffer.concat([
    Buffer.from([nameBytes.length]),
    nameBytes,
    Buffer.from([STRING_TYPE]),
    length,
    valueBytes,
  ]);
}

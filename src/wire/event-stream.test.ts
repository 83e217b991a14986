import { EventStreamCodec } from '@smithy/core/event-streams';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventFrame } from './event-stream.ts';

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
  (text) => Buffer.from(text),
);

test('[WIR-30] any payload and headers are read as they were written', () => {
  const name = fc.stringMatching(/^:?[a-z-]{1,20}$/);
  const headersOf = fc.dictionary(name, fc.string({ unit: 'grapheme' }), { maxKeys: 4 });
  fc.assert(
    fc.property(headersOf, fc.string({ unit: 'grapheme' }), (headers, text) => {
      const read = codec.decode(eventFrame(headers, text));
      expect(Buffer.from(read.body).toString()).toBe(text);
      const values = Object.entries(read.headers).map(([key, { value }]) => [key, value]);
      expect(Object.fromEntries(values)).toEqual({ ...headers, ':content-type': 'application/json' });
    }),
  );
});

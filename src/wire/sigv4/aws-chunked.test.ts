import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signingKey } from '../../lib/sigv4-canonical.ts';
import { type ChunkSigning, unchunk } from './aws-chunked.ts';
import { hmac } from './signing-keys.ts';

/** The example of the documentation: 66,560 letters in two chunks. */
const scope = { day: '20130524', region: 'us-east-1', service: 's3' };
const documented: ChunkSigning = {
  key: signingKey<Buffer>('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', scope, hmac),
  scope,
  amzDate: '20130524T000000Z',
  seedSignature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
};
const framed = Buffer.from(
  [
    '10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    'a'.repeat(65536),
    '400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'a'.repeat(1024),
    '0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    '',
    '',
  ].join('\r\n'),
);

describe('unchunk', () => {
  test('verifies the documented example of signed chunks', () => {
    expect(unchunk(framed, documented)).toMatchObject({ kind: 'body', body: Buffer.alloc(66560, 'a') });
  });

  test.each([100, 65_700, framed.length - 20])('refuses the example with byte %i changed', (position) => {
    const changed = Buffer.from(framed);
    changed[position] = changed[position] === 98 ? 99 : 98;
    expect(unchunk(changed, documented).kind).not.toBe('body');
  });

  test('refuses signed chunks without a signature', () => {
    expect(unchunk(Buffer.from('1\r\na\r\n0\r\n\r\n'), documented)).toEqual({ kind: 'bad-signature' });
  });

  test('takes the framing off an unsigned body and reads its trailers', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 }), (parts) => {
        const text = Buffer.concat([
          ...parts.map((part) =>
            Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
          ),
          Buffer.from('0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n'),
        ]);
        expect(unchunk(text)).toEqual({
          kind: 'body',
          body: Buffer.concat(parts),
          trailers: new Map([['x-amz-checksum-crc32', 'AAAAAA==']]),
        });
      }),
      { numRuns: 50 },
    );
  });

  test.each(['', '5\r\nabc', '5\r\nabcdefg\r\n0\r\n', 'zz\r\n', '1\r\na\r\n'])('refuses %j', (text) => {
    expect(unchunk(Buffer.from(text)).kind).toBe('malformed');
  });
});

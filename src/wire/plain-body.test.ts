import { describe, expect, test } from 'vitest';
import { rootCaller } from '../core/identity/root-caller.ts';
import { instant } from '../lib/clock.ts';
import { withPlainBody } from './plain-body.ts';
import type { WireRequest } from './request.ts';
import { sigv4Authenticator } from './sigv4/verify.ts';

/** The example of the documentation, whole: 66,560 letters in two signed chunks. */
const BODY = Buffer.from(
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
const SIGNED =
  'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class';
const SIGNATURE = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9';

const aRequest = (body: Buffer, headers: Readonly<Record<string, string>> = {}): WireRequest => ({
  method: 'PUT',
  path: '/examplebucket/chunkObject.txt',
  query: '',
  headers: {
    host: 's3.amazonaws.com',
    'x-amz-date': '20130524T000000Z',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=${SIGNED}, Signature=${SIGNATURE}`,
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '66560',
    'content-length': '66824',
    ...headers,
  },
  body,
});

const authenticate = sigv4Authenticator({
  clock: { now: () => instant(Date.parse('2013-05-24T00:00:00Z')), schedule: () => () => {} },
  findKey: () => ({
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    caller: rootCaller('1', 'AKIAIOSFODNN7EXAMPLE'),
  }),
  unsignedPayloadServices: new Set(['s3']),
});

/** What becomes of a request: its signature first, then its body. */
function received(request: WireRequest) {
  const found = authenticate(request, 's3');
  return found.kind === 'caller' ? withPlainBody(request, found.chunkSigning) : found.kind;
}

describe('withPlainBody', () => {
  test('[WIR-21] the documented example arrives as its letters, without its framing', () => {
    expect(received(aRequest(BODY))).toMatchObject({
      body: Buffer.alloc(66560, 'a'),
      headers: { 'content-length': '66560', 'content-encoding': undefined },
    });
  });

  test('[WIR-21] a changed letter, and a body with other chunks, are refused though the request is signed', () => {
    const changed = Buffer.from(BODY);
    changed[1000] = 98;
    expect(received(aRequest(changed))).toMatchObject({
      refusal: { code: 'SignatureDoesNotMatch', status: 403 },
    });
    const unsigned = Buffer.from(`1\r\na\r\n0\r\n\r\n`);
    expect(received(aRequest(unsigned))).toMatchObject({ refusal: { code: 'SignatureDoesNotMatch' } });
  });

  test('[WIR-21] saying that the chunks are not signed breaks the signature of the request', () => {
    const headers = { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' };
    expect(received(aRequest(BODY, headers))).toBe('refused');
  });

  test('[WIR-21] without signatures the sums after the last chunk join the headers', () => {
    const framed = Buffer.from('3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\nother: no\r\n\r\n');
    const headers = {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '3',
      'content-encoding': 'aws-chunked,gzip',
    };
    const plain = withPlainBody(aRequest(framed, headers), undefined);
    expect(plain).toMatchObject({
      body: Buffer.from('abc'),
      headers: { 'x-amz-checksum-crc32': 'NSRBwg==', 'content-encoding': 'gzip' },
    });
    expect(plain).not.toHaveProperty('headers.other');
    const short = { ...headers, 'x-amz-decoded-content-length': '4' };
    expect(withPlainBody(aRequest(framed, short), undefined)).toMatchObject({
      refusal: { code: 'IncompleteBody' },
    });
    expect(withPlainBody(aRequest(Buffer.from('zz'), headers), undefined)).toMatchObject({
      refusal: { code: 'IncompleteBody' },
    });
  });
});

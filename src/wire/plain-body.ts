import { clientRefusal, type Refusal } from './refusal.ts';
import { headerOf, type WireRequest } from './request.ts';
import { type ChunkSigning, unchunk } from './sigv4/aws-chunked.ts';

/** Bodies that carry a signature in each of their chunks. */
const SIGNED_CHUNKS = /^STREAMING-AWS4-HMAC-SHA256-PAYLOAD/;

/**
 * A request whose body came in the framing of `aws-chunked`, without it; what follows the last chunk joins the headers.
 * Without `signing` nothing is known of the key, and signatures of chunks are not looked at: where nobody is checked.
 */
export function withPlainBody(
  request: WireRequest,
  signing: ChunkSigning | undefined,
): WireRequest | { readonly refusal: Refusal } {
  const claimed = headerOf(request, 'x-amz-content-sha256') ?? '';
  if (!claimed.startsWith('STREAMING-')) return request;
  const plain = unchunk(request.body, SIGNED_CHUNKS.test(claimed) ? signing : undefined);
  if (plain.kind === 'bad-signature') {
    return {
      refusal: clientRefusal(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
        403,
      ),
    };
  }
  if (plain.kind === 'malformed') {
    return {
      refusal: clientRefusal('IncompleteBody', `The request body is not what it says: ${plain.detail}.`),
    };
  }
  const announced = headerOf(request, 'x-amz-decoded-content-length');
  if (announced !== undefined && Number(announced) !== plain.body.length) {
    return {
      refusal: clientRefusal(
        'IncompleteBody',
        'You did not provide the number of bytes specified by the Content-Length HTTP header',
      ),
    };
  }
  const encodings = (headerOf(request, 'content-encoding') ?? '')
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '' && encoding !== 'aws-chunked');
  return {
    ...request,
    body: plain.body,
    headers: {
      ...request.headers,
      'content-encoding': encodings.length === 0 ? undefined : encodings.join(','),
      'content-length': String(plain.body.length),
      ...Object.fromEntries([...plain.trailers].filter(([name]) => name.startsWith('x-amz-checksum-'))),
    },
  };
}

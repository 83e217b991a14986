import type { IncomingMessage } from 'node:http';
import type { WireAnswer } from './answer.ts';
import { scopeService } from './sigv4/presented.ts';

/** `RequestBodyBytes`: the largest body of an AWS request. Nothing but layer parts comes near it. */
export const REQUEST_BODY_BYTES_MAX = 8 * 1024 * 1024;

/** `UnsignedBodyBytes`: the same for a form without a signature: anybody may send one. */
const UNSIGNED_BODY_BYTES_MAX = 256 * 1024;

/** `LayerPartBodyBytes`: the same for ECR's layer parts, which are 20 MB in base64. */
const LAYER_PART_BODY_BYTES_MAX = 32 * 1024 * 1024;

/** `S3ObjectBytes`: the largest object, which is put in one request and held in memory meanwhile. */
const S3_OBJECT_BYTES_MAX = 64 * 1024 * 1024;

/** What all bodies together may hold in memory until their requests are answered. (WIR-23) */
export const BODIES_BYTES_MAX = 256 * 1024 * 1024;

/** Up to this size a body is read before anybody looks at its signature: looking twice would cost more. */
const SMALL_BYTES = 64 * 1024;

/** Room for the bodies of requests that are not answered yet. */
export interface BodyRoom {
  /** Whether there is room for so many bytes more; then they are counted. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

/** Makes room for so many bytes. */
export function bodyRoom(bytesMax: number = BODIES_BYTES_MAX): BodyRoom {
  let held = 0;
  return {
    take: (bytes) => {
      if (held + bytes > bytesMax) return false;
      held += bytes;
      return true;
    },
    give: (bytes) => {
      held -= bytes;
    },
  };
}

/** Whether a request says that it is signed for S3. */
export function isS3({ headers, url = '' }: IncomingMessage): boolean {
  return scopeService({ headers, query: queryOf(url) }) === 's3';
}

const queryOf = (url: string): string => (url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');

/** Whether so much may come that the request's head is judged first. (WIR-22) */
export function mayBeBig({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > SMALL_BYTES;
}

interface Limit {
  readonly name: string;
  readonly bytes: number;
}

function limitOf(request: IncomingMessage): Limit {
  const { headers, url = '' } = request;
  if (isS3(request)) return { name: 'S3ObjectBytes', bytes: S3_OBJECT_BYTES_MAX };
  if (String(headers['x-amz-target']).endsWith('.UploadLayerPart')) {
    return { name: 'LayerPartBodyBytes', bytes: LAYER_PART_BODY_BYTES_MAX };
  }
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  const isSigned = headers.authorization !== undefined || /[?&]X-Amz-Signature=/.test(url);
  return isForm && !isSigned
    ? { name: 'UnsignedBodyBytes', bytes: UNSIGNED_BODY_BYTES_MAX }
    : { name: 'RequestBodyBytes', bytes: REQUEST_BODY_BYTES_MAX };
}

/** Whether what is still to come is little enough to be read and dropped, so that the connection can go on. */
export const isBounded = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] === undefined &&
  Number(request.headers['content-length'] ?? 0) <= limitOf(request).bytes;

/** A body that was read, or why it was not. What it holds is given back when the request is answered. */
export type ReadBody =
  | { readonly kind: 'body'; readonly body: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'no-room' };

const NOTHING = Buffer.alloc(0);

/** Reads the whole body and counts it in `room`, until it is too large or there is none. Rejects when the client goes away. */
export function readBody(request: IncomingMessage, room: BodyRoom): Promise<ReadBody> {
  const announced = Number(request.headers['content-length'] ?? 0);
  const { bytes: allowed } = limitOf(request);
  if (announced > allowed) return Promise.resolve({ kind: 'too-large' });
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const refuse = (kind: 'too-large' | 'no-room'): void => {
      room.give(bytes);
      bytes = Number.NaN;
      chunks.length = 0;
      resolve({ kind });
    };
    request.on('data', (chunk: Buffer) => {
      if (Number.isNaN(bytes)) return;
      if (bytes + chunk.length > allowed) return refuse('too-large');
      if (!room.take(chunk.length)) return refuse('no-room');
      bytes += chunk.length;
      chunks.push(chunk);
    });
    request.on('end', () =>
      resolve({ kind: 'body', body: chunks.length > 1 ? Buffer.concat(chunks) : (chunks[0] ?? NOTHING) }),
    );
    request.on('error', reject);
    request.on('close', () => {
      // Every request closes; an error costs more than the rest of this function.
      if (request.readableEnded) return;
      if (!Number.isNaN(bytes)) room.give(bytes);
      bytes = Number.NaN;
      reject(new Error('the client went away'));
    });
  });
}

/** The answer to a body that was not read to its end, in the form of its service. */
export function bodyRefusal(request: IncomingMessage, kind: 'too-large' | 'no-room'): WireAnswer {
  const { name, bytes } = limitOf(request);
  const isTooLarge = kind === 'too-large';
  if (isS3(request)) {
    const body = isTooLarge
      ? `<Error><Code>EntityTooLarge</Code><Message>Your proposed upload exceeds the maximum allowed size</Message><MaxSizeAllowed>${bytes}</MaxSizeAllowed></Error>`
      : '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';
    return { status: isTooLarge ? 413 : 503, headers: { 'content-type': 'application/xml' }, body };
  }
  const body = JSON.stringify(
    isTooLarge
      ? {
          __type: 'RequestEntityTooLargeException',
          message: `The request exceeds the limit ${name} of ${bytes}.`,
        }
      : {
          __type: 'ServiceUnavailableException',
          message: `The bodies of all requests exceed the limit BufferedBodyBytes of ${BODIES_BYTES_MAX}. Try again later.`,
        },
  );
  return {
    status: isTooLarge ? 413 : 503,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body,
  };
}

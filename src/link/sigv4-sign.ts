import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import {
  amzDateOf,
  type CredentialScope,
  canonicalPath,
  canonicalQuery,
  canonicalRequest,
  SIGV4_ALGORITHM,
  scopeText,
  signingKey,
  stringToSign,
} from '../lib/sigv4-canonical.ts';

/** The secret side of an access key. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A request to sign. */
export interface RequestToSign {
  readonly method: string;
  /** Absolute. `ws:` and `wss:` are fine too: an upgrade is signed as the GET that it is. */
  readonly url: string;
  /** Without `host`, which comes from the URL. All of them are signed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Nothing means an empty body. */
  readonly body?: string | Uint8Array | undefined;
  readonly credentials: SigningCredentials;
  readonly region: string;
  /** The signing name, e.g. `ecs`. */
  readonly service: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Signs a request with AWS Signature Version 4. Answers all headers to send, names in lower case: the given ones,
 * `host`, `x-amz-date`, `authorization` and, with a session, `x-amz-security-token`. The URL must be sent as given.
 */
export function signRequest(request: RequestToSign): Record<string, string> {
  const url = new URL(request.url);
  const { credentials } = request;
  const amzDate = amzDateOf(request.now);
  const scope = { day: amzDate.slice(0, 8), region: request.region, service: request.service };
  const headers: Record<string, string> = { host: url.host, 'x-amz-date': amzDate };
  if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken;
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
  const signedHeaders = Object.keys(headers).sort();
  const canonical = canonicalRequest({
    method: request.method,
    // S3 alone signs the path as it is sent.
    path: request.service === 's3' ? url.pathname : canonicalPath(url.pathname),
    query: canonicalQuery(url.search.slice(1)),
    signedHeaders,
    header: (name) => headers[name],
    payloadHash: hash('sha256', request.body ?? ''),
  });
  const text = stringToSign(amzDate, scope, hash('sha256', canonical));
  const signature = hmac(keyOf(credentials, scope), text).toString('hex');
  headers['authorization'] =
    `${SIGV4_ALGORITHM} Credential=${credentials.accessKeyId}/${scopeText(scope)}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return headers;
}

/** The last key of each holder: it is good for a day, and deriving it costs more than all the rest. */
const lastKeys = new WeakMap<
  SigningCredentials,
  { readonly scope: string; readonly secret: string; readonly key: KeyObject }
>();

function keyOf(credentials: SigningCredentials, scope: CredentialScope): KeyObject {
  const name = scopeText(scope);
  const last = lastKeys.get(credentials);
  const { secretAccessKey: secret } = credentials;
  if (last?.scope === name && last.secret === secret) return last.key;
  const key = createSecretKey(signingKey<Buffer>(secret, scope, hmac));
  lastKeys.set(credentials, { scope: name, secret, key });
  return key;
}

const hmac = (key: KeyObject | Buffer | string, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

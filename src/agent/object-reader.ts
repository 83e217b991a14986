import type { SigningCredentials } from '../link/sigv4-sign.ts';
import { signRequest } from '../link/sigv4-sign.ts';
import { type AwsCaller, AwsError } from './aws-call.ts';

const NO_BODY = new Uint8Array();
/** Of no bytes. */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Reads the text of an S3 object by its ARN. Throws `AwsError` when refused, any other error when no answer came. */
export async function readObject(
  caller: AwsCaller,
  from: { readonly endpointUrl: string; readonly credentials: SigningCredentials; readonly arn: string },
): Promise<string> {
  const [, bucket = '', key = ''] = /^arn:[^:]*:s3:::([^/]+)\/(.+)$/s.exec(from.arn) ?? [];
  const path = [bucket, ...key.split('/')].map(encoded).join('/');
  const url = `${from.endpointUrl.replace(/\/$/, '')}/${path}`;
  const headers = signRequest({
    method: 'GET',
    url,
    headers: { 'user-agent': caller.userAgent, 'x-amz-content-sha256': EMPTY_SHA256 },
    credentials: from.credentials,
    region: caller.region,
    service: 's3',
    now: caller.times.nowAt(url),
  });
  const reply = await caller.call({ method: 'GET', url, headers, body: NO_BODY });
  if (reply.status >= 200 && reply.status < 300) return reply.body;
  throw new AwsError(element(reply.body, 'Code'), element(reply.body, 'Message'), reply.status);
}

/** As S3 signs a path: everything but letters, digits and four marks. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

const element = (xml: string, name: string): string =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';

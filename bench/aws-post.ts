import { signRequest } from '../src/link/sigv4-sign.ts';
import type { Target } from './load.ts';

/** One request of a service, as its own protocol writes it. */
export interface AwsPost {
  /** The signing name. */
  readonly service: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The headers of the query protocol. */
export const FORM = { 'content-type': 'application/x-www-form-urlencoded' } as const;

/** Sends a signed request and answers the body. Rejects when the status is not 200. */
export async function awsPost(
  { endpointUrl, region, credentials }: Target,
  { service, headers, body }: AwsPost,
): Promise<string> {
  const url = `${endpointUrl}/`;
  const now = Date.now();
  const signed = signRequest({ method: 'POST', url, body, headers, credentials, region, service, now });
  const response = await fetch(url, { method: 'POST', headers: signed, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service} answered ${response.status}: ${text}`);
  return text;
}

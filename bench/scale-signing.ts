import { type SigningCredentials, signRequest } from '../src/link/sigv4-sign.ts';
import type { WireRequest } from '../src/wire/request.ts';
import type { Call, Target } from './load.ts';

/** A call as it would stand on the wire. */
interface SignedCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signs a call as of now. */
export function signedCall(target: Target, call: Call): SignedCall {
  const body = JSON.stringify(call.input);
  const headers = signRequest({
    ...{ method: 'POST', url: `${target.endpointUrl}/`, body, service: 'ecs', now: Date.now() },
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AmazonEC2ContainerServiceV20141113.${call.operation}`,
    },
    credentials: target.credentials as SigningCredentials,
    region: target.region,
  });
  return { headers, body };
}

/** The request as the HTTP server would hand it over. */
export const wireRequest = ({ headers, body }: SignedCall): WireRequest => ({
  ...{ method: 'POST', path: '/', query: '' },
  headers,
  body: Buffer.from(body),
});

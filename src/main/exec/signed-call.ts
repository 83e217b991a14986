import { type SigningCredentials, signRequest } from '../../link/sigv4-sign.ts';
import { systemClock } from '../../platform/system-clock.ts';

/** Where calls go, and as whom. */
export interface CallTarget {
  readonly endpointUrl: string;
  readonly region: string;
  readonly credentials: SigningCredentials;
}

/** The service refused. */
export class CallRefused extends Error {
  /** The service's name for it, e.g. `ClusterNotFoundException`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const CALL_MAX_MS = 30_000;
const TARGETS = { ecs: 'AmazonEC2ContainerServiceV20141113', ssm: 'AmazonSSM' } as const;

/** Calls an operation as any client would: signed JSON over HTTP. Rejects with `CallRefused` when it is answered with an error. */
export async function signedCall<Answer>(
  { endpointUrl, region, credentials }: CallTarget,
  call: { readonly service: keyof typeof TARGETS; readonly operation: string; readonly input: object },
): Promise<Answer> {
  const url = endpointUrl.endsWith('/') ? endpointUrl : `${endpointUrl}/`;
  const body = JSON.stringify(call.input);
  const { host: _, ...headers } = signRequest({
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${TARGETS[call.service]}.${call.operation}`,
    },
    body,
    credentials,
    region,
    service: call.service,
    now: systemClock.now(),
  });
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body,
    signal: AbortSignal.timeout(CALL_MAX_MS),
  });
  const answer = (await response.json().catch(() => ({}))) as Readonly<Record<string, unknown>>;
  if (response.ok) return answer as Answer;
  const code = String(answer['__type'] ?? response.status).replace(/^.*#/, '');
  throw new CallRefused(code, String(answer['message'] ?? answer['Message'] ?? `status ${response.status}`));
}

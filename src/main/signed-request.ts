import { type SigningCredentials, signRequest } from '../link/sigv4-sign.ts';
import { systemClock } from '../platform/system-clock.ts';

/** Where requests go, and as whom. */
export interface RequestTarget {
  readonly endpointUrl: string;
  readonly region: string;
  readonly credentials: SigningCredentials;
}

/** A request to the control plane. */
interface SignedRequest {
  readonly method: 'GET' | 'POST';
  /** With its query; begins with a slash. */
  readonly path: string;
  /** The signing name of the service. */
  readonly service: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
}

/** How long an answer may take to come whole. */
const ANSWER_MAX_MS = 30_000;

/** Makes a request as any client would: signed, over HTTP. Rejects when nobody answers within 30 seconds. */
export function signedRequest(
  { endpointUrl, region, credentials }: RequestTarget,
  { method, path, service, headers: plain, body }: SignedRequest,
): Promise<Response> {
  const url = `${endpointUrl.replace(/\/$/, '')}${path}`;
  const { host: _host, ...headers } = signRequest({
    method,
    url,
    ...(plain === undefined ? {} : { headers: plain }),
    body,
    credentials,
    region,
    service,
    now: systemClock.now(),
  });
  const signal = AbortSignal.timeout(ANSWER_MAX_MS);
  return fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
}

/** A service refused. */
export class CallRefused extends Error {
  /** The service's name for it, e.g. `ClusterNotFoundException`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const TARGETS = { ecs: 'AmazonEC2ContainerServiceV20141113', ssm: 'AmazonSSM' } as const;

/**
 * Calls an operation of a JSON service. Times in answers are epoch seconds, as on the wire. Rejects with `CallRefused`
 * when it is answered with an error.
 */
export async function signedCall<Answer>(
  target: RequestTarget,
  call: { readonly service: keyof typeof TARGETS; readonly operation: string; readonly input: object },
): Promise<Answer> {
  const { service, operation, input } = call;
  const response = await signedRequest(target, {
    method: 'POST',
    path: '/',
    service,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${TARGETS[service]}.${operation}`,
    },
    body: JSON.stringify(input),
  });
  const answer = (await response.json().catch(() => ({}))) as Readonly<Record<string, unknown>>;
  if (response.ok) return answer as Answer;
  const code = String(answer['__type'] ?? response.status).replace(/^.*#/, '');
  throw new CallRefused(code, String(answer['message'] ?? answer['Message'] ?? `status ${response.status}`));
}

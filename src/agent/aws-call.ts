import type { Clock } from '../lib/clock.ts';
import { isRecord } from '../link/envelope.ts';
import type { ServerTimes } from '../link/server-times.ts';
import { signRequest } from '../link/sigv4-sign.ts';
import type { HttpCall, HttpReply } from './http-call.ts';
import { hasNewKey, type OwnKey } from './own-key.ts';

/** An AWS JSON 1.1 API, by what its requests carry. */
export interface AwsApi {
  /** The signing name. */
  readonly service: 'ecs' | 'ecr' | 'logs' | 'secretsmanager' | 'ssm';
  /** What stands before the operation in `X-Amz-Target`. */
  readonly targetPrefix: string;
}

/** Amazon ECS. */
export const ECS_API: AwsApi = { service: 'ecs', targetPrefix: 'AmazonEC2ContainerServiceV20141113' };
/** Amazon ECR. */
export const ECR_API: AwsApi = { service: 'ecr', targetPrefix: 'AmazonEC2ContainerRegistry_V20150921' };
/** CloudWatch Logs. */
export const LOGS_API: AwsApi = { service: 'logs', targetPrefix: 'Logs_20140328' };

/** Secrets Manager. */
export const SECRETS_API: AwsApi = { service: 'secretsmanager', targetPrefix: 'secretsmanager' };
/** Systems Manager. */
export const SSM_API: AwsApi = { service: 'ssm', targetPrefix: 'AmazonSSM' };

/** A call that the service refused. `code` is the name of the exception. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
  }
}

/** What every call needs. */
export interface AwsCaller {
  readonly call: HttpCall;
  readonly clock: Clock;
  /** What requests are signed by. */
  readonly times: ServerTimes;
  readonly region: string;
  readonly userAgent: string;
}

/** One operation to call. */
export interface AwsRequest {
  readonly api: AwsApi;
  readonly endpointUrl: string;
  readonly operation: string;
  readonly credentials: OwnKey;
  readonly input: object;
  /** Beside those that every call has. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Refusals of services that may be about the time at which a request was signed; the AWS SDKs' list. */
const CLOCK_CODES: ReadonlySet<string> = new Set([
  'AuthFailure',
  'InvalidSignatureException',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
]);

/**
 * Calls an operation and answers its output. Throws `AwsError` when refused, any other error when no answer came. What is
 * refused because of the clock or of the agent's own key is called once more when either is known better. (HARD-45, HARD-50)
 */
export async function awsCall(
  caller: AwsCaller,
  request: AwsRequest,
): Promise<Readonly<Record<string, unknown>>> {
  const first = await attempt(caller, request);
  const refusal = refusalOf(first.reply);
  if (refusal === undefined) return parsed(first.reply.body);
  const isWorthRepeating =
    (first.wasClockOff && CLOCK_CODES.has(refusal.code)) ||
    hasNewKey(request.credentials, { code: refusal.code, text: refusal.message });
  if (!isWorthRepeating) throw refusal;
  const { reply } = await attempt(caller, request);
  const again = refusalOf(reply);
  if (again !== undefined) throw again;
  return parsed(reply.body);
}

async function attempt(
  caller: AwsCaller,
  request: AwsRequest,
): Promise<{ readonly reply: HttpReply; readonly wasClockOff: boolean }> {
  const url = request.endpointUrl.endsWith('/') ? request.endpointUrl : `${request.endpointUrl}/`;
  // As bytes, once: it is hashed and sent.
  const body = Buffer.from(JSON.stringify(request.input));
  const now = caller.times.nowAt(url);
  const headers = signRequest({
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${request.api.targetPrefix}.${request.operation}`,
      'user-agent': caller.userAgent,
      ...request.headers,
    },
    body,
    credentials: request.credentials,
    region: caller.region,
    service: request.api.service,
    now,
  });
  const reply = await caller.call({ url, headers, body, signal: request.signal });
  return { reply, wasClockOff: caller.times.learn(url, reply.date, now) };
}

function refusalOf({ status, body }: HttpReply): AwsError | undefined {
  if (status >= 200 && status < 300) return undefined;
  const output = parsed(body);
  return new AwsError(codeOf(output), messageOf(output), status);
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** `__type` may carry a namespace before `#`. */
function codeOf(output: Readonly<Record<string, unknown>>): string {
  const type = output['__type'] ?? output['code'];
  return typeof type === 'string' ? type.slice(type.lastIndexOf('#') + 1) : 'UnknownError';
}

function messageOf(output: Readonly<Record<string, unknown>>): string {
  const message = output['message'] ?? output['Message'];
  return typeof message === 'string' ? message : '';
}

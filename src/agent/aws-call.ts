import type { Clock } from '../lib/clock.ts';
import { isRecord } from '../link/envelope.ts';
import { type SigningCredentials, signRequest } from '../link/sigv4-sign.ts';
import type { HttpCall } from './http-call.ts';

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
  readonly region: string;
  readonly userAgent: string;
}

/** One operation to call. */
export interface AwsRequest {
  readonly api: AwsApi;
  readonly endpointUrl: string;
  readonly operation: string;
  readonly credentials: SigningCredentials;
  readonly input: object;
  /** Beside those that every call has. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Calls an operation and answers its output. Throws `AwsError` when refused, any other error when no answer came. */
export async function awsCall(
  caller: AwsCaller,
  request: AwsRequest,
): Promise<Readonly<Record<string, unknown>>> {
  const url = request.endpointUrl.endsWith('/') ? request.endpointUrl : `${request.endpointUrl}/`;
  // As bytes, once: it is hashed and sent.
  const body = Buffer.from(JSON.stringify(request.input));
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
    now: caller.clock.now(),
  });
  const reply = await caller.call({ url, headers, body, signal: request.signal });
  const output = parsed(reply.body);
  if (reply.status >= 200 && reply.status < 300) return output;
  throw new AwsError(codeOf(output), messageOf(output), reply.status);
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

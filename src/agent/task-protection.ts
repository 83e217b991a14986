import type { Clock } from '../lib/clock.ts';
import { plusMs } from '../lib/clock.ts';
import { isRecord } from '../link/envelope.ts';
import type { SigningCredentials } from '../link/sigv4-sign.ts';
import { AwsError } from './aws-call.ts';
import { type CredentialsBook, signingPart } from './credentials-book.ts';
import type { TaskRecord } from './task-record.ts';

/** Calls GetTaskProtection or UpdateTaskProtection in the name of a task's role. */
export type ProtectionCall = (
  operation: 'GetTaskProtection' | 'UpdateTaskProtection',
  input: object,
  how: { readonly credentials: SigningCredentials; readonly signal: AbortSignal },
) => Promise<Readonly<Record<string, unknown>>>;

/** What the endpoint of tasks for their own protection needs. */
export interface ProtectionDeps {
  readonly book: CredentialsBook;
  readonly clock: Clock;
  readonly protect: ProtectionCall;
}

/** A request of a container, with its body as text. */
export interface ProtectionRequest {
  readonly method: string;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** How long the control plane may take. */
const CALL_MAX_MS = 4_000;

/** Answers `$ECS_AGENT_URI/task-protection/v1/state`: GET reads, PUT sets. (TMD-6) */
export async function taskProtection(
  deps: ProtectionDeps,
  record: TaskRecord,
  request: ProtectionRequest,
): Promise<Answer> {
  const { arn } = record.payload;
  const refuse = (status: number, code: string, message: string): Answer => ({
    status,
    body: { error: { Arn: arn, Code: code, Message: message } },
  });
  const input = request.method === 'PUT' ? readInput(request.body) : {};
  if (typeof input === 'string') return refuse(400, 'InvalidParameterException', input);
  const held = deps.book.get(record.payload.roleCredentials?.credentialsId ?? '');
  if (held === undefined) {
    const text = 'Invalid Request: no task IAM role credentials available for task';
    return refuse(403, 'AccessDeniedException', text);
  }
  const ending = new AbortController();
  const cancel = deps.clock.schedule(plusMs(deps.clock.now(), CALL_MAX_MS), () => ending.abort());
  const operation = request.method === 'PUT' ? 'UpdateTaskProtection' : 'GetTaskProtection';
  try {
    const output = await deps.protect(
      operation,
      { cluster: clusterOf(arn), tasks: [arn], ...input },
      { credentials: signingPart(held), signal: ending.signal },
    );
    return answerOf(output) ?? refuse(500, 'ServerException', 'Unexpected error occurred');
  } catch (error) {
    if (error instanceof AwsError) return refuse(error.status, error.code, error.message);
    if (ending.signal.aborted)
      return refuse(504, 'RequestCanceled', 'Timed out calling ECS Task Protection API');
    return refuse(500, 'ServerException', 'Unexpected error occurred');
  } finally {
    cancel();
  }
}

const UNREADABLE = 'UpdateTaskProtection: failed to decode request';

/** What is to be set, or what is wrong with the request. */
function readInput(
  text: string,
): { readonly protectionEnabled: boolean; readonly expiresInMinutes?: number } | string {
  const value = parsed(text);
  if (!isRecord(value)) return UNREADABLE;
  const { ProtectionEnabled: isOn, ExpiresInMinutes: minutes, ...others } = value;
  if (Object.keys(others).length > 0) return UNREADABLE;
  if (isOn === undefined || isOn === null)
    return "Invalid request: does not contain 'ProtectionEnabled' field";
  if (typeof isOn !== 'boolean') return UNREADABLE;
  if (minutes === undefined || minutes === null) return { protectionEnabled: isOn };
  return typeof minutes === 'number' ? { protectionEnabled: isOn, expiresInMinutes: minutes } : UNREADABLE;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The cluster stands in the task's ARN; a host of the pool serves tasks of all clusters. */
const clusterOf = (arn: string): string => arn.split('/')[1] ?? '';

function answerOf(output: Readonly<Record<string, unknown>>): Answer | undefined {
  const [failure] = Array.isArray(output['failures']) ? output['failures'] : [];
  if (isRecord(failure)) {
    const { arn, detail, reason } = failure;
    return { status: 200, body: { failure: { Arn: arn, Detail: detail, Reason: reason } } };
  }
  const [task] = Array.isArray(output['protectedTasks']) ? output['protectedTasks'] : [];
  if (!isRecord(task)) return undefined;
  const { taskArn, protectionEnabled, expirationDate } = task;
  const ExpirationDate =
    typeof expirationDate === 'number' ? new Date(expirationDate * 1000).toISOString() : undefined;
  return {
    status: 200,
    body: { protection: { ExpirationDate, ProtectionEnabled: protectionEnabled, TaskArn: taskArn } },
  };
}

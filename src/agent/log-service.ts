import type { SigningCredentials } from '../link/sigv4-sign.ts';
import { type AwsCaller, AwsError, awsCall, LOGS_API } from './aws-call.ts';
import type { LogTarget } from './awslogs-target.ts';
import type { LogEvent } from './log-batch.ts';

/** A stream to write to. */
export interface LogStream {
  readonly target: LogTarget;
  readonly stream: string;
}

/** The calls of CloudWatch Logs that shipping needs. */
export interface LogService {
  /** Makes the stream, and its group where the target allows it. A stream that exists is fine. */
  ensureStream(stream: LogStream, credentials: SigningCredentials): Promise<void>;
  put(stream: LogStream, events: readonly LogEvent[], credentials: SigningCredentials): Promise<void>;
  /** The last events of the stream, oldest first: at most one page of the service. */
  tail(stream: LogStream, credentials: SigningCredentials): Promise<readonly LogEvent[]>;
}

/** Calls the service at the target's endpoint, or at `defaultEndpointUrl`. */
export function logService(caller: AwsCaller, defaultEndpointUrl: string): LogService {
  const invoke = (
    { target }: LogStream,
    operation: string,
    request: { input: object; credentials: SigningCredentials; headers?: Readonly<Record<string, string>> },
  ) =>
    awsCall(
      { ...caller, region: target.region },
      { api: LOGS_API, endpointUrl: target.endpointUrl ?? defaultEndpointUrl, operation, ...request },
    );
  const createStream = (stream: LogStream, credentials: SigningCredentials) =>
    allowExisting(
      invoke(stream, 'CreateLogStream', {
        input: { logGroupName: stream.target.group, logStreamName: stream.stream },
        credentials,
      }),
    );
  return {
    ensureStream: async (stream, credentials) => {
      try {
        await createStream(stream, credentials);
      } catch (error) {
        const isMissing = error instanceof AwsError && error.code === 'ResourceNotFoundException';
        if (!isMissing || !stream.target.mayCreateGroup) throw error;
        const input = { logGroupName: stream.target.group };
        await allowExisting(invoke(stream, 'CreateLogGroup', { input, credentials }));
        await createStream(stream, credentials);
      }
    },
    put: async (stream, events, credentials) => {
      const input = { logGroupName: stream.target.group, logStreamName: stream.stream, logEvents: events };
      const { format } = stream.target;
      const headers = format === undefined ? {} : { 'x-amzn-logs-format': format };
      await invoke(stream, 'PutLogEvents', { input, credentials, headers });
    },
    tail: async (stream, credentials) => {
      const input = { logGroupName: stream.target.group, logStreamName: stream.stream, startFromHead: false };
      const { events } = await invoke(stream, 'GetLogEvents', { input, credentials });
      return Array.isArray(events) ? (events as readonly LogEvent[]) : [];
    },
  };
}

async function allowExisting(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ResourceAlreadyExistsException') throw error;
  }
}

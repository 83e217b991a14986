import type { TerminalSize } from '../domain/data-message.ts';
import { isRecord } from './envelope.ts';

/*
 * The JSON payloads of a data channel, and the text frame that opens one. Readers answer undefined for text that is not
 * what it should be. (EXE-21)
 */

/** The first frame of a client. */
export interface OpenDataChannel {
  readonly tokenValue: string;
  readonly clientVersion?: string | undefined;
}

/** What the server wants of a client before the session: the type of session, and nothing else. */
export interface HandshakeAnswer {
  /** Whether the client takes the session. */
  readonly isAccepted: boolean;
  readonly clientVersion: string;
  /** Why not, in the client's words. */
  readonly error: string;
}

/** What `channel_closed` says. `exitCode` is ours: other clients do not look at it. */
export interface ChannelClosed {
  readonly sessionId: string;
  /** Why the session failed; empty when its command has ended. */
  readonly output: string;
  readonly exitCode?: number | undefined;
}

/** The type of session that ECS Exec announces. */
const SESSION_TYPE = 'InteractiveCommands';
const ACTION = 'SessionType';
const SUCCESS = 1;

const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** The text of a client's first frame. */
export const openDataChannelText = (open: {
  readonly requestId: string;
  readonly tokenValue: string;
  readonly clientId: string;
  readonly clientVersion: string;
}): string =>
  JSON.stringify({
    MessageSchemaVersion: '1.0',
    RequestId: open.requestId,
    TokenValue: open.tokenValue,
    ClientId: open.clientId,
    ClientVersion: open.clientVersion,
  });

/** Reads a client's first frame. */
export function readOpenDataChannel(text: string): OpenDataChannel | undefined {
  const open = read(text);
  const tokenValue = open?.['TokenValue'];
  const clientVersion = open?.['ClientVersion'];
  if (typeof tokenValue !== 'string') return undefined;
  return { tokenValue, clientVersion: typeof clientVersion === 'string' ? clientVersion : undefined };
}

/** The payload of an acknowledgement. */
export const acknowledgePayload = (message: {
  readonly messageType: string;
  readonly messageId: string;
  readonly sequenceNumber: number;
}): Buffer =>
  bytesOf({
    AcknowledgedMessageType: message.messageType,
    AcknowledgedMessageId: message.messageId,
    AcknowledgedMessageSequenceNumber: message.sequenceNumber,
    IsSequentialMessage: true,
  });

/** The sequence number that an acknowledgement names. */
export function readAcknowledge(payload: Uint8Array): number | undefined {
  const sequence = read(payload)?.['AcknowledgedMessageSequenceNumber'];
  return Number.isInteger(sequence) ? Number(sequence) : undefined;
}

/** What the server asks at first. */
export const handshakeRequestPayload = (agentVersion: string): Buffer =>
  bytesOf({
    AgentVersion: agentVersion,
    RequestedClientActions: [
      { ActionType: ACTION, ActionParameters: { SessionType: SESSION_TYPE, Properties: {} } },
    ],
  });

/** The names of the actions that a server asks for. */
export function readHandshakeRequest(payload: Uint8Array): readonly string[] | undefined {
  const actions = read(payload)?.['RequestedClientActions'];
  if (!Array.isArray(actions)) return undefined;
  return actions.map((action: unknown) => (isRecord(action) ? String(action['ActionType']) : ''));
}

/** What a client answers: it takes the session type, and nothing else. */
export const handshakeResponsePayload = (clientVersion: string, actions: readonly string[]): Buffer =>
  bytesOf({
    ClientVersion: clientVersion,
    ProcessedClientActions: actions.map((action) => ({
      ActionType: action,
      ActionStatus: action === ACTION ? SUCCESS : 3,
      ActionResult: null,
      Error: action === ACTION ? '' : `Unsupported action ${action}`,
    })),
    Errors: null,
  });

/** Reads a client's answer. The plugin writes "unsupported" into another member, so anything but success is a failure. */
export function readHandshakeResponse(payload: Uint8Array): HandshakeAnswer | undefined {
  const answer = read(payload);
  const processed = answer?.['ProcessedClientActions'];
  if (answer === undefined || !Array.isArray(processed)) return undefined;
  const action: unknown = processed.find((each: unknown) => isRecord(each) && each['ActionType'] === ACTION);
  return {
    isAccepted: isRecord(action) && action['ActionStatus'] === SUCCESS,
    clientVersion: String(answer['ClientVersion'] ?? ''),
    error: isRecord(action) ? String(action['Error'] ?? '') : '',
  };
}

/** What the server says when the session may begin. */
export const handshakeCompletePayload = (tookMs: number): Buffer =>
  bytesOf({ HandshakeTimeToComplete: Math.round(tookMs * 1_000_000), CustomerMessage: '' });

/** The text for the user in the server's last word of the handshake; mostly empty. */
export function readHandshakeComplete(payload: Uint8Array): string | undefined {
  const complete = read(payload);
  return complete === undefined ? undefined : String(complete['CustomerMessage'] ?? '');
}

/** The payload of a terminal size. */
export const sizePayload = ({ columns, rows }: TerminalSize): Buffer => bytesOf({ cols: columns, rows });

/** Reads a terminal size of 1 to 65,535 characters each way. */
export function readSize(payload: Uint8Array): TerminalSize | undefined {
  const size = read(payload);
  const columns = Number(size?.['cols']);
  const rows = Number(size?.['rows']);
  return isLength(columns) && isLength(rows) ? { columns, rows } : undefined;
}

const isLength = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 65_535;

/** The payload that ends a channel. */
export const channelClosedPayload = (
  closed: ChannelClosed,
  message: { readonly messageId: string; readonly createdAt: number; readonly target: string },
): Buffer =>
  bytesOf({
    MessageId: message.messageId,
    CreatedDate: String(message.createdAt),
    DestinationId: message.target,
    SessionId: closed.sessionId,
    MessageType: 'channel_closed',
    SchemaVersion: 1,
    Output: closed.output,
    ...(closed.exitCode === undefined ? {} : { ExitCode: closed.exitCode }),
  });

/** Reads the payload that ends a channel. */
export function readChannelClosed(payload: Uint8Array): ChannelClosed | undefined {
  const closed = read(payload);
  if (closed === undefined) return undefined;
  const exitCode = closed['ExitCode'];
  return {
    sessionId: String(closed['SessionId'] ?? ''),
    output: String(closed['Output'] ?? ''),
    exitCode: Number.isInteger(exitCode) ? Number(exitCode) : undefined,
  };
}

function read(payload: Uint8Array | string): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = typeof payload === 'string' ? payload : Buffer.from(payload).toString('utf8');
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

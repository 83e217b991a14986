import type { HealthCheckResult } from '../domain/health-check.ts';
import type { UnusableFrame } from './acs-messages.ts';
import { decodeFrame, encodeFrame, isListOf, isRecord, isText } from './envelope.ts';
import type { ContainerHealth, TaskHealth, TcsAnswer, TcsReport } from './tcs-messages.ts';

const BLOCK_END = '\r\n\r\n';

/**
 * The text of an agent's frame: the signed headers line by line, an empty line, and the JSON. `sign` answers the
 * headers of a signed GET of the session's URL with the JSON as its body. (LNK-5)
 */
export function encodeTcsReport(
  report: TcsReport,
  sign: (body: string) => Readonly<Record<string, string>>,
): string {
  const body = encodeFrame(report.type, report.message);
  const lines = Object.entries(sign(body)).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${lines.join('')}\r\n${body}`;
}

/**
 * Reads an agent's frame. The header block is skipped, not verified: the upgrade was signed already. A frame without
 * a block is accepted. (LNK-5)
 */
export function decodeTcsReport(text: string): TcsReport | UnusableFrame {
  const end = text.startsWith('{') ? -1 : text.indexOf(BLOCK_END);
  const frame = decodeFrame(end < 0 ? text : text.slice(end + BLOCK_END.length));
  if (frame === undefined) return { type: 'unusable', claimedType: '' };
  if (!isReport(frame.type, frame.message)) return { type: 'unusable', claimedType: frame.type };
  return frame as unknown as TcsReport;
}

/** The text of the control plane's frame. */
export const encodeTcsAnswer = (answer: TcsAnswer): string => encodeFrame(answer.type, answer.message);

/** Reads the control plane's frame. */
export function decodeTcsAnswer(text: string): TcsAnswer | UnusableFrame {
  const frame = decodeFrame(text);
  if (frame === undefined) return { type: 'unusable', claimedType: '' };
  return ANSWERS.has(frame.type)
    ? (frame as unknown as TcsAnswer)
    : { type: 'unusable', claimedType: frame.type };
}

const ANSWERS: ReadonlySet<string> = new Set([
  'AckPublishMetric',
  'AckPublishHealth',
  'AckPublishInstanceStatus',
  'HeartbeatMessage',
]);

function isReport(type: string, message: Readonly<Record<string, unknown>>): boolean {
  switch (type) {
    case 'PublishMetricsRequest':
      return (
        message['taskMetrics'] === undefined ||
        message['taskMetrics'] === null ||
        Array.isArray(message['taskMetrics'])
      );
    case 'PublishHealthRequest':
      return isListOf(message['tasks'], isTaskHealth);
    case 'PublishInstanceStatusRequest':
      return Array.isArray(message['statuses']);
    default:
      return false;
  }
}

const isTaskHealth = (value: unknown): value is TaskHealth =>
  isRecord(value) && isText(value['taskArn']) && isListOf(value['containers'], isContainerHealth);

const isContainerHealth = (value: unknown): value is ContainerHealth =>
  isRecord(value) &&
  isText(value['containerName']) &&
  (value['healthStatus'] === 'HEALTHY' ||
    value['healthStatus'] === 'UNHEALTHY' ||
    value['healthStatus'] === 'UNKNOWN') &&
  (value['gantryChecks'] === undefined || isListOf(value['gantryChecks'], isCheckResult));

const isCheckResult = (value: unknown): value is HealthCheckResult =>
  isRecord(value) &&
  typeof value['endedAtMs'] === 'number' &&
  typeof value['exitCode'] === 'number' &&
  typeof value['output'] === 'string';

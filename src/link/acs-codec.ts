import type { AcsCommand, AcsReply, ManifestEntry, UnusableFrame } from './acs-messages.ts';
import { decodeFrame, encodeFrame, isListOf, isOptionalText, isRecord, isText } from './envelope.ts';

/** The text of a frame from the control plane or from the agent. */
export const encodeAcs = (frame: AcsCommand | AcsReply): string => encodeFrame(frame.type, frame.message);

/** Reads a frame that the control plane sent. (LNK-2) */
export function decodeAcsCommand(text: string): AcsCommand | UnusableFrame {
  return decodeWith(text, COMMANDS) as AcsCommand | UnusableFrame;
}

/** Reads a frame that an agent sent. (LNK-2) */
export function decodeAcsReply(text: string): AcsReply | UnusableFrame {
  return decodeWith(text, REPLIES) as AcsReply | UnusableFrame;
}

type Message = Readonly<Record<string, unknown>>;
type Checks<Type extends string> = Readonly<Record<Type, (message: Message) => boolean>>;

function decodeWith(text: string, checks: Checks<string>): unknown {
  const frame = decodeFrame(text);
  if (frame === undefined) return { type: 'unusable', claimedType: '' };
  const check = Object.hasOwn(checks, frame.type) ? checks[frame.type] : undefined;
  if (check?.(frame.message) !== true) return { type: 'unusable', claimedType: frame.type };
  return frame;
}

const isManifestEntry = (value: unknown): value is ManifestEntry =>
  isRecord(value) &&
  isText(value['taskArn']) &&
  isOptionalText(value['taskClusterArn']) &&
  (value['desiredStatus'] === 'RUNNING' || value['desiredStatus'] === 'STOPPED');

/** Only what the receiver could not do without is checked here; a task that is wrong inside is the engine's to refuse. */
const isPayloadEntry = (value: unknown): value is Message => isRecord(value) && isText(value['arn']);

const isRoleCredentials = (value: unknown): boolean =>
  isRecord(value) &&
  isText(value['credentialsId']) &&
  ['roleArn', 'accessKeyId', 'secretAccessKey', 'sessionToken', 'expiration'].every(
    (name) => typeof value[name] === 'string',
  );

const namesInstance = (message: Message): boolean =>
  isText(message['messageId']) && isText(message['clusterArn']) && isText(message['containerInstanceArn']);

const acknowledges = (message: Message): boolean =>
  isText(message['messageId']) &&
  isOptionalText(message['cluster']) &&
  isOptionalText(message['containerInstance']);

const COMMANDS: Checks<AcsCommand['type']> = {
  HeartbeatMessage: (message) => isText(message['messageId']),
  PayloadMessage: (message) =>
    namesInstance(message) &&
    Number.isInteger(message['seqNum']) &&
    isListOf(message['tasks'], isPayloadEntry),
  IAMRoleCredentialsMessage: (message) =>
    isText(message['messageId']) &&
    isText(message['taskArn']) &&
    (message['roleType'] === 'TaskApplication' || message['roleType'] === 'TaskExecution') &&
    isRoleCredentials(message['roleCredentials']),
  TaskManifestMessage: (message) =>
    namesInstance(message) &&
    Number.isInteger(message['timeline']) &&
    isListOf(message['tasks'], isManifestEntry),
  TaskStopVerificationAck: (message) =>
    isText(message['messageId']) && isListOf(message['stopTasks'], isManifestEntry),
  StartExecSessionMessage: (message) =>
    ['messageId', 'sessionId', 'taskArn', 'containerName', 'runtimeId'].every((name) =>
      isText(message[name]),
    ) && typeof message['command'] === 'string',
  ErrorMessage: () => true,
  CloseMessage: () => true,
};

const REPLIES: Checks<AcsReply['type']> = {
  AckRequest: acknowledges,
  NackRequest: (message) => acknowledges(message) && isOptionalText(message['reason']),
  HeartbeatAckRequest: (message) => isText(message['messageId']),
  IAMRoleCredentialsAckRequest: (message) =>
    isText(message['messageId']) &&
    isOptionalText(message['credentialsId']) &&
    isOptionalText(message['expiration']),
  TaskStopVerificationMessage: (message) =>
    isText(message['messageId']) && isListOf(message['stopCandidates'], isManifestEntry),
};

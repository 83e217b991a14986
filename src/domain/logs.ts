import type { Instant } from '../lib/clock.ts';
import { parseArn, type Scope } from './arn.ts';

/** What a group costs and can do in AWS. Here the classes differ in name alone. */
export type LogGroupClass = 'STANDARD' | 'INFREQUENT_ACCESS';

/** A group of log streams with one retention. */
export interface LogGroup {
  readonly logGroupName: string;
  /** New for each group, so that one made again under an old name has none of its events. */
  readonly groupId: string;
  readonly createdAt: Instant;
  readonly logGroupClass: LogGroupClass;
  /** Absent: events never expire. */
  readonly retentionInDays?: number | undefined;
  readonly deletionProtectionEnabled: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** One source of events, in order. What it holds is not in this row: events are too many for the store. */
export interface LogStream {
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** New for each stream, like `groupId`. */
  readonly streamId: string;
  readonly groupId: string;
  readonly createdAt: Instant;
}

/** The ARN of a group without the `:*` that some answers append. */
export const logGroupArn = (scope: Scope, logGroupName: string): string =>
  `arn:aws:logs:${scope.region}:${scope.accountId}:log-group:${logGroupName}`;

/** The ARN of a stream. */
export const logStreamArn = (scope: Scope, stream: LogStream): string =>
  `${logGroupArn(scope, stream.logGroupName)}:log-stream:${stream.logStreamName}`;

/**
 * The group name that a `logGroupIdentifier` or a `resourceArn` means: a name, or an ARN of our account and
 * region with or without `:*`. Undefined for an ARN of anything else.
 */
export function logGroupNameOf(scope: Scope, identifier: string): string | undefined {
  if (!identifier.startsWith('arn:')) return identifier;
  const arn = parseArn(identifier);
  if (arn?.service !== 'logs' || arn.region !== scope.region || arn.accountId !== scope.accountId)
    return undefined;
  return /^log-group:([^:]+)(?::\*)?$/.exec(arn.resource)?.[1];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Events of the group with an earlier timestamp have expired; 0 when none ever does. (LOG-5) */
export function expiryCutMs(group: LogGroup, now: Instant): number {
  return group.retentionInDays === undefined ? 0 : now - group.retentionInDays * DAY_MS;
}

import type { LogGroup, LogStream } from '../domain/logs.ts';
import type { Collection, ReadTx } from '../store/store.ts';

/** Log groups by name. */
export const logGroups: Collection<LogGroup> = {
  name: 'log-groups',
  key: (row) => row.logGroupName,
  indexes: {},
};

/** Keyed by group and stream. Neither name has a colon, so the streams of a group stay together, by name. */
export const logStreams: Collection<LogStream, 'group' | 'id'> = {
  name: 'log-streams',
  key: (row) => logStreamKey(row.logGroupName, row.logStreamName),
  indexes: { group: (row) => row.logGroupName, id: (row) => row.streamId },
};

/** The key of a stream's row. */
export const logStreamKey = (logGroupName: string, logStreamName: string): string =>
  `${logGroupName}:${logStreamName}`;

/** The streams of a group whose name starts with `prefix`, by name, after the stream `afterName`. */
export function streamsWithPrefix(
  tx: ReadTx,
  logGroupName: string,
  prefix: string,
  range: { readonly afterName?: string | undefined; readonly limit?: number | undefined } = {},
): readonly LogStream[] {
  const { afterName, limit = Number.POSITIVE_INFINITY } = range;
  const startsAfter = afterName !== undefined && afterName >= prefix ? afterName : undefined;
  const exact =
    startsAfter === undefined && prefix !== ''
      ? tx.get(logStreams, logStreamKey(logGroupName, prefix))
      : undefined;
  const after = logStreamKey(logGroupName, startsAfter ?? prefix);
  const following = tx.find(logStreams, 'group', logGroupName, { after, limit });
  const rows = exact === undefined ? following : [exact, ...following];
  const end = rows.findIndex((row) => !row.logStreamName.startsWith(prefix));
  return rows.slice(0, Math.min(end < 0 ? rows.length : end, limit));
}

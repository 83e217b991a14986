import type { LogEvents } from '../../domain/log-events.ts';
import { createLogGroup } from './create-log-group.ts';
import { createLogStream } from './create-log-stream.ts';
import { deleteLogGroup } from './delete-log-group.ts';
import { deleteLogStream } from './delete-log-stream.ts';
import { deleteRetentionPolicy } from './delete-retention-policy.ts';
import { describeLogGroups } from './describe-log-groups.ts';
import { describeLogStreams } from './describe-log-streams.ts';
import { describeQueries } from './describe-queries.ts';
import { filterLogEvents } from './filter-log-events.ts';
import { getLogEvents } from './get-log-events.ts';
import { getLogRecord } from './get-log-record.ts';
import { getQueryResults } from './get-query-results.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { listTagsLogGroup } from './list-tags-log-group.ts';
import type { LogsOperationRecord } from './operation-record.ts';
import { putLogEvents } from './put-log-events.ts';
import { putLogGroupDeletionProtection } from './put-log-group-deletion-protection.ts';
import { putRetentionPolicy } from './put-retention-policy.ts';
import { queryBook } from './query-book.ts';
import { startLiveTail } from './start-live-tail.ts';
import { startQuery } from './start-query.ts';
import { stopQuery } from './stop-query.ts';
import { tagLogGroup } from './tag-log-group.ts';
import { tagResource } from './tag-resource.ts';
import { untagLogGroup } from './untag-log-group.ts';
import { untagResource } from './untag-resource.ts';

/** The operations of queries, which are kept in memory: they share one book. */
function queryOperations(events: LogEvents): LogsOperationRecord {
  const queries = queryBook();
  return {
    DescribeQueries: describeQueries(queries),
    GetLogRecord: getLogRecord(events),
    GetQueryResults: getQueryResults(queries),
    StartQuery: startQuery(events, queries),
    StopQuery: stopQuery(queries),
  };
}

/** Every CloudWatch Logs operation that is there, by its AWS name. Events are kept in `events`, the rest in the store. */
export const logsOperations = (events: LogEvents): LogsOperationRecord => ({
  ...queryOperations(events),
  CreateLogGroup: createLogGroup,
  CreateLogStream: createLogStream,
  DeleteLogGroup: deleteLogGroup(events),
  DeleteLogStream: deleteLogStream(events),
  DeleteRetentionPolicy: deleteRetentionPolicy,
  DescribeLogGroups: describeLogGroups(events),
  DescribeLogStreams: describeLogStreams(events),
  FilterLogEvents: filterLogEvents(events),
  GetLogEvents: getLogEvents(events),
  ListTagsForResource: listTagsForResource,
  ListTagsLogGroup: listTagsLogGroup,
  PutLogEvents: putLogEvents(events),
  PutLogGroupDeletionProtection: putLogGroupDeletionProtection,
  PutRetentionPolicy: putRetentionPolicy,
  StartLiveTail: startLiveTail(events),
  TagLogGroup: tagLogGroup,
  TagResource: tagResource,
  UntagLogGroup: untagLogGroup,
  UntagResource: untagResource,
});

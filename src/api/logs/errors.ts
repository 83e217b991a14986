import { clientError, ServiceError } from '../../lib/service-error.ts';

const invalid = (message: string): ServiceError => clientError('InvalidParameterException', message);
const notFound = (message: string): ServiceError => clientError('ResourceNotFoundException', message);
const alreadyExists = (message: string): ServiceError =>
  clientError('ResourceAlreadyExistsException', message);

/** Every error of the CloudWatch Logs operations, with the code and the literal text of the service. */
export const logsErrors = {
  groupNotFound: () => notFound('The specified log group does not exist.'),
  streamNotFound: () => notFound('The specified log stream does not exist.'),
  groupExists: () => alreadyExists('The specified log group already exists'),
  streamExists: () => alreadyExists('The specified log stream already exists'),
  groupProtected: () =>
    clientError('ValidationException', 'The specified log group has deletion protection enabled.'),
  tooManyTags: () => clientError('TooManyTagsException', 'A resource can have no more than 50 tags.'),
  invalidToken: () => invalid('The specified nextToken is invalid.'),
  groupNameMissing: () => invalid('Either logGroupName or logGroupIdentifier is required.'),
  groupNameAndIdentifier: () => invalid('LogGroup name and LogGroup ARN are mutually exclusive parameters.'),
  invalidIdentifier: () => invalid('The specified log group identifier is invalid.'),
  prefixAndPattern: () =>
    invalid('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.'),
  identifiersAlone: () => invalid('LogGroup identifiers cannot be combined with another filter.'),
  orderWithPrefix: () => invalid('Cannot order by LastEventTime with a logStreamNamePrefix.'),
  streamNamesAndPrefix: () => invalid('Only one of logStreamNames or logStreamNamePrefixes can be provided.'),
  tooManyStreamNames: (count: number) =>
    invalid(
      `1 validation error detected: Value of length '${count}' at 'logStreamNames' failed to satisfy constraint: Member must have length less than or equal to 100`,
    ),
  retentionDays: (days: number, allowed: readonly number[]) =>
    invalid(
      `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(', ')}]`,
    ),
  notChronological: () =>
    invalid('Log events in a single PutLogEvents request must be in chronological order.'),
  batchSpan: () =>
    invalid('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.'),
  uploadTooLarge: (bytes: number, maxBytes: number) =>
    invalid(`Upload too large: ${bytes} bytes exceeds limit of ${maxBytes}`),
  patternTooLong: (pattern: string) =>
    invalid(
      `1 validation error detected: Value '${pattern.slice(0, 256)}…' at 'filterPattern' failed to satisfy constraint: Member must have length less than or equal to 1024`,
    ),
  invalidPattern: () => invalid('Invalid filter pattern'),
  latestFirstTooEarly: () =>
    invalid('startFromHead can be false only when startTime is on or after Jan 1, 2024 00:00:00 UTC.'),
  liveTailGroups: (maxCount: number) =>
    invalid(`A session must have 1 to ${maxCount} log groups in logGroupIdentifiers.`),
  liveTailStreams: () =>
    invalid('logStreamNames and logStreamNamePrefixes can be given for one log group only.'),
  queryGroupNotFound: (name: string, accountId: string) =>
    notFound(`Log group '${name}' does not exist for account ID '${accountId}'`),
  queryNotFound: () => notFound('The specified query does not exist.'),
  recordNotFound: () => notFound('The specified log record does not exist.'),
  invalidPointer: () => invalid('The specified logRecordPointer is invalid.'),
  oneGroupList: () =>
    invalid('Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be given.'),
  tooManyGroups: (maxCount: number) => invalid(`A query can have at most ${maxCount} log groups.`),
  queryTimes: () => invalid('The end time of a query must not be before its start time.'),
  queryTooLong: (maxCount: number) =>
    invalid(
      `1 validation error detected: Value at 'queryString' failed to satisfy constraint: Member must have length less than or equal to ${maxCount}`,
    ),
  queryLimit: (limit: number) =>
    invalid(
      `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000`,
    ),
  tooManyQueries: () => clientError('LimitExceededException', 'Resource limit exceeded.'),
  queryHasEnded: (status: string) => invalid(`The query has ended: its status is ${status}.`),
  malformedQuery: (message: string, at: { readonly start: number; readonly end: number }) =>
    new ServiceError('MalformedQueryException', message, {
      members: {
        queryCompileError: { location: { startCharOffset: at.start, endCharOffset: at.end }, message },
      },
    }),
  unsupportedMember: (member: string) => invalid(`${member} is not supported yet.`),
} as const;

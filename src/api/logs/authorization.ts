import { logGroupArn, logGroupNameOf } from '../../domain/logs.ts';
import { logGroups } from '../../records/logs.ts';
import type { LogsOperations } from '../../shapes/generated/logs.ts';
import {
  type AccessCheck,
  type AccessDeclaration,
  type AccessDeclarations,
  type AccessScene,
  tagEntries,
  withoutResource,
} from '../authorization.ts';

/** How requests name a group: by name, or by name or ARN. */
interface GroupInput {
  readonly logGroupName?: string | undefined;
  readonly logGroupIdentifier?: string | undefined;
}

const nameOf = ({ installation }: AccessScene, { logGroupName, logGroupIdentifier }: GroupInput): string =>
  logGroupName ?? logGroupNameOf(installation, logGroupIdentifier ?? '') ?? logGroupIdentifier ?? '';

const groupTags =
  ({ tx }: AccessScene, name: string) =>
  () =>
    tagEntries(tx.get(logGroups, name)?.tags);

/** AWS names the stream of a group's own actions too, and leaves it empty: policies end in `:*`. (AUTH-12) */
function onStream(scene: AccessScene, input: GroupInput, stream: string): AccessCheck {
  const name = nameOf(scene, input);
  return {
    resource: `${logGroupArn(scene.installation, name)}:log-stream:${stream}`,
    resourceTags: groupTags(scene, name),
  };
}

const onGroup: AccessDeclaration<GroupInput> = (input, scene) => [onStream(scene, input, '')];

const onOneStream: AccessDeclaration<GroupInput & { readonly logStreamName: string }> = (input, scene) => [
  onStream(scene, input, input.logStreamName),
];

/** Tags are of the group itself, without a stream in its ARN. */
function onTagged(scene: AccessScene, arn: string): AccessCheck {
  const name = logGroupNameOf(scene.installation, arn);
  return name === undefined
    ? { resource: arn }
    : { resource: logGroupArn(scene.installation, name), resourceTags: groupTags(scene, name) };
}

/** CloudWatch Logs operations with the permissions that they need. (AUTH-11; Service Authorization Reference) */
export const logsAuthorization: Partial<AccessDeclarations<LogsOperations>> = {
  CreateLogGroup: (input, scene) => {
    const requestTags = tagEntries(input.tags);
    const check = { ...onStream(scene, input, ''), requestTags };
    const resource = logGroupArn(scene.installation, input.logGroupName);
    return requestTags.length === 0
      ? [check]
      : [check, { action: 'logs:TagResource', resource, requestTags }];
  },
  CreateLogStream: onOneStream,
  DeleteLogGroup: onGroup,
  DeleteLogStream: onOneStream,
  DeleteRetentionPolicy: onGroup,
  DescribeLogGroups: (_input, scene) => [onStream(scene, { logGroupName: '' }, '')],
  DescribeLogStreams: onGroup,
  DescribeQueries: withoutResource,
  FilterLogEvents: onGroup,
  GetLogEvents: onOneStream,
  GetLogGroupFields: onGroup,
  GetLogRecord: withoutResource,
  GetQueryResults: withoutResource,
  ListTagsForResource: ({ resourceArn }, scene) => [onTagged(scene, resourceArn)],
  ListTagsLogGroup: onGroup,
  PutLogEvents: onOneStream,
  PutLogGroupDeletionProtection: onGroup,
  PutRetentionPolicy: onGroup,
  StartLiveTail: ({ logGroupIdentifiers }, scene) =>
    logGroupIdentifiers.map((logGroupIdentifier) => onStream(scene, { logGroupIdentifier }, '')),
  StartQuery: ({ logGroupName, logGroupNames = [], logGroupIdentifiers = [] }, scene) =>
    [logGroupName ?? [], logGroupNames, logGroupIdentifiers]
      .flat()
      .map((logGroupIdentifier) => onStream(scene, { logGroupIdentifier }, '')),
  StopQuery: withoutResource,
  TagLogGroup: (input, scene) => [{ ...onStream(scene, input, ''), requestTags: tagEntries(input.tags) }],
  TagResource: ({ resourceArn, tags }, scene) => [
    { ...onTagged(scene, resourceArn), requestTags: tagEntries(tags) },
  ],
  UntagLogGroup: (input, scene) => [{ ...onStream(scene, input, ''), tagKeys: input.tags }],
  UntagResource: ({ resourceArn, tagKeys }, scene) => [{ ...onTagged(scene, resourceArn), tagKeys }],
};

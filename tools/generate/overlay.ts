import type { Constraints, MemberTable } from '../../src/shapes/table.ts';

/** What we know about a service beyond its package. Keys are `Shape.member`. */
export interface Overlay {
  /** Members that only the service's own agent sends or reads. */
  readonly members: Readonly<Record<string, MemberTable>>;
  /** Numbers of another kind than the service's usual one. */
  readonly numbers: Readonly<Record<string, 'integer' | 'long' | 'double'>>;
  /** Bounds that the service enforces before the operation runs. */
  readonly constraints: Readonly<Record<string, Constraints>>;
  /** Operations that may be called without a signature. */
  readonly unsigned: readonly string[];
}

const NOTHING: Overlay = { members: {}, numbers: {}, constraints: {}, unsigned: [] };

const TOKEN: Constraints = { minLength: 1 };
const LOG_GROUP: Constraints = { minLength: 1, maxLength: 512, pattern: '[\\.\\-_/#A-Za-z0-9]+' };
const LOG_STREAM: Constraints = { minLength: 1, maxLength: 512, pattern: '[^:*]*' };
const IAM_NAME: Constraints = { minLength: 1, maxLength: 64, pattern: '[\\w+=,.@-]+' };
const IAM_LONG_NAME: Constraints = { minLength: 1, maxLength: 128, pattern: '[\\w+=,.@-]+' };
const IAM_ARN: Constraints = { minLength: 20, maxLength: 2048 };
const IAM_DOCUMENT: Constraints = {
  minLength: 1,
  maxLength: 131072,
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
};
const IAM_DESCRIPTION: Constraints = {
  maxLength: 1000,
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*',
};
const SESSION_NAME: Constraints = { minLength: 2, maxLength: 64, pattern: '[\\w+=,.@-]*' };
const REPOSITORY: Constraints = {
  minLength: 2,
  maxLength: 256,
  pattern: '[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*',
};

/** The same bounds for one member name in many structures. */
const each = (
  structures: readonly string[],
  member: string,
  bounds: Constraints,
): Record<string, Constraints> =>
  Object.fromEntries(structures.map((structure) => [`${structure}.${member}`, bounds]));

const ecs: Overlay = {
  members: {
    'DiscoverPollEndpointRequest.zoneId': { type: 'string' },
    'DiscoverPollEndpointResponse.systemLogsEndpoint': { type: 'string' },
    'RegisterContainerInstanceRequest.clientToken': { type: 'string' },
  },
  numbers: {
    'Resource.longValue': 'long',
    'Resource.doubleValue': 'double',
    'Scale.value': 'double',
    'Task.version': 'long',
    'ContainerInstance.version': 'long',
    'LinearConfiguration.stepPercent': 'double',
    'CanaryConfiguration.canaryPercent': 'double',
    'ServiceRevisionSummary.requestedTestTrafficWeight': 'double',
    'ServiceRevisionSummary.requestedProductionTrafficWeight': 'double',
    'MemoryGiBPerVCpuRequest.min': 'double',
    'MemoryGiBPerVCpuRequest.max': 'double',
    'NetworkBandwidthGbpsRequest.min': 'double',
    'NetworkBandwidthGbpsRequest.max': 'double',
    'TotalLocalStorageGBRequest.min': 'double',
    'TotalLocalStorageGBRequest.max': 'double',
    'DaemonDeploymentConfiguration.drainPercent': 'double',
  },
  constraints: {},
  unsigned: [],
};

const logs: Overlay = {
  members: {},
  numbers: { 'MetricTransformation.defaultValue': 'double' },
  constraints: {
    ...each(
      [
        'CreateLogGroupRequest',
        'DeleteLogGroupRequest',
        'CreateLogStreamRequest',
        'DeleteLogStreamRequest',
        'PutLogEventsRequest',
        'PutRetentionPolicyRequest',
        'DeleteRetentionPolicyRequest',
        'GetLogEventsRequest',
        'FilterLogEventsRequest',
        'DescribeLogStreamsRequest',
      ],
      'logGroupName',
      LOG_GROUP,
    ),
    ...each(
      ['CreateLogStreamRequest', 'DeleteLogStreamRequest', 'PutLogEventsRequest', 'GetLogEventsRequest'],
      'logStreamName',
      LOG_STREAM,
    ),
    ...each(['DescribeLogGroupsRequest', 'DescribeLogStreamsRequest'], 'limit', { min: 1, max: 50 }),
    ...each(['GetLogEventsRequest', 'FilterLogEventsRequest'], 'limit', { min: 1, max: 10000 }),
    ...each(
      ['GetLogEventsRequest', 'FilterLogEventsRequest', 'DescribeLogGroupsRequest'],
      'nextToken',
      TOKEN,
    ),
    'PutLogEventsRequest.logEvents': { minLength: 1, maxLength: 10000 },
    'InputLogEvent.timestamp': { min: 0 },
    'InputLogEvent.message': { minLength: 1 },
  },
  unsigned: [],
};

const ROLE_OPERATIONS = [
  'CreateRole',
  'GetRole',
  'DeleteRole',
  'UpdateRole',
  'UpdateAssumeRolePolicy',
  'AttachRolePolicy',
  'DetachRolePolicy',
  'ListAttachedRolePolicies',
  'PutRolePolicy',
  'GetRolePolicy',
  'DeleteRolePolicy',
  'ListRolePolicies',
  'TagRole',
  'UntagRole',
  'ListRoleTags',
  'ListInstanceProfilesForRole',
].map((name) => `${name}Request`);

const iam: Overlay = {
  members: {},
  numbers: {},
  constraints: {
    ...each(ROLE_OPERATIONS, 'RoleName', IAM_NAME),
    'CreateUserRequest.UserName': IAM_NAME,
    ...each(['TagUserRequest', 'UntagUserRequest'], 'UserName', IAM_LONG_NAME),
    ...each(['GetUserRequest', 'DeleteUserRequest', 'PutUserPolicyRequest'], 'UserName', IAM_LONG_NAME),
    ...each(
      ['PutRolePolicyRequest', 'GetRolePolicyRequest', 'DeleteRolePolicyRequest'],
      'PolicyName',
      IAM_LONG_NAME,
    ),
    ...each(
      ['PutUserPolicyRequest', 'GetUserPolicyRequest', 'CreatePolicyRequest'],
      'PolicyName',
      IAM_LONG_NAME,
    ),
    ...each(['AttachRolePolicyRequest', 'DetachRolePolicyRequest', 'GetPolicyRequest'], 'PolicyArn', IAM_ARN),
    ...each(
      ['PutRolePolicyRequest', 'CreatePolicyRequest', 'PutUserPolicyRequest'],
      'PolicyDocument',
      IAM_DOCUMENT,
    ),
    'CreateRoleRequest.AssumeRolePolicyDocument': IAM_DOCUMENT,
    'CreateRoleRequest.MaxSessionDuration': { min: 3600, max: 43200 },
    'CreateRoleRequest.Description': IAM_DESCRIPTION,
    'UpdateRoleRequest.Description': IAM_DESCRIPTION,
    'UpdateRoleRequest.MaxSessionDuration': { min: 3600, max: 43200 },
    ...each(
      ['ListRolesRequest', 'ListUsersRequest', 'ListPoliciesRequest', 'ListAccessKeysRequest'],
      'MaxItems',
      { min: 1, max: 1000 },
    ),
    'Tag.Key': { minLength: 1, maxLength: 128, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+' },
    'Tag.Value': { maxLength: 256, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*' },
  },
  unsigned: [],
};

const sts: Overlay = {
  members: {},
  numbers: {},
  constraints: {
    'AssumeRoleRequest.RoleArn': IAM_ARN,
    'AssumeRoleRequest.RoleSessionName': SESSION_NAME,
    'AssumeRoleRequest.DurationSeconds': { min: 900, max: 43200 },
    'AssumeRoleWithWebIdentityRequest.RoleArn': IAM_ARN,
    'AssumeRoleWithWebIdentityRequest.RoleSessionName': SESSION_NAME,
    'AssumeRoleWithWebIdentityRequest.DurationSeconds': { min: 900, max: 43200 },
    'GetSessionTokenRequest.DurationSeconds': { min: 900, max: 129600 },
  },
  unsigned: ['AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML'],
};

const REPOSITORY_OPERATIONS = [
  'CreateRepository',
  'DeleteRepository',
  'DescribeImages',
  'ListImages',
  'BatchGetImage',
  'BatchDeleteImage',
  'PutImage',
  'PutImageTagMutability',
  'PutImageScanningConfiguration',
  'PutLifecyclePolicy',
  'GetLifecyclePolicy',
  'DeleteLifecyclePolicy',
  'SetRepositoryPolicy',
  'GetRepositoryPolicy',
  'DeleteRepositoryPolicy',
].map((name) => `${name}Request`);

const ecr: Overlay = {
  members: {},
  numbers: { 'CvssScore.baseScore': 'double', 'EnhancedImageScanFinding.score': 'double' },
  constraints: {
    ...each(REPOSITORY_OPERATIONS, 'repositoryName', REPOSITORY),
    ...each(['BatchGetImageRequest', 'BatchDeleteImageRequest', 'DescribeImagesRequest'], 'imageIds', {
      minLength: 1,
      maxLength: 100,
    }),
    ...each(['DescribeRepositoriesRequest', 'DescribeImagesRequest', 'ListImagesRequest'], 'maxResults', {
      min: 1,
      max: 1000,
    }),
    'DescribeRepositoriesRequest.repositoryNames': { minLength: 1, maxLength: 100 },
  },
  unsigned: [],
};

const SECRET_ID: Constraints = { minLength: 1, maxLength: 2048 };
const CLIENT_TOKEN: Constraints = { minLength: 32, maxLength: 64 };
const STAGE: Constraints = { minLength: 1, maxLength: 256 };

const SECRET_OPERATIONS = [
  'DeleteResourcePolicy',
  'DeleteSecret',
  'DescribeSecret',
  'GetResourcePolicy',
  'GetSecretValue',
  'ListSecretVersionIds',
  'PutResourcePolicy',
  'PutSecretValue',
  'RestoreSecret',
  'TagResource',
  'UntagResource',
  'UpdateSecret',
  'UpdateSecretVersionStage',
].map((name) => `${name}Request`);

/** The values themselves have no bounds here: the text of a bound repeats the value. */
const secretsmanager: Overlay = {
  members: {},
  numbers: {},
  constraints: {
    ...each(SECRET_OPERATIONS, 'SecretId', SECRET_ID),
    ...each(
      ['CreateSecretRequest', 'PutSecretValueRequest', 'UpdateSecretRequest'],
      'ClientRequestToken',
      CLIENT_TOKEN,
    ),
    ...each(['CreateSecretRequest', 'UpdateSecretRequest'], 'Description', { maxLength: 2048 }),
    ...each(['ListSecretsRequest', 'ListSecretVersionIdsRequest'], 'MaxResults', { min: 1, max: 100 }),
    'BatchGetSecretValueRequest.MaxResults': { min: 1, max: 20 },
    'BatchGetSecretValueRequest.SecretIdList': { minLength: 1, maxLength: 20 },
    'GetRandomPasswordRequest.PasswordLength': { min: 1, max: 4096 },
    'GetRandomPasswordRequest.ExcludeCharacters': { maxLength: 4096 },
    'PutSecretValueRequest.VersionStages': { minLength: 1, maxLength: 20 },
    'UpdateSecretVersionStageRequest.VersionStage': STAGE,
    'GetSecretValueRequest.VersionStage': STAGE,
    'GetSecretValueRequest.VersionId': CLIENT_TOKEN,
  },
  unsigned: [],
};

const ssm: Overlay = {
  members: {},
  numbers: {},
  constraints: {
    ...each(['GetParametersRequest', 'DeleteParametersRequest'], 'Names', { minLength: 1, maxLength: 10 }),
    ...each(['LabelParameterVersionRequest', 'UnlabelParameterVersionRequest'], 'Labels', {
      minLength: 1,
      maxLength: 10,
    }),
    ...each(['DescribeParametersRequest', 'GetParameterHistoryRequest'], 'MaxResults', { min: 1, max: 50 }),
    'GetParametersByPathRequest.MaxResults': { min: 1, max: 10 },
    ...each(['PutParameterRequest', 'GetParameterRequest', 'DeleteParameterRequest'], 'Name', {
      minLength: 1,
      maxLength: 2048,
    }),
    'PutParameterRequest.Description': { maxLength: 1024 },
  },
  unsigned: [],
};

const OVERLAYS: Readonly<Record<string, Overlay>> = { ecs, ecr, logs, iam, sts, secretsmanager, ssm };

/** The additions to a service; none for one that needs none. Every key must name something that exists. */
export const overlayOf = (service: string): Overlay => OVERLAYS[service] ?? NOTHING;

import { allowAll, type ManagedStatement, of } from './statement.ts';

const PULL = of(
  'ecr',
  'GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer BatchGetImage',
);

const READ = of(
  'ecr',
  'GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer GetRepositoryPolicy DescribeRepositories ListImages DescribeImages BatchGetImage GetLifecyclePolicy GetLifecyclePolicyPreview ListTagsForResource DescribeImageScanFindings',
);

const PUSH = of('ecr', 'InitiateLayerUpload UploadLayerPart CompleteLayerUpload PutImage');

/** `AmazonECSTaskExecutionRolePolicy` v1: pulls images and writes logs. No log group, no secret, no parameter. */
export const TASK_EXECUTION: readonly ManagedStatement[] = [
  allowAll(...PULL, ...of('logs', 'CreateLogStream PutLogEvents')),
];

/** `AmazonEC2ContainerRegistryReadOnly` v3. */
export const REGISTRY_READ_ONLY: readonly ManagedStatement[] = [allowAll(...READ)];

/** `AmazonEC2ContainerRegistryPowerUser` v3. */
export const REGISTRY_POWER_USER: readonly ManagedStatement[] = [allowAll(...READ, ...PUSH)];

/** `AmazonEC2ContainerServiceforEC2Role` v10: what an agent calls. */
export const CONTAINER_INSTANCE: readonly ManagedStatement[] = [
  allowAll(
    'ec2:DescribeTags',
    ...of(
      'ecs',
      'CreateCluster DeregisterContainerInstance DiscoverPollEndpoint Poll RegisterContainerInstance StartTelemetrySession UpdateContainerInstancesState Submit*',
    ),
    ...PULL,
    ...of('logs', 'CreateLogStream PutLogEvents'),
  ),
  {
    Effect: 'Allow',
    Action: 'ecs:TagResource',
    Resource: '*',
    Condition: { StringEquals: { 'ecs:CreateAction': ['CreateCluster', 'RegisterContainerInstance'] } },
  },
  {
    Effect: 'Allow',
    Action: 'ecs:ListTagsForResource',
    Resource: ['arn:aws:ecs:*:*:task/*/*', 'arn:aws:ecs:*:*:container-instance/*/*'],
  },
];

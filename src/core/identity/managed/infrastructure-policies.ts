import { ec2Arns, type ManagedStatement, of } from './statement.ts';

const MANAGED_TAG = { StringEquals: { 'aws:RequestTag/AmazonECSManaged': 'true' } };

/** `AmazonECSInfrastructureRolePolicyForManagedInstances` v11. */
export const MANAGED_INSTANCES: readonly ManagedStatement[] = [
  {
    Sid: 'CreateLaunchTemplateForManagedInstances',
    Effect: 'Allow',
    Action: 'ec2:CreateLaunchTemplate',
    Resource: ec2Arns('launch-template'),
    Condition: MANAGED_TAG,
  },
  {
    Sid: 'CreateLaunchTemplateVersionsForManagedInstances',
    Effect: 'Allow',
    Action: of('ec2', 'CreateLaunchTemplateVersion ModifyLaunchTemplate'),
    Resource: ec2Arns('launch-template'),
    Condition: { StringEquals: { 'ec2:ManagedResourceOperator': 'ecs.amazonaws.com' } },
  },
  {
    Sid: 'ProvisionEC2InstancesForManagedInstances',
    Effect: 'Allow',
    Action: 'ec2:CreateFleet',
    Resource: ec2Arns('fleet instance network-interface launch-template volume'),
    Condition: MANAGED_TAG,
  },
  {
    Sid: 'CreateFleetForSupportingResources',
    Effect: 'Allow',
    Action: 'ec2:CreateFleet',
    Resource: ec2Arns('subnet security-group image'),
  },
  {
    Sid: 'RunInstancesForManagedInstances',
    Effect: 'Allow',
    Action: 'ec2:RunInstances',
    Resource: ec2Arns('instance volume network-interface'),
    Condition: MANAGED_TAG,
  },
  {
    Sid: 'RunInstancesForECSManagedLaunchTemplates',
    Effect: 'Allow',
    Action: 'ec2:RunInstances',
    Resource: ec2Arns('launch-template'),
    Condition: { StringEquals: { 'ec2:ResourceTag/AmazonECSManaged': 'true' } },
  },
  {
    Sid: 'RunInstancesForSupportingResources',
    Effect: 'Allow',
    Action: 'ec2:RunInstances',
    Resource: [...ec2Arns('subnet security-group image'), 'arn:aws:resource-groups:*:*:group/*'],
  },
  {
    Sid: 'TagOnCreateEC2ResourcesForManagedInstances',
    Effect: 'Allow',
    Action: 'ec2:CreateTags',
    Resource: ec2Arns('fleet launch-template network-interface instance volume'),
    Condition: {
      StringEquals: { 'ec2:CreateAction': ['CreateFleet', 'CreateLaunchTemplate', 'RunInstances'] },
    },
  },
  {
    Sid: 'PassInstanceRoleForManagedInstances',
    Effect: 'Allow',
    Action: 'iam:PassRole',
    Resource: 'arn:aws:iam::*:role/ecsInstanceRole*',
    Condition: { StringLike: { 'iam:PassedToService': 'ec2.*' } },
  },
  {
    Sid: 'CreateServiceLinkedRoleForEC2Spot',
    Effect: 'Allow',
    Action: 'iam:CreateServiceLinkedRole',
    Resource: 'arn:aws:iam::*:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot',
  },
  {
    Sid: 'DescribeEC2ResourcesManagedByECS',
    Effect: 'Allow',
    Action: of(
      'ec2',
      'DescribeInstances DescribeInstanceTypes DescribeLaunchTemplates DescribeNetworkInterfaces DescribeInstanceTypeOfferings DescribeAvailabilityZones DescribeSecurityGroups DescribeSubnets DescribeVpcs DescribeCapacityReservations',
    ),
    Resource: '*',
  },
  {
    Sid: 'ListResourceGroupResources',
    Effect: 'Allow',
    Action: [
      'resource-groups:ListGroupResources',
      'cloudformation:DescribeStacks',
      'cloudformation:ListStackResources',
      'tag:GetResources',
    ],
    Resource: '*',
  },
];

const loadBalancerArn = (resource: string): string => `arn:aws:elasticloadbalancing:*:*:${resource}`;

/** `AmazonECSInfrastructureRolePolicyForLoadBalancers` v6. */
export const LOAD_BALANCERS: readonly ManagedStatement[] = [
  {
    Sid: 'ELBReadOperations',
    Effect: 'Allow',
    Action: of(
      'elasticloadbalancing',
      'DescribeListeners DescribeRules DescribeTargetGroups DescribeTargetHealth',
    ),
    Resource: '*',
  },
  {
    Sid: 'TargetGroupOperations',
    Effect: 'Allow',
    Action: of('elasticloadbalancing', 'RegisterTargets DeregisterTargets'),
    Resource: loadBalancerArn('targetgroup/*/*'),
  },
  {
    Sid: 'ALBModifyListeners',
    Effect: 'Allow',
    Action: 'elasticloadbalancing:ModifyListener',
    Resource: loadBalancerArn('listener/app/*/*/*'),
  },
  {
    Sid: 'NLBModifyListeners',
    Effect: 'Allow',
    Action: 'elasticloadbalancing:ModifyListener',
    Resource: loadBalancerArn('listener/net/*/*/*'),
  },
  {
    Sid: 'ALBModifyRules',
    Effect: 'Allow',
    Action: 'elasticloadbalancing:ModifyRule',
    Resource: loadBalancerArn('listener-rule/app/*/*/*/*'),
  },
];

/** `AmazonECSInstanceRolePolicyForManagedInstances` v3. */
export const MANAGED_INSTANCE: readonly ManagedStatement[] = [
  { Effect: 'Allow', Action: 'ecs:DiscoverPollEndpoint', Resource: '*' },
  {
    Effect: 'Allow',
    Action: of('ecs', 'RegisterContainerInstance SubmitAttachmentStateChanges SubmitTaskStateChange'),
    Resource: 'arn:aws:ecs:*:*:cluster/*',
  },
  {
    Effect: 'Allow',
    Action: of('ecs', 'Poll StartTelemetrySession PutSystemLogEvents'),
    Resource: 'arn:aws:ecs:*:*:container-instance/*',
  },
];

/** `AmazonEC2ContainerServiceEventsRole` v3: rules and schedules that run tasks. */
export const EVENTS: readonly ManagedStatement[] = [
  { Effect: 'Allow', Action: ['ecs:RunTask'], Resource: ['*'] },
  {
    Effect: 'Allow',
    Action: 'iam:PassRole',
    Resource: ['*'],
    Condition: { StringLike: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  },
  {
    Effect: 'Allow',
    Action: 'ecs:TagResource',
    Resource: '*',
    Condition: { StringEquals: { 'ecs:CreateAction': ['RunTask'] } },
  },
];

/** `AmazonSSMManagedInstanceCore` v2: hosts of ECS Anywhere, and ECS Exec. */
export const SSM_MANAGED_INSTANCE: readonly ManagedStatement[] = [
  {
    Effect: 'Allow',
    Action: of(
      'ssm',
      'DescribeAssociation GetDeployablePatchSnapshotForInstance GetDocument DescribeDocument GetManifest GetParameter GetParameters ListAssociations ListInstanceAssociations PutInventory PutComplianceItems PutConfigurePackageResult UpdateAssociationStatus UpdateInstanceAssociationStatus UpdateInstanceInformation',
    ),
    Resource: '*',
  },
  {
    Effect: 'Allow',
    Action: of('ssmmessages', 'CreateControlChannel CreateDataChannel OpenControlChannel OpenDataChannel'),
    Resource: '*',
  },
  {
    Effect: 'Allow',
    Action: of(
      'ec2messages',
      'AcknowledgeMessage DeleteMessage FailMessage GetEndpoint GetMessages SendReply',
    ),
    Resource: '*',
  },
];

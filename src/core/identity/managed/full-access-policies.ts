import { allowAll, type ManagedStatement, of } from './statement.ts';

/** `AdministratorAccess` v1. */
export const ADMINISTRATOR: readonly ManagedStatement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }];

/** `CloudWatchLogsFullAccess` v3. */
export const LOGS_FULL: readonly ManagedStatement[] = [
  {
    Sid: 'CloudWatchLogsFullAccess',
    ...allowAll('logs:*', 'cloudwatch:GenerateQuery', 'cloudwatch:GenerateQueryResultsSummary'),
  },
];

/** `AmazonS3ReadOnlyAccess` v3. */
export const S3_READ_ONLY: readonly ManagedStatement[] = [
  allowAll(...of('s3', 'Get* List* Describe*'), ...of('s3-object-lambda', 'Get* List*')),
];

const PASSED_TO = 'iam:PassedToService';

/** `AmazonECS_FullAccess` v20: ECS and what its console uses around it. */
export const ECS_FULL: readonly ManagedStatement[] = [
  {
    Effect: 'Allow',
    Action: [
      ...of(
        'application-autoscaling',
        'DeleteScalingPolicy DeregisterScalableTarget DescribeScalableTargets DescribeScalingActivities DescribeScalingPolicies PutScalingPolicy RegisterScalableTarget',
      ),
      ...of(
        'appmesh',
        'DescribeVirtualGateway DescribeVirtualNode ListMeshes ListVirtualGateways ListVirtualNodes',
      ),
      ...of(
        'autoscaling',
        'CreateAutoScalingGroup CreateLaunchConfiguration DeleteAutoScalingGroup DeleteLaunchConfiguration Describe* UpdateAutoScalingGroup',
      ),
      ...of('cloudformation', 'CreateStack DeleteStack DescribeStack* UpdateStack'),
      ...of('cloudwatch', 'DeleteAlarms DescribeAlarms GetMetricStatistics PutMetricAlarm'),
      ...of(
        'codedeploy',
        'BatchGetApplicationRevisions BatchGetApplications BatchGetDeploymentGroups BatchGetDeployments ContinueDeployment CreateApplication CreateDeployment CreateDeploymentGroup GetApplication GetApplicationRevision GetDeployment GetDeploymentConfig GetDeploymentGroup GetDeploymentTarget ListApplicationRevisions ListApplications ListDeploymentConfigs ListDeploymentGroups ListDeployments ListDeploymentTargets RegisterApplicationRevision StopDeployment',
      ),
      ...of(
        'ec2',
        'AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupIngress CancelSpotFleetRequests CreateInternetGateway CreateLaunchTemplate CreateRoute CreateRouteTable CreateSecurityGroup CreateSubnet CreateVpc DeleteLaunchTemplate DeleteSubnet DeleteVpc Describe* DetachInternetGateway DisassociateRouteTable ModifySubnetAttribute ModifyVpcAttribute RequestSpotFleet RunInstances',
      ),
      'ecs:*',
      ...of('elasticfilesystem', 'DescribeAccessPoints DescribeFileSystems'),
      ...of(
        'elasticloadbalancing',
        'CreateListener CreateLoadBalancer CreateRule CreateTargetGroup DeleteListener DeleteLoadBalancer DeleteRule DeleteTargetGroup DescribeListeners DescribeLoadBalancers DescribeRules DescribeTargetGroups',
      ),
      ...of(
        'events',
        'DeleteRule DescribeRule ListRuleNamesByTarget ListTargetsByRule PutRule PutTargets RemoveTargets',
      ),
      'fsx:DescribeFileSystems',
      ...of('iam', 'ListAttachedRolePolicies ListInstanceProfiles ListRoles'),
      'lambda:ListFunctions',
      ...of('logs', 'CreateLogGroup DescribeLogGroups FilterLogEvents'),
      ...of(
        'route53',
        'CreateHostedZone DeleteHostedZone GetHealthCheck GetHostedZone ListHostedZonesByName',
      ),
      ...of(
        'servicediscovery',
        'CreatePrivateDnsNamespace CreateService DeleteService GetNamespace GetOperation GetService ListNamespaces ListServices UpdateService',
      ),
      'sns:ListTopics',
    ],
    Resource: ['*'],
  },
  {
    Effect: 'Allow',
    Action: of('ssm', 'GetParameter GetParameters GetParametersByPath'),
    Resource: 'arn:aws:ssm:*:*:parameter/aws/service/ecs*',
  },
  {
    Effect: 'Allow',
    Action: of('ec2', 'DeleteInternetGateway DeleteRoute DeleteRouteTable DeleteSecurityGroup'),
    Resource: ['*'],
    Condition: { StringLike: { 'ec2:ResourceTag/aws:cloudformation:stack-name': 'EC2ContainerService-*' } },
  },
  {
    Effect: 'Allow',
    Action: 'iam:PassRole',
    Resource: ['*'],
    Condition: { StringLike: { [PASSED_TO]: 'ecs-tasks.amazonaws.com' } },
  },
  {
    Effect: 'Allow',
    Action: 'iam:PassRole',
    Resource: ['arn:aws:iam::*:role/ecsInstanceRole*'],
    Condition: { StringLike: { [PASSED_TO]: ['ec2.amazonaws.com', 'ec2.amazonaws.com.cn'] } },
  },
  {
    Effect: 'Allow',
    Action: 'iam:PassRole',
    Resource: ['arn:aws:iam::*:role/ecsAutoscaleRole*'],
    Condition: {
      StringLike: {
        [PASSED_TO]: ['application-autoscaling.amazonaws.com', 'application-autoscaling.amazonaws.com.cn'],
      },
    },
  },
  {
    Effect: 'Allow',
    Action: 'iam:CreateServiceLinkedRole',
    Resource: '*',
    Condition: {
      StringLike: {
        'iam:AWSServiceName': [
          'autoscaling.amazonaws.com',
          'ecs.amazonaws.com',
          'ecs.application-autoscaling.amazonaws.com',
          'spot.amazonaws.com',
          'spotfleet.amazonaws.com',
        ],
      },
    },
  },
  {
    Effect: 'Allow',
    Action: ['elasticloadbalancing:AddTags'],
    Resource: '*',
    Condition: {
      StringEquals: {
        'elasticloadbalancing:CreateAction': [
          'CreateTargetGroup',
          'CreateRule',
          'CreateListener',
          'CreateLoadBalancer',
        ],
      },
    },
  },
];

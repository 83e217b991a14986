import { type ManagedStatement, of } from './statement.ts';

const NOT_MANAGED_AUTO_SCALING = { Null: { 'autoscaling:ResourceTag/AmazonECSManaged': 'false' } };
const MANAGED_RESOURCE = { Null: { 'aws:ResourceTag/AmazonECSManaged': 'false' } };

/** `AmazonECSServiceRolePolicy` v13: what ECS itself does in the account, through its service-linked role. */
export const ECS_SERVICE: readonly ManagedStatement[] = [
  {
    Sid: 'ECSTaskManagement',
    Effect: 'Allow',
    Action: [
      ...of(
        'ec2',
        'AttachNetworkInterface AssociateTrunkInterface CreateNetworkInterface CreateNetworkInterfacePermission DeleteNetworkInterface DeleteNetworkInterfacePermission Describe* DetachNetworkInterface DisassociateTrunkInterface',
      ),
      ...of(
        'elasticloadbalancing',
        'DeregisterInstancesFromLoadBalancer DeregisterTargets Describe* RegisterInstancesWithLoadBalancer RegisterTargets',
      ),
      ...of(
        'route53',
        'ChangeResourceRecordSets CreateHealthCheck DeleteHealthCheck Get* List* UpdateHealthCheck',
      ),
      ...of(
        'servicediscovery',
        'DeregisterInstance Get* List* RegisterInstance UpdateInstanceCustomHealthStatus',
      ),
    ],
    Resource: '*',
  },
  { Sid: 'AutoScaling', Effect: 'Allow', Action: ['autoscaling:Describe*'], Resource: '*' },
  {
    Sid: 'AutoScalingManagement',
    Effect: 'Allow',
    Action: of(
      'autoscaling',
      'DeletePolicy PutScalingPolicy SetInstanceProtection UpdateAutoScalingGroup PutLifecycleHook DeleteLifecycleHook CompleteLifecycleAction RecordLifecycleActionHeartbeat',
    ),
    Resource: '*',
    Condition: NOT_MANAGED_AUTO_SCALING,
  },
  {
    Sid: 'AutoScalingPlanManagement',
    Effect: 'Allow',
    Action: of(
      'autoscaling-plans',
      'CreateScalingPlan DeleteScalingPlan DescribeScalingPlans DescribeScalingPlanResources',
    ),
    Resource: '*',
  },
  {
    Sid: 'EventBridge',
    Effect: 'Allow',
    Action: of('events', 'DescribeRule ListTargetsByRule'),
    Resource: 'arn:aws:events:*:*:rule/ecs-managed-*',
  },
  {
    Sid: 'EventBridgeRuleManagement',
    Effect: 'Allow',
    Action: of('events', 'PutRule PutTargets'),
    Resource: '*',
    Condition: { StringEquals: { 'events:ManagedBy': 'ecs.amazonaws.com' } },
  },
  {
    Sid: 'CWAlarmManagement',
    Effect: 'Allow',
    Action: of('cloudwatch', 'DeleteAlarms DescribeAlarms PutMetricAlarm'),
    Resource: 'arn:aws:cloudwatch:*:*:alarm:*',
  },
  {
    Sid: 'ECSTagging',
    Effect: 'Allow',
    Action: ['ec2:CreateTags'],
    Resource: 'arn:aws:ec2:*:*:network-interface/*',
  },
  {
    Sid: 'CWLogGroupManagement',
    Effect: 'Allow',
    Action: of('logs', 'CreateLogGroup DescribeLogGroups PutRetentionPolicy'),
    Resource: 'arn:aws:logs:*:*:log-group:/aws/ecs/*',
  },
  {
    Sid: 'CWLogStreamManagement',
    Effect: 'Allow',
    Action: of('logs', 'CreateLogStream DescribeLogStreams PutLogEvents'),
    Resource: 'arn:aws:logs:*:*:log-group:/aws/ecs/*:log-stream:*',
  },
  {
    Sid: 'ExecuteCommandSessionManagement',
    Effect: 'Allow',
    Action: ['ssm:DescribeSessions'],
    Resource: '*',
  },
  {
    Sid: 'ExecuteCommand',
    Effect: 'Allow',
    Action: ['ssm:StartSession'],
    Resource: ['arn:aws:ecs:*:*:task/*', 'arn:aws:ssm:*:*:document/AmazonECS-ExecuteInteractiveCommand'],
  },
  {
    Sid: 'CloudMapResourceCreation',
    Effect: 'Allow',
    Action: of('servicediscovery', 'CreateHttpNamespace CreateService'),
    Resource: '*',
    Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['AmazonECSManaged'] } },
  },
  {
    Sid: 'CloudMapResourceTagging',
    Effect: 'Allow',
    Action: 'servicediscovery:TagResource',
    Resource: '*',
    Condition: { StringLike: { 'aws:RequestTag/AmazonECSManaged': '*' } },
  },
  {
    Sid: 'CloudMapResourceDeletion',
    Effect: 'Allow',
    Action: ['servicediscovery:DeleteService'],
    Resource: '*',
    Condition: MANAGED_RESOURCE,
  },
  {
    Sid: 'CloudMapResourceDiscovery',
    Effect: 'Allow',
    Action: of('servicediscovery', 'DiscoverInstances DiscoverInstancesRevision'),
    Resource: '*',
  },
  {
    Sid: 'CloudMapResourceAttributeManagement',
    Effect: 'Allow',
    Action: ['servicediscovery:UpdateServiceAttributes'],
    Resource: '*',
    Condition: MANAGED_RESOURCE,
  },
];

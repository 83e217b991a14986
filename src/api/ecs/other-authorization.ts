import { clusterArnOf } from '../../records/clusters.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import {
  type AccessDeclaration,
  type AccessDeclarations,
  ANY_RESOURCE,
  tagPairs,
  withoutResource,
} from '../authorization.ts';
import { providerArns } from './access-keys.ts';
import { onArn, onMember, onNamed, passRole, tagOnCreate } from './access-targets.ts';

type Declarations = AccessDeclarations<EcsOperations>;

const onSetting: AccessDeclaration<{ readonly name: string }> = ({ name }) => [
  { resource: ANY_RESOURCE, keys: { 'ecs:account-setting': name } },
];

const settings: Pick<
  Declarations,
  'DeleteAccountSetting' | 'ListAccountSettings' | 'PutAccountSetting' | 'PutAccountSettingDefault'
> = {
  DeleteAccountSetting: onSetting,
  ListAccountSettings: withoutResource,
  PutAccountSetting: onSetting,
  PutAccountSettingDefault: onSetting,
};

const tags: Pick<Declarations, 'ListTagsForResource' | 'TagResource' | 'UntagResource'> = {
  ListTagsForResource: ({ resourceArn }, scene) => [onArn(scene, resourceArn)],
  TagResource: ({ resourceArn, tags: added }, scene) => [
    { ...onArn(scene, resourceArn), requestTags: tagPairs(added) },
  ],
  UntagResource: ({ resourceArn, tagKeys }, scene) => [{ ...onArn(scene, resourceArn), tagKeys }],
};

const onDaemon: AccessDeclaration<{ readonly daemonArn: string }> = ({ daemonArn: name }, scene) => [
  onMember(scene, 'daemon', { name }),
];

const onDaemonDefinition: AccessDeclaration<{ readonly daemonTaskDefinition: string }> = (
  { daemonTaskDefinition },
  scene,
) => [onNamed(scene, 'daemon-task-definition', daemonTaskDefinition)];

const orEverything = (names: readonly string[]): readonly string[] => (names.length === 0 ? ['*'] : names);

const daemons: Pick<
  Declarations,
  | 'CreateDaemon'
  | 'DeleteDaemon'
  | 'DeleteDaemonTaskDefinition'
  | 'DescribeDaemon'
  | 'DescribeDaemonDeployments'
  | 'DescribeDaemonRevisions'
  | 'DescribeDaemonTaskDefinition'
  | 'ListDaemonDeployments'
  | 'ListDaemonTaskDefinitions'
  | 'ListDaemons'
  | 'RegisterDaemonTaskDefinition'
  | 'UpdateDaemon'
> = {
  CreateDaemon: (input, scene) => {
    const { clusterArn: cluster, daemonName: name, tags: added } = input;
    const check = onMember(
      scene,
      'daemon',
      { cluster, name },
      {
        'ecs:capacity-provider': providerArns(scene, input.capacityProviderArns),
      },
    );
    return [
      { ...check, requestTags: tagPairs(added) },
      ...tagOnCreate(scene, 'CreateDaemon', check.resource, added),
    ];
  },
  DeleteDaemon: onDaemon,
  DeleteDaemonTaskDefinition: onDaemonDefinition,
  DescribeDaemon: onDaemon,
  DescribeDaemonDeployments: ({ daemonDeploymentArns }, scene) =>
    orEverything(daemonDeploymentArns).map((arn) => onNamed(scene, 'daemon-deployment', arn)),
  DescribeDaemonRevisions: ({ daemonRevisionArns }, scene) =>
    orEverything(daemonRevisionArns).map((arn) => onNamed(scene, 'daemon-revision', arn)),
  DescribeDaemonTaskDefinition: onDaemonDefinition,
  ListDaemonDeployments: onDaemon,
  ListDaemonTaskDefinitions: withoutResource,
  ListDaemons: ({ clusterArn }, scene) => [
    { resource: ANY_RESOURCE, keys: { 'ecs:cluster': clusterArnOf(scene.installation, clusterArn) } },
  ],
  RegisterDaemonTaskDefinition: (input, scene) => [
    { resource: ANY_RESOURCE, requestTags: tagPairs(input.tags) },
    ...passRole(scene, 'ecs-tasks.amazonaws.com', [input.taskRoleArn, input.executionRoleArn]),
    ...tagOnCreate(
      scene,
      'RegisterDaemonTaskDefinition',
      onNamed(scene, 'daemon-task-definition', `${input.family}:*`).resource,
      input.tags,
    ),
  ],
  UpdateDaemon: onDaemon,
};

/** Gateways and Express services, which are refused by name: their permissions know no resource here. */
const gateways: Pick<
  Declarations,
  | 'AssociateGatewayWithCluster'
  | 'CreateExpressGatewayService'
  | 'CreateGateway'
  | 'DeleteExpressGatewayService'
  | 'DeleteGateway'
  | 'DescribeExpressGatewayService'
  | 'DescribeGateway'
  | 'DescribeGatewayResources'
  | 'DescribeGatewayRoute'
  | 'DisassociateGatewayFromCluster'
  | 'ListGatewayClusterAssociations'
  | 'ListGatewayRoutes'
  | 'ListGateways'
  | 'UpdateExpressGatewayService'
  | 'UpdateGateway'
> = {
  AssociateGatewayWithCluster: withoutResource,
  CreateExpressGatewayService: withoutResource,
  CreateGateway: withoutResource,
  DeleteExpressGatewayService: withoutResource,
  DeleteGateway: withoutResource,
  DescribeExpressGatewayService: withoutResource,
  DescribeGateway: withoutResource,
  DescribeGatewayResources: withoutResource,
  DescribeGatewayRoute: withoutResource,
  DisassociateGatewayFromCluster: withoutResource,
  ListGatewayClusterAssociations: withoutResource,
  ListGatewayRoutes: withoutResource,
  ListGateways: withoutResource,
  UpdateExpressGatewayService: withoutResource,
  UpdateGateway: withoutResource,
};

/** Account settings, tags, daemons and gateways. */
export const otherAuthorization = { ...settings, ...tags, ...daemons, ...gateways };

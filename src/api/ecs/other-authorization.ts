import { parseArn } from '../../domain/arn.ts';
import { clusterArnOf } from '../../records/clusters.ts';
import { findDaemonDefinition } from '../../records/daemon-definitions.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import {
  type AccessCheck,
  type AccessDeclaration,
  type AccessDeclarations,
  type AccessScene,
  ANY_RESOURCE,
  tagPairs,
  withoutResource,
} from '../authorization.ts';
import { type DaemonInput, daemonKeys, sizeKeys } from './access-keys.ts';
import { ecsArn, onArn, onMember, onNamed, passRole, tagOnCreate } from './access-targets.ts';

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

/** A deployment or a revision of a daemon by its ARN, which holds its cluster and its daemon. */
function onDaemonMember(scene: AccessScene, type: string, arn: string): AccessCheck {
  const [, cluster, daemon] = parseArn(arn)?.resource.split('/') ?? [];
  if (cluster === undefined || daemon === undefined) return onNamed(scene, type, arn);
  return onNamed(scene, type, arn, {
    'ecs:cluster': ecsArn(scene, `cluster/${cluster}`),
    'ecs:daemon': ecsArn(scene, `daemon/${cluster}/${daemon}`),
  });
}

/** Whoever sets a daemon up hands the roles of its definition to its tasks. (AUTH-14) */
function passDaemonRoles(
  scene: AccessScene,
  { daemonTaskDefinitionArn }: DaemonInput,
): readonly AccessCheck[] {
  const found = findDaemonDefinition(scene.tx, scene.installation, daemonTaskDefinitionArn);
  const { taskRoleArn, executionRoleArn } = found?.document ?? {};
  return passRole(scene, 'ecs-tasks.amazonaws.com', [taskRoleArn, executionRoleArn]);
}

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
    const check = onMember(scene, 'daemon', { cluster, name }, daemonKeys(scene, input));
    return [
      { ...check, requestTags: tagPairs(added) },
      ...passDaemonRoles(scene, input),
      ...tagOnCreate(scene, 'CreateDaemon', check.resource, added),
    ];
  },
  DeleteDaemon: onDaemon,
  DeleteDaemonTaskDefinition: onDaemonDefinition,
  DescribeDaemon: onDaemon,
  DescribeDaemonDeployments: ({ daemonDeploymentArns }, scene) =>
    orEverything(daemonDeploymentArns).map((arn) => onDaemonMember(scene, 'daemon-deployment', arn)),
  DescribeDaemonRevisions: ({ daemonRevisionArns }, scene) =>
    orEverything(daemonRevisionArns).map((arn) => onDaemonMember(scene, 'daemon-revision', arn)),
  DescribeDaemonTaskDefinition: onDaemonDefinition,
  ListDaemonDeployments: onDaemon,
  ListDaemonTaskDefinitions: withoutResource,
  ListDaemons: ({ clusterArn }, scene) => [
    { resource: ANY_RESOURCE, keys: { 'ecs:cluster': clusterArnOf(scene.installation, clusterArn) } },
  ],
  RegisterDaemonTaskDefinition: (input, scene) => {
    const { family, tags: added, containerDefinitions, taskRoleArn, executionRoleArn } = input;
    const resource = ecsArn(scene, `daemon-task-definition/${family}:*`);
    const isPrivileged = containerDefinitions.some(({ privileged }) => privileged === true);
    const keys = { ...sizeKeys(input), 'ecs:privileged': String(isPrivileged) };
    return [
      { resource, keys, requestTags: tagPairs(added) },
      ...passRole(scene, 'ecs-tasks.amazonaws.com', [taskRoleArn, executionRoleArn]),
      ...tagOnCreate(scene, 'RegisterDaemonTaskDefinition', resource, added),
    ];
  },
  UpdateDaemon: (input, scene) => [
    onMember(scene, 'daemon', { name: input.daemonArn }, daemonKeys(scene, input)),
    ...passDaemonRoles(scene, input),
  ],
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

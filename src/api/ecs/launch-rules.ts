import { canServiceAssume } from '../../core/identity/trust-policy.ts';
import { brokenConstraint, brokenStrategy, normalStrategies } from '../../core/placement/request-rules.ts';
import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { fullRoleArn } from '../../core/task/task-roles.ts';
import type { Scope } from '../../domain/arn.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { LaunchType } from '../../domain/task.ts';
import type { TaskDefinition } from '../../domain/task-definition.ts';
import { securityGroups, subnets } from '../../records/collections.ts';
import { findRoleByArn } from '../../records/identity.ts';
import { findTaskDefinition } from '../../records/task-definitions.ts';
import type {
  AwsVpcConfiguration,
  CapacityProviderStrategyItem,
  LaunchType as LaunchTypeShape,
  NetworkConfiguration,
  PlacementConstraint,
  PlacementStrategy,
} from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import { FARGATE_PROVIDERS } from './capacity-providers.ts';
import { ecsErrors } from './errors.ts';

/**
 * Rules that all operations that start tasks share: RunTask, CreateService and UpdateService. Each refuses with the
 * text of the service, or answers what the request means.
 */

const TASKS_PRINCIPAL = 'ecs-tasks.amazonaws.com';
const {
  subnetsPerAwsvpcConfiguration: SUBNETS_MAX_COUNT,
  securityGroupsPerAwsvpcConfiguration: SECURITY_GROUPS_MAX_COUNT,
  itemsPerCapacityProviderStrategy: STRATEGY_ITEMS_MAX_COUNT,
} = SERVICE_QUOTAS;
const WEIGHT_MAX = 1000;
const BASE_MAX = 100_000;
const PLATFORM_VERSIONS: readonly string[] = ['LATEST', '1.4.0'];

/** Where tasks are to run: a launch type, or a strategy over the providers of FARGATE. */
export type WantedCapacity =
  | { readonly kind: 'launch-type'; readonly launchType: LaunchType }
  | { readonly kind: 'strategy'; readonly strategy: readonly CapacityProviderStrategyItem[] };

/** The launch type that a capacity comes down to. */
export const launchTypeOf = (capacity: WantedCapacity): LaunchType =>
  capacity.kind === 'launch-type' ? capacity.launchType : 'FARGATE';

/** The definition that tasks are started from: it exists and is ACTIVE. (TSK-7) */
export function readActiveDefinition(tx: ReadTx, scope: Scope, text: string): TaskDefinition {
  const definition = findTaskDefinition(tx, scope, text);
  if (definition === undefined) throw ecsErrors.taskDefinitionNotFound();
  if (definition.status !== 'ACTIVE') throw ecsErrors.taskDefinitionInactive();
  return definition;
}

/** What the launch type and the strategy of a request mean in the cluster; neither means the cluster's default. (TSK-5) */
export function readCapacity(
  cluster: Cluster,
  input: {
    readonly launchType?: LaunchTypeShape | undefined;
    readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[] | undefined;
  },
): WantedCapacity {
  const given = input.capacityProviderStrategy ?? [];
  const { launchType } = input;
  if (launchType !== undefined && given.length > 0) throw ecsErrors.launchTypeAndStrategy();
  if (launchType === 'MANAGED_INSTANCES') throw ecsErrors.unsupportedFeature('launchType MANAGED_INSTANCES');
  if (launchType !== undefined) return { kind: 'launch-type', launchType };
  const strategy = given.length > 0 ? given : cluster.defaultCapacityProviderStrategy;
  if (strategy.length === 0) return { kind: 'launch-type', launchType: 'EC2' };
  checkStrategy(cluster, strategy);
  return { kind: 'strategy', strategy: weighted(strategy) };
}

function checkStrategy(cluster: Cluster, strategy: readonly CapacityProviderStrategyItem[]): void {
  if (strategy.length > STRATEGY_ITEMS_MAX_COUNT) {
    throw ecsErrors.invalid(`A capacity provider strategy has at most ${STRATEGY_ITEMS_MAX_COUNT} items.`);
  }
  refuseOwnProviders(cluster, strategy);
  const isKnown = strategy.every(
    ({ capacityProvider: name }) =>
      FARGATE_PROVIDERS.some((known) => known === name) && cluster.capacityProviders.includes(name),
  );
  if (!isKnown) throw ecsErrors.providerNotAssociated();
  for (const { weight = 0, base = 0 } of strategy) {
    if (weight < 0 || weight > WEIGHT_MAX)
      throw ecsErrors.invalid(`weight must be between 0 and ${WEIGHT_MAX}.`);
    if (base < 0 || base > BASE_MAX) throw ecsErrors.invalid(`base must be between 0 and ${BASE_MAX}.`);
  }
  if (strategy.filter(({ base = 0 }) => base > 0).length > 1) throw ecsErrors.severalBases();
  if (strategy.length > 1 && strategy.every(({ weight = 0 }) => weight === 0)) throw ecsErrors.noWeight();
}

/** Tasks cannot be shared out among providers of a user's own. (CAP-6) */
function refuseOwnProviders(cluster: Cluster, strategy: readonly CapacityProviderStrategyItem[]): void {
  for (const { capacityProvider: name } of strategy) {
    const isOwn = !FARGATE_PROVIDERS.some((known) => known === name);
    if (isOwn && cluster.capacityProviders.includes(name)) throw ecsErrors.unsupportedStrategy(name);
  }
}

/** The only provider of a strategy gets everything, also without a weight. */
function weighted(
  strategy: readonly CapacityProviderStrategyItem[],
): readonly CapacityProviderStrategyItem[] {
  const [only] = strategy;
  return strategy.length === 1 && only !== undefined ? [{ ...only, weight: only.weight || 1 }] : strategy;
}

/** Refuses a definition that the launch type cannot run. (TSK-7) */
export function checkCompatibility(definition: TaskDefinition, launchType: LaunchType): void {
  const compatibilities = definition.document.compatibilities ?? [];
  if (!compatibilities.includes(launchType)) throw ecsErrors.launchTypeIncompatible(launchType);
}

/** Refuses platform versions that are unknown, and any on a launch type that has none. (TSK-7) */
export function checkPlatformVersion(platformVersion: string | undefined, launchType: LaunchType): void {
  if (platformVersion === undefined || platformVersion === '') return;
  if (launchType !== 'FARGATE') throw ecsErrors.platformVersionOnEc2();
  if (!PLATFORM_VERSIONS.includes(platformVersion)) throw ecsErrors.platformUnknown();
}

/** The network of the tasks: there exactly for awsvpc, with subnets and groups that exist in one VPC. (TSK-8) */
export function readNetwork(
  tx: ReadTx,
  definition: TaskDefinition,
  request: {
    readonly networkConfiguration?: NetworkConfiguration | undefined;
    readonly launchType: LaunchType;
  },
): AwsVpcConfiguration | undefined {
  const network = request.networkConfiguration?.awsvpcConfiguration;
  if (definition.document.networkMode !== 'awsvpc') {
    if (network !== undefined) throw ecsErrors.networkConfigurationNotValid();
    return undefined;
  }
  if (network === undefined) throw ecsErrors.networkConfigurationMissing();
  checkSubnets(tx, network);
  if (network.assignPublicIp === 'ENABLED' && request.launchType !== 'FARGATE')
    throw ecsErrors.publicIpNotSupported();
  return network;
}

function checkSubnets(tx: ReadTx, network: AwsVpcConfiguration): void {
  const { subnets: subnetIds, securityGroups: groupIds = [] } = network;
  if (subnetIds.length === 0) throw ecsErrors.subnetsEmpty();
  if (subnetIds.length > SUBNETS_MAX_COUNT)
    throw ecsErrors.invalid(`subnets can have at most ${SUBNETS_MAX_COUNT} items.`);
  if (groupIds.length > SECURITY_GROUPS_MAX_COUNT) {
    throw ecsErrors.invalid(`securityGroups can have at most ${SECURITY_GROUPS_MAX_COUNT} items.`);
  }
  const vpcIds = new Set<string>();
  for (const id of subnetIds) {
    const subnet = tx.get(subnets, id);
    if (subnet === undefined) throw ecsErrors.subnetUnknown(id);
    vpcIds.add(subnet.vpcId);
  }
  for (const id of groupIds) {
    if (id.trim() === '') throw ecsErrors.securityGroupBlank();
    const group = tx.get(securityGroups, id);
    if (group === undefined) throw ecsErrors.securityGroupUnknown(id);
    vpcIds.add(group.vpcId);
  }
  if (vpcIds.size > 1) throw ecsErrors.invalid('All subnets and security groups must be in the same VPC.');
}

/** Refuses constraints and strategies that no host can follow, and all of them on FARGATE. (PLC-13, PLC-14) */
export function checkPlacement(
  input: {
    readonly placementConstraints?: readonly PlacementConstraint[] | undefined;
    readonly placementStrategy?: readonly PlacementStrategy[] | undefined;
  },
  definition: TaskDefinition,
  launchType: LaunchType,
): void {
  const { placementConstraints: constraints = [], placementStrategy: strategy = [] } = input;
  if (launchType === 'FARGATE') {
    if (constraints.length > 0) throw ecsErrors.constraintsOnFargate();
    if (normalStrategies(strategy).length > 0) throw ecsErrors.strategiesOnFargate();
    return;
  }
  const inDefinition = definition.document.placementConstraints?.length ?? 0;
  const text = brokenConstraint(constraints, inDefinition) ?? brokenStrategy(normalStrategies(strategy));
  if (text !== undefined) throw ecsErrors.invalid(text);
}

/** Refuses roles that do not exist or do not trust the tasks service. (TSK-6) */
export function checkTaskRoles(tx: ReadTx, scope: Scope, roles: readonly (string | undefined)[]): void {
  for (const role of roles) {
    const arn = fullRoleArn(scope, role);
    if (arn === undefined) continue;
    const row = findRoleByArn(tx, arn);
    if (row === undefined || !canServiceAssume(row.assumeRolePolicyDocument, TASKS_PRINCIPAL)) {
      throw ecsErrors.roleNotAssumable(arn);
    }
  }
}

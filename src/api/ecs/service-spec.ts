import { LATEST_PLATFORM_VERSION } from '../../core/task/new-task.ts';
import type { Scope } from '../../domain/arn.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { DeploymentSpec } from '../../domain/service.ts';
import type { LaunchType } from '../../domain/task.ts';
import type { TaskDefinition } from '../../domain/task-definition.ts';
import { securityGroups, subnets } from '../../records/collections.ts';
import { findTaskDefinition } from '../../records/task-definitions.ts';
import type {
  AwsVpcConfiguration,
  CapacityProviderStrategyItem,
  NetworkConfiguration,
} from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import { ecsErrors } from './errors.ts';

/** Members of CreateService and UpdateService that say what a deployment's tasks are and where they run. */
export interface SpecRequest {
  readonly taskDefinition?: string | undefined;
  readonly launchType?: 'EC2' | 'FARGATE' | 'EXTERNAL' | 'MANAGED_INSTANCES' | undefined;
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[] | undefined;
  readonly platformVersion?: string | undefined;
  readonly networkConfiguration?: NetworkConfiguration | undefined;
}

/** Where a request is judged. */
export interface SpecScope {
  readonly tx: ReadTx;
  readonly scope: Scope;
  readonly cluster: Cluster;
}

const PROVIDERS: readonly string[] = ['FARGATE', 'FARGATE_SPOT'];
const KNOWN_PLATFORMS: readonly string[] = ['LATEST', LATEST_PLATFORM_VERSION];

/** The ACTIVE definition that a service is to run. (SVC-5) */
export function usableDefinition({ tx, scope }: SpecScope, text: string | undefined): TaskDefinition {
  if (text === undefined || text === null || text === '')
    throw ecsErrors.client('TaskDefinition can not be blank.');
  const definition = findTaskDefinition(tx, scope, text);
  if (definition === undefined) throw ecsErrors.taskDefinitionNotFound();
  if (definition.status !== 'ACTIVE') throw ecsErrors.taskDefinitionInactive();
  return definition;
}

/** Checks a request and answers what its deployment starts tasks with. (SVC-5) */
export function resolveSpec(
  where: SpecScope,
  request: SpecRequest,
  definition: TaskDefinition,
): DeploymentSpec {
  const capacity = resolveCapacity(where.cluster, request);
  const launchType: LaunchType = capacity.launchType ?? 'FARGATE';
  if (!(definition.document.compatibilities ?? []).includes(launchType)) {
    throw ecsErrors.launchTypeIncompatible(launchType);
  }
  return {
    taskDefinitionArn: definition.taskDefinitionArn,
    ...capacity,
    platformVersion: resolvePlatform(launchType, request.platformVersion),
    networkConfiguration: resolveNetwork(where.tx, {
      definition,
      launchType,
      given: request.networkConfiguration,
    }),
  };
}

type Capacity = Pick<DeploymentSpec, 'launchType' | 'capacityProviderStrategy'>;

/** Neither named: the cluster's default strategy, else EC2. */
function resolveCapacity(cluster: Cluster, { launchType, capacityProviderStrategy }: SpecRequest): Capacity {
  const strategy = capacityProviderStrategy ?? [];
  if (launchType !== undefined && launchType !== null) {
    if (strategy.length > 0) throw ecsErrors.launchTypeAndStrategy();
    if (launchType === 'MANAGED_INSTANCES') throw ecsErrors.unsupportedFeature('launchType');
    return { launchType };
  }
  if (strategy.length > 0) return { capacityProviderStrategy: checkedStrategy(cluster, strategy) };
  const { defaultCapacityProviderStrategy: standard } = cluster;
  return standard.length > 0 ? { capacityProviderStrategy: standard } : { launchType: 'EC2' };
}

function checkedStrategy(
  cluster: Cluster,
  strategy: readonly CapacityProviderStrategyItem[],
): readonly CapacityProviderStrategyItem[] {
  const isUsable = (name: string): boolean =>
    PROVIDERS.includes(name) && cluster.capacityProviders.includes(name);
  if (!strategy.every((item) => isUsable(item.capacityProvider))) throw ecsErrors.providerNotAssociated();
  if (strategy.filter(({ base = 0 }) => base > 0).length > 1) throw ecsErrors.severalBases();
  const weighted = strategy.map((item) => ({ ...item, weight: item.weight ?? 0, base: item.base ?? 0 }));
  if (weighted.every(({ weight }) => weight === 0)) throw ecsErrors.noWeight();
  return weighted;
}

function resolvePlatform(launchType: LaunchType, version: string | undefined): string | undefined {
  const isGiven = version !== undefined && version !== null && version !== '';
  if (launchType !== 'FARGATE') {
    if (isGiven) throw ecsErrors.platformVersionOnEc2();
    return undefined;
  }
  if (isGiven && !KNOWN_PLATFORMS.includes(version)) throw ecsErrors.platformUnknown();
  return isGiven ? version : 'LATEST';
}

function resolveNetwork(
  tx: ReadTx,
  {
    definition,
    launchType,
    given,
  }: { definition: TaskDefinition; launchType: LaunchType; given: NetworkConfiguration | undefined },
): NetworkConfiguration | undefined {
  const vpc = given?.awsvpcConfiguration ?? undefined;
  if (definition.document.networkMode !== 'awsvpc') {
    if (vpc !== undefined) throw ecsErrors.networkConfigurationNotValid();
    return undefined;
  }
  if (vpc === undefined) throw ecsErrors.networkConfigurationMissing();
  checkNetworkIds(tx, vpc);
  const assignPublicIp = vpc.assignPublicIp ?? 'DISABLED';
  if (assignPublicIp === 'ENABLED' && launchType !== 'FARGATE') throw ecsErrors.publicIpNotSupported();
  return {
    awsvpcConfiguration: { subnets: vpc.subnets, securityGroups: vpc.securityGroups ?? [], assignPublicIp },
  };
}

function checkNetworkIds(tx: ReadTx, vpc: AwsVpcConfiguration): void {
  if (vpc.subnets.length === 0) throw ecsErrors.subnetsEmpty();
  for (const id of vpc.subnets) if (tx.get(subnets, id) === undefined) throw ecsErrors.subnetUnknown(id);
  for (const id of vpc.securityGroups ?? []) {
    if (id === '') throw ecsErrors.securityGroupBlank();
    if (tx.get(securityGroups, id) === undefined) throw ecsErrors.securityGroupUnknown(id);
  }
}

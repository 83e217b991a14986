import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { brokenTags } from '../../core/tags/tag-rules.ts';
import { POOL_CLUSTER_NAME } from '../../records/clusters.ts';
import type {
  CapacityProviderStrategyItem,
  ClusterConfiguration,
  ClusterSetting,
  Tag,
} from '../../shapes/generated/ecs.ts';
import { FARGATE_PROVIDERS } from './capacity-providers.ts';
import { ecsErrors } from './errors.ts';

const NAME = /^[A-Za-z0-9_-]{1,255}$/;
const INSIGHTS: readonly string[] = ['enabled', 'disabled', 'enhanced'];
const PROVIDERS: readonly string[] = FARGATE_PROVIDERS;
const STRATEGY_ITEMS_MAX_COUNT = SERVICE_QUOTAS.itemsPerCapacityProviderStrategy;
const WEIGHT_MAX = 1000;
const BASE_MAX = 100_000;

/** Refuses a name that no cluster can have; the pool's is taken. (CLU-2) */
export function checkClusterName(name: string): void {
  if (!NAME.test(name) || name === POOL_CLUSTER_NAME) throw ecsErrors.clusterNameInvalid(name);
}

/** Refuses tags that break a rule of tags, for every ECS resource. (TAG-1) */
export function checkTags(tags: readonly Tag[]): void {
  const text = brokenTags(tags);
  if (text !== undefined) throw ecsErrors.invalid(text);
}

/** Refuses settings that no cluster has. Container Insights is kept and answered; there is nothing it switches on. (CLU-4) */
export function checkSettings(settings: readonly ClusterSetting[]): void {
  for (const { name = '', value = '' } of settings) {
    if (name !== 'containerInsights') throw ecsErrors.invalid(`Invalid setting name: ${name}`);
    if (!INSIGHTS.includes(value)) throw ecsErrors.invalid(`Invalid setting value: ${value}`);
  }
}

/** Refuses log settings of ECS Exec that contradict each other. (CLU-7) */
export function checkConfiguration(configuration: ClusterConfiguration | undefined): void {
  const exec = configuration?.executeCommandConfiguration;
  if (exec === undefined) return;
  const { cloudWatchLogGroupName = '', s3BucketName = '' } = exec.logConfiguration ?? {};
  if (exec.logging !== 'OVERRIDE') {
    if (exec.logConfiguration !== undefined) throw ecsErrors.logWithoutOverride();
    return;
  }
  if (cloudWatchLogGroupName === '' && s3BucketName === '') throw ecsErrors.overrideWithoutLog();
}

/** Refuses providers that are not there, and a default strategy that no task could follow. (CLU-8) */
export function checkCapacity(
  providers: readonly string[],
  strategy: readonly CapacityProviderStrategyItem[],
): void {
  if (!providers.every((provider) => PROVIDERS.includes(provider))) throw ecsErrors.capacityProviderUnknown();
  if (!strategy.every((item) => providers.includes(item.capacityProvider)))
    throw ecsErrors.providerNotAssociated();
  if (strategy.length > STRATEGY_ITEMS_MAX_COUNT) {
    throw ecsErrors.invalid(`A capacity provider strategy has at most ${STRATEGY_ITEMS_MAX_COUNT} items.`);
  }
  for (const { weight = 0, base = 0 } of strategy) {
    if (weight < 0 || weight > WEIGHT_MAX)
      throw ecsErrors.invalid(`weight must be between 0 and ${WEIGHT_MAX}.`);
    if (base < 0 || base > BASE_MAX) throw ecsErrors.invalid(`base must be between 0 and ${BASE_MAX}.`);
  }
  if (strategy.filter(({ base = 0 }) => base > 0).length > 1) throw ecsErrors.severalDefaultBases();
  if (strategy.length > 1 && strategy.every(({ weight = 0 }) => weight === 0)) throw ecsErrors.noWeight();
}

/** A strategy with the numbers that were left out. (CLU-8) */
export const withStrategyDefaults = (
  strategy: readonly CapacityProviderStrategyItem[],
): readonly CapacityProviderStrategyItem[] =>
  strategy.map(({ capacityProvider, weight, base }) => ({
    capacityProvider,
    weight: weight ?? 0,
    base: base ?? 0,
  }));

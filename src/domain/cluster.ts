import type { Instant } from '../lib/clock.ts';
import type {
  CapacityProviderStrategyItem,
  ClusterConfiguration,
  ClusterSetting,
  Tag,
} from '../shapes/generated/ecs.ts';

/** A cluster row. Counts are not kept: they are read from the indexes of tasks, services and instances. */
export interface Cluster {
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly status: 'ACTIVE' | 'INACTIVE';
  readonly createdAt: Instant;
  /** When it became INACTIVE; it stays describable for a while after. */
  readonly inactiveAt?: Instant | undefined;
  readonly settings: readonly ClusterSetting[];
  readonly configuration?: ClusterConfiguration | undefined;
  readonly capacityProviders: readonly string[];
  readonly defaultCapacityProviderStrategy: readonly CapacityProviderStrategyItem[];
  readonly tags: readonly Tag[];
}

import type { CapacityProviderStrategyItem } from '../../shapes/generated/ecs.ts';

/**
 * Which provider each of the next `count` tasks comes from: first those that lack tasks to their base, then the one
 * with the least `(tasks − base) / weight`, ties in the order of the strategy. `existing` counts the tasks that are
 * there already, by provider. Empty when no item has a weight or a base to fill. (TSK-5)
 */
export function splitByStrategy(
  strategy: readonly CapacityProviderStrategyItem[],
  count: number,
  existing: ReadonlyMap<string, number> = new Map(),
): readonly string[] {
  const counts = new Map(strategy.map(({ capacityProvider: name }) => [name, existing.get(name) ?? 0]));
  const chosen: string[] = [];
  while (chosen.length < count) {
    const next = nextProvider(strategy, counts);
    if (next === undefined) break;
    counts.set(next, (counts.get(next) ?? 0) + 1);
    chosen.push(next);
  }
  return chosen;
}

function nextProvider(
  strategy: readonly CapacityProviderStrategyItem[],
  counts: ReadonlyMap<string, number>,
): string | undefined {
  const countOf = (item: CapacityProviderStrategyItem): number => counts.get(item.capacityProvider) ?? 0;
  const belowBase = strategy.find((item) => countOf(item) < (item.base ?? 0));
  if (belowBase !== undefined) return belowBase.capacityProvider;
  const share = (item: CapacityProviderStrategyItem): number =>
    (countOf(item) - (item.base ?? 0)) / (item.weight ?? 0);
  let best: CapacityProviderStrategyItem | undefined;
  for (const item of strategy) {
    if ((item.weight ?? 0) > 0 && (best === undefined || share(item) < share(best))) best = item;
  }
  return best?.capacityProvider;
}

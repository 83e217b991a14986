import type { CapacityProviderStrategyItem } from '../../shapes/generated/ecs.ts';
import type { StopCandidate } from './stop-order.ts';

/**
 * Takes candidates, which are in the order in which each provider's would go, from the providers in the reverse of the
 * order in which the strategy starts tasks: what is left is shared as the strategy shares it. Tasks of no provider of the
 * strategy go first. (DEP-15)
 */
export function inProviderOrder(
  ordered: readonly StopCandidate[],
  strategy: readonly CapacityProviderStrategyItem[],
): readonly StopCandidate[] {
  const left = new Map<string, StopCandidate[]>(strategy.map((item) => [item.capacityProvider, []]));
  const others: StopCandidate[] = [];
  for (const candidate of ordered) {
    (left.get(candidate.task.capacityProviderName ?? '') ?? others).push(candidate);
  }
  const taken: StopCandidate[] = [];
  for (let next = takeNext(left, strategy); next !== undefined; next = takeNext(left, strategy))
    taken.push(next);
  return [...others, ...taken];
}

function takeNext(
  left: ReadonlyMap<string, StopCandidate[]>,
  strategy: readonly CapacityProviderStrategyItem[],
): StopCandidate | undefined {
  let best: { readonly tasks: StopCandidate[]; readonly share: number } | undefined;
  for (const item of strategy) {
    const tasks = left.get(item.capacityProvider) ?? [];
    const share = shareBefore(item, tasks.length);
    // Ties go to the later item: the earlier one was served first.
    if (tasks.length > 0 && (best === undefined || share >= best.share)) best = { tasks, share };
  }
  return best?.tasks.shift();
}

/** What the provider had of its share before its last task came; its base came before all shares. */
function shareBefore({ base, weight }: CapacityProviderStrategyItem, count: number): number {
  const beyond = count - 1 - (base ?? 0);
  if (beyond < 0) return Number.NEGATIVE_INFINITY;
  return (weight ?? 0) === 0 ? Number.POSITIVE_INFINITY : beyond / (weight ?? 0);
}

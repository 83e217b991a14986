import { REFUSAL_RANK } from './filters.ts';
import type { PlacementRefusal } from './placement-view.ts';

/**
 * The refusal that came closest to a placement: the one by the latest filter, then by the least amount missing, then
 * by host id. This is the host that a service's event names. (PLC-6)
 */
export function closestRefusal(refusals: readonly PlacementRefusal[]): PlacementRefusal | undefined {
  let closest: PlacementRefusal | undefined;
  for (const refusal of refusals) {
    if (closest === undefined || isCloser(refusal, closest)) closest = refusal;
  }
  return closest;
}

function isCloser(one: PlacementRefusal, other: PlacementRefusal): boolean {
  const rank = (REFUSAL_RANK.get(one.reason) ?? 0) - (REFUSAL_RANK.get(other.reason) ?? 0);
  if (rank !== 0) return rank > 0;
  const amount = (one.missingAmount ?? 0) - (other.missingAmount ?? 0);
  if (amount !== 0) return amount < 0;
  return one.hostId < other.hostId;
}

import type { StopCandidate } from './stop-order.ts';

/**
 * Takes from the fullest zone and, in it, the fullest host, again and again. The last task of each host goes in the last
 * round, so sorting by how many tasks of the same host (and zone) come later by id gives the same picks in one sort.
 */
export function spreadOut(peers: readonly StopCandidate[]): readonly StopCandidate[] {
  const sorted = [...peers].sort((one, other) => (one.task.taskArn < other.task.taskArn ? -1 : 1));
  const hostLeft = countsBy(sorted, hostOf);
  const inHost = sorted.map((candidate) => ({ candidate, hostRank: takeOne(hostLeft, hostOf(candidate)) }));
  inHost.sort((one, other) => other.hostRank - one.hostRank || byArn(one.candidate, other.candidate));
  const zoneLeft = countsBy(sorted, zoneOf);
  const inZone = inHost.map((entry, place) => ({
    ...entry,
    place,
    zoneRank: takeOne(zoneLeft, zoneOf(entry.candidate)),
  }));
  inZone.sort((one, other) => other.zoneRank - one.zoneRank || one.place - other.place);
  return inZone.map((entry) => entry.candidate);
}

const hostOf = ({ task }: StopCandidate): string => task.instanceArn ?? '';
const zoneOf = ({ task }: StopCandidate): string => task.availabilityZone ?? '';
const byArn = (one: StopCandidate, other: StopCandidate): number =>
  one.task.taskArn < other.task.taskArn ? -1 : 1;

function countsBy(
  candidates: readonly StopCandidate[],
  key: (candidate: StopCandidate) => string,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const candidate of candidates) counts.set(key(candidate), (counts.get(key(candidate)) ?? 0) + 1);
  return counts;
}

/** How many were left under the key, this one included. */
function takeOne(counts: Map<string, number>, key: string): number {
  const left = counts.get(key) ?? 0;
  counts.set(key, left - 1);
  return left;
}

import { type Asked, mayTake, REFUSAL_RANK, refusalOf } from './filters.ts';
import type { PlacementDemand, PlacementHost, PlacementRefusal, RefusalReason } from './placement-view.ts';

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

/** Whether a refusal may pass once tasks have left the host. */
export const mayPass = ({ reason, dependsOnTasks }: PlacementRefusal): boolean =>
  reason.startsWith('RESOURCE:') || dependsOnTasks === true;

/** What is known after some of the hosts. */
interface Known {
  readonly closest?: PlacementRefusal | undefined;
  /** The closest that may pass. */
  readonly passing?: PlacementRefusal | undefined;
}

/**
 * The closest refusal of all hosts, and the closest of those that may pass when the first will not. Most hosts of a
 * full cluster are told apart by their amounts alone.
 */
export function closestRefusals(
  asked: Asked,
  hosts: readonly PlacementHost[],
  placedCounts: ReadonlyMap<PlacementHost, number>,
): readonly PlacementRefusal[] {
  const isLastingOnly = !mayPassWithRoom(asked);
  let known: Known = {};
  for (const host of hosts) {
    const placedCount = placedCounts.get(host) ?? 0;
    const { closest, passing } = known;
    if (isLastingOnly && placedCount === 0 && isOneMore(closest, host, asked.demand)) continue;
    if (passing !== undefined && isFartherThan(passing, host, { demand: asked.demand, placedCount }))
      continue;
    const refusal = refusalOf(host, asked, placedCount);
    if (refusal !== undefined) known = withRefusal(known, refusal);
  }
  return [...new Set([known.closest, known.passing])].filter((refusal) => refusal !== undefined);
}

function withRefusal({ closest, passing }: Known, refusal: PlacementRefusal): Known {
  const isClosest = closest === undefined || isCloser(refusal, closest);
  const isClosestPassing = mayPass(refusal) && (passing === undefined || isCloser(refusal, passing));
  return { closest: isClosest ? refusal : closest, passing: isClosestPassing ? refusal : passing };
}

/** Whether a host with CPU and memory may be refused for something that passes as tasks leave. */
const mayPassWithRoom = ({ demand: { resources, gpuCount = 0 }, constraints }: Asked): boolean =>
  resources.tcpPorts.length + resources.udpPorts.length + gpuCount > 0 ||
  constraints.some(({ dependsOnTasks }) => dependsOnTasks);

/** True when nothing but a lasting reason can refuse the host, and `closest` is by the last filter, on an earlier host. */
const isOneMore = (
  closest: PlacementRefusal | undefined,
  host: PlacementHost,
  demand: PlacementDemand,
): boolean => closest?.reason === 'CONSTRAINT' && closest.hostId < host.hostId && mayTake(host, demand);

/**
 * True when a host cannot have the closer refusal: it lacks CPU or memory, so that filter or one before it refuses, and
 * `known` is by a later one, or by that one for less, or for as much on a host of an earlier id.
 */
function isFartherThan(
  known: PlacementRefusal,
  host: PlacementHost,
  { demand: { resources }, placedCount }: { readonly demand: PlacementDemand; readonly placedCount: number },
): boolean {
  const missingCpu = (placedCount + 1) * resources.cpuUnits - host.freeCpuUnits;
  if (missingCpu > 0) return isCloserThan(known, host, { reason: 'RESOURCE:CPU', missing: missingCpu });
  const missing = (placedCount + 1) * resources.memoryMib - host.freeMemoryMib;
  return missing > 0 && isCloserThan(known, host, { reason: 'RESOURCE:MEMORY', missing });
}

function isCloserThan(
  known: PlacementRefusal,
  { hostId }: PlacementHost,
  { reason, missing }: { readonly reason: RefusalReason; readonly missing: number },
): boolean {
  if (known.reason !== reason) return rankOf(known.reason) > rankOf(reason);
  const difference = (known.missingAmount ?? 0) - missing;
  return difference < 0 || (difference === 0 && known.hostId < hostId);
}

const rankOf = (reason: RefusalReason): number => REFUSAL_RANK.get(reason) ?? 0;

function isCloser(one: PlacementRefusal, other: PlacementRefusal): boolean {
  const rank = rankOf(one.reason) - rankOf(other.reason);
  if (rank !== 0) return rank > 0;
  const amount = (one.missingAmount ?? 0) - (other.missingAmount ?? 0);
  if (amount !== 0) return amount < 0;
  return one.hostId < other.hostId;
}

import type {
  PlacementConstraint,
  PlacementDemand,
  PlacementHost,
  PlacementRefusal,
  RefusalReason,
} from './placement-view.ts';
import { STORAGE_ATTRIBUTE, ZONE_ATTRIBUTE } from './placement-view.ts';

/** A host in the course of one call: what it has left shrinks with every task placed on it. */
export interface Candidate {
  readonly host: PlacementHost;
  freeCpuUnits: number;
  freeMemoryMib: number;
  freeGpuCount: number;
  /** Of the demand's service or group, those placed by this call included. */
  groupTaskCount: number;
  /** Tasks placed on it by this call: they hold the demand's ports. */
  placedCount: number;
}

/** What a filter found missing; undefined when the host will do. */
type Lack =
  | { readonly missingAmount?: number; readonly missing?: string; readonly unable?: string }
  | undefined;

interface Filter {
  readonly reason: RefusalReason;
  readonly lacks: (candidate: Candidate, demand: PlacementDemand) => Lack;
}

/**
 * All filters, in the order in which a refusal is reported: the first that does not pass names the reason. Lasting
 * reasons come before those that another task's end can cure. (PLC-1)
 */
const FILTERS: readonly Filter[] = [
  { reason: 'INACTIVE', lacks: ({ host }) => (host.isActive ? undefined : {}) },
  { reason: 'AGENT', lacks: ({ host }) => (host.isConnected ? undefined : {}) },
  {
    reason: 'DAEMON',
    lacks: ({ host: { awaitedDaemon: missing } }) => (missing === undefined ? undefined : { missing }),
  },
  { reason: 'ATTRIBUTE', lacks: ({ host }, demand) => missingAttribute(host, demand) },
  { reason: 'LOCATION', lacks: ({ host }, demand) => wrongZone(host, demand.zones) },
  {
    reason: 'RESOURCE:CPU',
    lacks: ({ freeCpuUnits }, { resources }) => shortOf(freeCpuUnits, resources.cpuUnits),
  },
  {
    reason: 'RESOURCE:MEMORY',
    lacks: ({ freeMemoryMib }, { resources }) => shortOf(freeMemoryMib, resources.memoryMib),
  },
  { reason: 'RESOURCE:PORTS', lacks: takenPort },
  {
    reason: 'RESOURCE:GPU',
    lacks: ({ freeGpuCount }, { gpuCount = 0 }) => shortOf(freeGpuCount, gpuCount),
  },
];

/** The filters' order, for telling which refusal came closest. */
export const REFUSAL_RANK: ReadonlyMap<RefusalReason, number> = new Map(
  [...FILTERS.map(({ reason }) => reason), 'RESOURCE:ENI' as const, 'CONSTRAINT' as const].map(
    (reason, rank) => [reason, rank],
  ),
);

/** A host at the start of a call. */
export const candidateOf = (host: PlacementHost): Candidate => ({
  host,
  freeCpuUnits: host.registered.cpuUnits - host.reserved.cpuUnits,
  freeMemoryMib: host.registered.memoryMib - host.reserved.memoryMib,
  freeGpuCount: (host.registered.gpuIds?.length ?? 0) - (host.reserved.gpuIds?.length ?? 0),
  groupTaskCount: host.groupTaskCount,
  placedCount: 0,
});

/** Why the candidate cannot take one more task; undefined when it can. */
export function refusalOf(
  candidate: Candidate,
  demand: PlacementDemand,
  constraints: readonly PlacementConstraint[],
): PlacementRefusal | undefined {
  const { hostId } = candidate.host;
  for (const { reason, lacks } of FILTERS) {
    const lack = lacks(candidate, demand);
    if (lack !== undefined) return { hostId, reason, ...lack };
  }
  for (const constraint of constraints) {
    if (!constraint.admits(candidate.host, candidate.placedCount)) {
      const { reason: missing, dependsOnTasks } = constraint;
      return { hostId, reason: 'CONSTRAINT', missing, dependsOnTasks };
    }
  }
  return undefined;
}

function missingAttribute({ attributes }: PlacementHost, demand: PlacementDemand): Lack {
  for (const name of demand.requiredAttributes) if (!attributes.has(name)) return { missing: name };
  for (const { name, value } of demand.matchingAttributes) {
    if (attributes.has(name) && attributes.get(name) !== value) return { missing: `${name}=${value}` };
  }
  const avoided = demand.avoidedAttributes?.find(({ name }) => attributes.has(name));
  return avoided === undefined
    ? tooSmall(attributes.get(STORAGE_ATTRIBUTE), demand)
    : { unable: avoided.setting };
}

/** A host that does not tell its size is taken at its word: it has room. (PLC-17) */
function tooSmall(hostGib: string | undefined, { storageGib }: PlacementDemand): Lack {
  const isTooSmall = storageGib !== undefined && hostGib !== undefined && Number(hostGib) < storageGib;
  return isTooSmall
    ? { unable: `ephemeralStorage of ${storageGib} GiB: its disk has ${hostGib}` }
    : undefined;
}

/** A host without a zone of its own, such as a machine outside of any, is in every zone. */
function wrongZone({ attributes }: PlacementHost, zones: readonly string[] | undefined): Lack {
  const zone = attributes.get(ZONE_ATTRIBUTE);
  return zones === undefined || zone === undefined || zones.includes(zone) ? undefined : { missing: zone };
}

const shortOf = (free: number, needed: number): Lack =>
  free >= needed ? undefined : { missingAmount: needed - free };

/** A fixed host port has one holder: the host itself, a task on it, or one task of this call. */
function takenPort({ host, placedCount }: Candidate, { resources }: PlacementDemand): Lack {
  const ownPort = resources.tcpPorts[0] ?? resources.udpPorts[0];
  if (ownPort === undefined) return undefined;
  const port =
    resources.tcpPorts.find(
      (p) => host.registered.tcpPorts.includes(p) || host.reserved.tcpPorts.includes(p),
    ) ??
    resources.udpPorts.find(
      (p) => host.registered.udpPorts.includes(p) || host.reserved.udpPorts.includes(p),
    ) ??
    (placedCount > 0 ? ownPort : undefined);
  return port === undefined ? undefined : { missing: `${port}` };
}

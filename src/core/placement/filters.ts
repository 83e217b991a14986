import type {
  PlacementDemand,
  PlacementHost,
  PlacementRefusal,
  PlacementView,
  RefusalReason,
} from './placement-view.ts';
import { STORAGE_ATTRIBUTE } from './placement-view.ts';

/** What a filter found missing; undefined when the host will do. */
type Lack =
  | { readonly missingAmount?: number; readonly missing?: string; readonly unable?: string }
  | undefined;

interface Filter {
  readonly reason: RefusalReason;
  readonly lacks: (host: PlacementHost, demand: PlacementDemand, placedCount: number) => Lack;
}

/**
 * All filters, in the order in which a refusal is reported: the first that does not pass names the reason. Lasting
 * reasons come before those that another task's end can cure. (PLC-1)
 */
const FILTERS: readonly Filter[] = [
  { reason: 'INACTIVE', lacks: ({ isActive }) => (isActive ? undefined : {}) },
  { reason: 'AGENT', lacks: ({ isConnected }) => (isConnected ? undefined : {}) },
  {
    reason: 'DAEMON',
    lacks: ({ awaitedDaemon: missing }) => (missing === undefined ? undefined : { missing }),
  },
  { reason: 'ATTRIBUTE', lacks: missingAttribute },
  { reason: 'LOCATION', lacks: wrongZone },
  {
    reason: 'RESOURCE:CPU',
    lacks: (host, { resources: { cpuUnits } }, placedCount) =>
      shortOf(host.freeCpuUnits - placedCount * cpuUnits, cpuUnits),
  },
  {
    reason: 'RESOURCE:MEMORY',
    lacks: (host, { resources: { memoryMib } }, placedCount) =>
      shortOf(host.freeMemoryMib - placedCount * memoryMib, memoryMib),
  },
  { reason: 'RESOURCE:PORTS', lacks: takenPort },
  {
    reason: 'RESOURCE:GPU',
    lacks: ({ freeGpuCount }, { gpuCount = 0 }, placedCount) =>
      shortOf(freeGpuCount - placedCount * gpuCount, gpuCount),
  },
];

/** The filters' order, for telling which refusal came closest. */
export const REFUSAL_RANK: ReadonlyMap<RefusalReason, number> = new Map(
  [...FILTERS.map(({ reason }) => reason), 'RESOURCE:ENI' as const, 'CONSTRAINT' as const].map(
    (reason, rank) => [reason, rank],
  ),
);

/** What every refusal depends on besides the host. */
export type Asked = Pick<PlacementView, 'demand' | 'constraints'>;

/**
 * Whether the host has CPU and memory for one task, is there and waits for no daemon: false means refused, true that
 * the other filters decide. Costs next to nothing, for it is asked of every host.
 */
export const mayTake = (host: PlacementHost, { resources }: PlacementDemand): boolean =>
  host.freeCpuUnits >= resources.cpuUnits &&
  host.freeMemoryMib >= resources.memoryMib &&
  host.isActive &&
  host.isConnected &&
  host.awaitedDaemon === undefined;

/**
 * Why the host, on which this call has placed so many tasks, cannot take one more; undefined when it can. Which filter
 * refuses may change with tasks that it gets, but a host that refuses goes on refusing.
 */
export function refusalOf(
  host: PlacementHost,
  { demand, constraints }: Asked,
  placedCount: number,
): PlacementRefusal | undefined {
  const { hostId } = host;
  for (const { reason, lacks } of FILTERS) {
    const lack = lacks(host, demand, placedCount);
    if (lack !== undefined) return { hostId, reason, ...lack };
  }
  for (const constraint of constraints) {
    if (!constraint.admits(host, placedCount)) {
      const { reason: missing, dependsOnTasks } = constraint;
      return { hostId, reason: 'CONSTRAINT', missing, dependsOnTasks };
    }
  }
  return undefined;
}

/** Whether nothing refuses the host: the same without an answer to be made. */
export const takes = (host: PlacementHost, { demand, constraints }: Asked, placedCount: number): boolean =>
  FILTERS.every(({ lacks }) => lacks(host, demand, placedCount) === undefined) &&
  constraints.every((constraint) => constraint.admits(host, placedCount));

function missingAttribute({ attributes }: PlacementHost, demand: PlacementDemand): Lack {
  for (const name of demand.requiredAttributes) if (!attributes.has(name)) return { missing: name };
  for (const { name, value } of demand.matchingAttributes) {
    if (attributes.has(name) && attributes.get(name) !== value) return { missing: `${name}=${value}` };
  }
  for (const { name, setting } of demand.avoidedAttributes ?? [])
    if (attributes.has(name)) return { unable: setting };
  return demand.storageGib === undefined ? undefined : tooSmall(attributes, demand.storageGib);
}

/** A host that does not tell its size is taken at its word: it has room. (PLC-17) */
function tooSmall(attributes: PlacementHost['attributes'], storageGib: number): Lack {
  const hostGib = attributes.get(STORAGE_ATTRIBUTE);
  return hostGib !== undefined && Number(hostGib) < storageGib
    ? { unable: `ephemeralStorage of ${storageGib} GiB: its disk has ${hostGib}` }
    : undefined;
}

/** A host without a zone of its own, such as a machine outside of any, is in every zone. */
function wrongZone({ zone }: PlacementHost, { zones }: PlacementDemand): Lack {
  return zones === undefined || zone === undefined || zones.includes(zone) ? undefined : { missing: zone };
}

const shortOf = (free: number, needed: number): Lack =>
  free >= needed ? undefined : { missingAmount: needed - free };

/** A fixed host port has one holder: the host itself, a task on it, or one task of this call. */
function takenPort(host: PlacementHost, { resources }: PlacementDemand, placedCount: number): Lack {
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

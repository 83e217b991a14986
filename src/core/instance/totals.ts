import type { Resources } from '../../domain/resources.ts';
import type { Resource } from '../../shapes/generated/ecs.ts';

/** What an agent offered, or the name of the resource that cannot be taken. */
export type ReadTotals =
  | { readonly kind: 'read'; readonly totals: Resources }
  | { readonly kind: 'unsupported'; readonly name: string }
  | { readonly kind: 'malformed'; readonly name: string };

const KNOWN: ReadonlySet<string> = new Set(['CPU', 'MEMORY', 'PORTS', 'PORTS_UDP']);

/** The most ports that an instance may keep for itself. (INS-3) */
const RESERVED_PORTS_MAX_COUNT = 100;

/** Reads `totalResources`: CPU units, MiB, and the ports that the host keeps for itself. (INS-3) */
export function readTotals(resources: readonly Resource[]): ReadTotals {
  for (const { name = '', type } of resources) {
    if (!KNOWN.has(name)) return { kind: 'unsupported', name };
    if (type !== (name.startsWith('PORTS') ? 'STRINGSET' : 'INTEGER')) return { kind: 'malformed', name };
  }
  const amount = (name: string): number =>
    resources.find((resource) => resource.name === name)?.integerValue ?? 0;
  const ports = (name: string): readonly number[] =>
    (resources.find((resource) => resource.name === name)?.stringSetValue ?? []).map(Number);
  const totals: Resources = {
    cpuUnits: amount('CPU'),
    memoryMib: amount('MEMORY'),
    tcpPorts: ports('PORTS'),
    udpPorts: ports('PORTS_UDP'),
  };
  const wrong = malformed(totals);
  return wrong === undefined ? { kind: 'read', totals } : { kind: 'malformed', name: wrong };
}

function malformed({ cpuUnits, memoryMib, tcpPorts, udpPorts }: Resources): string | undefined {
  if (!isAmount(cpuUnits)) return 'CPU';
  if (!isAmount(memoryMib)) return 'MEMORY';
  if (!tcpPorts.every(isPort) || tcpPorts.length > RESERVED_PORTS_MAX_COUNT) return 'PORTS';
  return udpPorts.every(isPort) && udpPorts.length <= RESERVED_PORTS_MAX_COUNT ? undefined : 'PORTS_UDP';
}

const isAmount = (value: number): boolean => Number.isInteger(value) && value > 0;

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;

import type { Resources } from '../../domain/resources.ts';
import type {
  ContainerDefinition,
  ContainerOverride,
  PortMapping,
  TaskDefinition,
  TaskOverride,
} from '../../shapes/generated/ecs.ts';
import { parseCpuUnits, parseMemoryMib } from '../task-definition/task-size.ts';

/** What a container asks for after the overrides: CPU units and MiB; undefined where nothing is asked for. */
export interface ContainerSize {
  readonly cpuUnits: number;
  readonly memoryMib?: number | undefined;
  readonly memoryReservationMib?: number | undefined;
}

/** A task's size as the API shows it and what it holds on its host. */
export interface TaskSize {
  readonly cpu: string;
  readonly memory: string;
  readonly reserved: Resources;
}

/** The override of a container; undefined when there is none. */
export const overrideOf = (
  overrides: TaskOverride | undefined,
  name: string,
): ContainerOverride | undefined => overrides?.containerOverrides?.find((override) => override.name === name);

/** A container's own size. (TSK-2) */
export function containerSize(definition: ContainerDefinition, override?: ContainerOverride): ContainerSize {
  return {
    cpuUnits: override?.cpu ?? definition.cpu ?? 0,
    memoryMib: override?.memory ?? definition.memory,
    memoryReservationMib: override?.memoryReservation ?? definition.memoryReservation,
  };
}

/**
 * The size of the task: its own CPU and memory where it has them, else the sum over its containers, of which each
 * counts with its soft limit where it has one. Fixed host ports are held except under awsvpc, where the task has an
 * address of its own. (TSK-2)
 */
export function taskSize(document: TaskDefinition, overrides?: TaskOverride): TaskSize {
  if (overrides !== undefined) return readSize(document, overrides);
  const known = knownSizes.get(document);
  if (known !== undefined) return known;
  const size = readSize(document, undefined);
  knownSizes.set(document, size);
  return size;
}

/** Definitions never change, so the size of one is read once for all tasks that override nothing. */
const knownSizes = new WeakMap<TaskDefinition, TaskSize>();

function readSize(document: TaskDefinition, overrides: TaskOverride | undefined): TaskSize {
  const containers = document.containerDefinitions ?? [];
  const sizes = containers.map((each) => containerSize(each, overrideOf(overrides, each.name ?? '')));
  const cpuUnits = parseCpuUnits(overrides?.cpu ?? document.cpu) ?? sum(sizes.map((size) => size.cpuUnits));
  const memoryMib =
    parseMemoryMib(overrides?.memory ?? document.memory) ??
    sum(sizes.map((size) => size.memoryReservationMib ?? size.memoryMib ?? 0));
  return {
    cpu: `${cpuUnits}`,
    memory: `${memoryMib}`,
    reserved: { cpuUnits, memoryMib, ...fixedHostPorts(document) },
  };
}

function fixedHostPorts(document: TaskDefinition): Pick<Resources, 'tcpPorts' | 'udpPorts'> {
  if (document.networkMode === 'awsvpc' || document.networkMode === 'none')
    return { tcpPorts: [], udpPorts: [] };
  const isHostMode = document.networkMode === 'host';
  const mappings = (document.containerDefinitions ?? []).flatMap((each) => each.portMappings ?? []);
  const ports = (isUdp: boolean): readonly number[] =>
    ascending(
      mappings
        .filter(({ protocol }) => (protocol === 'udp') === isUdp)
        .map((mapping) => hostPort(mapping, isHostMode))
        .filter((port) => port > 0),
    );
  return { tcpPorts: ports(false), udpPorts: ports(true) };
}

const hostPort = (mapping: PortMapping, isHostMode: boolean): number =>
  mapping.hostPort || (isHostMode ? (mapping.containerPort ?? 0) : 0);

/** Ports in order, each once. */
export const ascending = (ports: readonly number[]): readonly number[] =>
  [...new Set(ports)].sort((one, other) => one - other);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

import type {
  Compatibility,
  ContainerDefinition,
  NetworkMode,
  RegisterTaskDefinitionRequest,
} from '../../shapes/generated/ecs.ts';
import { parseCpuUnits, parseMemoryMib } from './task-size.ts';

/** A request to register a task definition, read once for all rules. */
export interface Draft {
  /** The request without members that ask for nothing. */
  readonly request: RegisterTaskDefinitionRequest;
  readonly containers: readonly ContainerDefinition[];
  readonly networkMode: NetworkMode;
  /** The task's own CPU units; undefined when absent or not readable. */
  readonly cpuUnits: number | undefined;
  /** The task's own memory in MiB; undefined when absent or not readable. */
  readonly memoryMib: number | undefined;
  readonly requires: ReadonlySet<Compatibility>;
}

/** One rule: the service's text when the request breaks it, undefined when it does not. */
export type Rule = (draft: Draft) => string | undefined;

/** A rule about each container by itself. */
export type ContainerRule = (container: ContainerDefinition, draft: Draft) => string | undefined;

/** The text of the first broken rule: the service reports one, never a list. (TDF-1) */
export function firstBroken(rules: readonly Rule[], draft: Draft): string | undefined {
  for (const rule of rules) {
    const text = rule(draft);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Applies all of `rules` to the first container, then to the next. */
export function forEachContainer(rules: readonly ContainerRule[]): Rule {
  return (draft) => {
    for (const container of draft.containers) {
      for (const rule of rules) {
        const text = rule(container, draft);
        if (text !== undefined) return text;
      }
    }
    return undefined;
  };
}

/** The network mode of a definition that names none, on Linux. */
export const DEFAULT_NETWORK_MODE: NetworkMode = 'bridge';

/**
 * Reads a request. Clients fill members that they do not use with null, "" or, for memory, 0; those count as absent.
 * (TDF-2)
 */
export function readDraft(given: RegisterTaskDefinitionRequest): Draft {
  const containers = (given.containerDefinitions ?? []).map(withoutBlanks);
  const request = {
    ...withoutBlanks(given),
    containerDefinitions: containers,
  } as RegisterTaskDefinitionRequest;
  return {
    request,
    containers,
    networkMode: request.networkMode ?? DEFAULT_NETWORK_MODE,
    cpuUnits: parseCpuUnits(request.cpu),
    memoryMib: parseMemoryMib(request.memory),
    requires: new Set(request.requiresCompatibilities ?? []),
  };
}

/** Numbers for which 0 means "not given". */
const ZERO_IS_ABSENT = new Set(['memory', 'memoryReservation', 'startTimeout', 'stopTimeout']);

function withoutBlanks<Shape extends object>(shape: Shape): Shape {
  const kept = Object.entries(shape).filter(([name, value]) => !isBlank(name, value));
  return Object.fromEntries(kept) as Shape;
}

const isBlank = (name: string, value: unknown): boolean =>
  value === undefined || value === null || value === '' || (value === 0 && ZERO_IS_ABSENT.has(name));

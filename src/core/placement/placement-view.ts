import type { Resources } from '../../domain/resources.ts';

/**
 * Vocabulary: a *host* is a container instance or a machine of the FARGATE pool; a *demand* is what each task of one
 * call asks of its host; a *filter* says whether a host can take the demand at all and, if not, why; a *scorer* says
 * which of the hosts that can take it is preferred.
 */

/**
 * A host as placement sees it, whoever asks: callers make it once for a row and keep it. Rows with equal content place
 * equally; the order of hosts never matters.
 */
export interface PlacementHost {
  /** The container instance ARN: the last key of every order. */
  readonly hostId: string;
  readonly isActive: boolean;
  readonly isConnected: boolean;
  /** The daemon whose task must run on the host before others are placed. (MDM-22) */
  readonly awaitedDaemon?: string | undefined;
  /** Name → value; undefined for the many that have a name only. */
  readonly attributes: ReadonlyMap<string, string | undefined>;
  /** What the host offers. Its ports are the ones it keeps for itself. */
  readonly registered: Resources;
  /** What its tasks hold already. */
  readonly reserved: Resources;
  /** The value of `ZONE_ATTRIBUTE`, at hand because every search asks for it. */
  readonly zone: string | undefined;
  /** What is left of the registered amounts, at hand for the same reason. */
  readonly freeCpuUnits: number;
  readonly freeMemoryMib: number;
  readonly freeGpuCount: number;
}

/** A host without what follows from the rest of it. */
type PlainHost = Omit<PlacementHost, 'zone' | 'freeCpuUnits' | 'freeMemoryMib' | 'freeGpuCount'>;

/** Completes a host by what follows from its attributes and amounts. */
export function placementHost(host: PlainHost): PlacementHost {
  const { hostId, isActive, isConnected, awaitedDaemon, attributes, registered, reserved } = host;
  return {
    hostId,
    isActive,
    isConnected,
    awaitedDaemon,
    attributes,
    registered,
    reserved,
    zone: attributes.get(ZONE_ATTRIBUTE),
    freeCpuUnits: registered.cpuUnits - reserved.cpuUnits,
    freeMemoryMib: registered.memoryMib - reserved.memoryMib,
    freeGpuCount: (registered.gpuIds?.length ?? 0) - (reserved.gpuIds?.length ?? 0),
  };
}

/** What every task of one call asks of its host. */
export interface PlacementDemand {
  readonly resources: Resources;
  /** Names that the host must have among its attributes (the definition's `requiresAttributes`). */
  readonly requiredAttributes: readonly string[];
  /** Attributes that a host, where it has them at all, must have with this value, e.g. `ecs.cpu-architecture`. */
  readonly matchingAttributes: readonly { readonly name: string; readonly value: string }[];
  /** Attributes that a host must not have. */
  readonly avoidedAttributes?: readonly AvoidedAttribute[] | undefined;
  /** GPUs that the task's containers have together, each for itself. */
  readonly gpuCount?: number | undefined;
  /** GiB that the file system of the host's containers must have; undefined where nothing is asked for. */
  readonly storageGib?: number | undefined;
  /** Zones of the subnets that the task may be in; undefined where any zone will do. */
  readonly zones?: readonly string[] | undefined;
}

/** An attribute by which a host says that it cannot do something, and the setting that asks for it. */
export interface AvoidedAttribute {
  readonly name: string;
  /** As a definition writes it, e.g. `linuxParameters.maxSwap`. */
  readonly setting: string;
}

/** A rule of the caller's own that a host must meet, checked after all others. */
export interface PlacementConstraint {
  /** What a refusal by it says, e.g. `MemberOf placement constraint unsatisfied.` */
  readonly reason: string;
  /** True when a refusal may pass once other tasks have left the host. */
  readonly dependsOnTasks: boolean;
  /** `placedCount` counts the tasks that this call has placed on the host. What refuses a host goes on refusing it. */
  admits(host: PlacementHost, placedCount: number): boolean;
}

/** One level of preference; the list of a view is compared in order, the host id comes last. */
export type PlacementStrategy =
  /** Fewest tasks of the group among all hosts with the same value of the attribute. */
  | { readonly kind: 'spread'; readonly attribute: string }
  /** Fewest tasks of the group on the host itself. */
  | { readonly kind: 'spread-hosts' }
  /** Least left of the resource. */
  | { readonly kind: 'binpack'; readonly resource: 'cpu' | 'memory' }
  /** Each task on any host with equal chance, drawn from the seed. */
  | { readonly kind: 'random'; readonly seed: string };

/** The attribute that names a host's zone. */
export const ZONE_ATTRIBUTE = 'ecs.availability-zone';

/** The attribute by which our hosts say how many GiB the file system of their containers has. */
export const STORAGE_ATTRIBUTE = 'gantry.storage-gib';

/** What AWS does when a service names no strategy: even over zones, then the host with the fewest of its tasks. */
export const DEFAULT_STRATEGIES: readonly PlacementStrategy[] = [
  { kind: 'spread', attribute: ZONE_ATTRIBUTE },
  { kind: 'spread-hosts' },
];

/** All that a placement depends on. */
export interface PlacementView {
  readonly demand: PlacementDemand;
  /** How many tasks with this demand to place. */
  readonly taskCount: number;
  /** Each once. In the order of their ids they cost least. */
  readonly hosts: readonly PlacementHost[];
  /** How many tasks of the demand's service or group are on a host already; absent when there are none at all. */
  readonly groupTaskCountOn?: ((hostId: string) => number) | undefined;
  readonly constraints: readonly PlacementConstraint[];
  readonly strategies: readonly PlacementStrategy[];
  /** Which refusals the caller reads; absent means those of all hosts. */
  readonly refusalsWanted?: 'closest' | undefined;
}

/** Why a host cannot take a task, in AWS's words. */
export type RefusalReason =
  | 'INACTIVE'
  | 'AGENT'
  /** A critical daemon does not run there; the reason is ours. */
  | 'DAEMON'
  | 'ATTRIBUTE'
  | 'LOCATION'
  | 'RESOURCE:CPU'
  | 'RESOURCE:MEMORY'
  | 'RESOURCE:PORTS'
  | 'RESOURCE:GPU'
  /** No address is left in the subnets; found out after the host was chosen. */
  | 'RESOURCE:ENI'
  | 'CONSTRAINT';

/** One host's refusal, with what it lacks. */
export interface PlacementRefusal {
  readonly hostId: string;
  readonly reason: RefusalReason;
  /** CPU units or MiB short; absent for other reasons. */
  readonly missingAmount?: number | undefined;
  /** Of a constraint: the refusal may pass once other tasks have left the host. */
  readonly dependsOnTasks?: boolean | undefined;
  /** The setting that the host says it cannot do, e.g. `linuxParameters.maxSwap`. */
  readonly unable?: string | undefined;
  /** The daemon, the missing attribute, the port that is taken, the host's zone, or the constraint's reason. */
  readonly missing?: string | undefined;
}

/** The outcome for one task of the call. */
export type Placement = { readonly kind: 'placed'; readonly hostId: string } | { readonly kind: 'unplaced' };

/** The outcome of a call: one placement for each task, the unplaced ones last, and why there is no room for more. */
export interface PlacementOutcome {
  readonly placements: readonly Placement[];
  /**
   * Empty when all were placed; else one for each host, in the order of host ids. Where the closest was asked for: that
   * one and, when it will not pass as tasks leave, the closest of those that may, where there are such.
   */
  readonly refusals: readonly PlacementRefusal[];
}

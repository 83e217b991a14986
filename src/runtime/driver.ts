/**
 * What an agent needs of a container engine, and nothing of any engine in particular.
 *
 * Vocabulary: a *sandbox* is what the containers of one task share (network namespace, address, cgroup); a *container*
 * is one process tree in it; a *runtime id* is the engine's own name for a container. All calls may be repeated: a
 * driver treats "already so" as success. Every call rejects with a `RuntimeError` when the engine refuses.
 */

import type { DiskUse } from '../domain/disk-use.ts';
import type { VolumeSpec, VolumeState } from '../domain/engine-volume.ts';
import type { HealthCheckResult } from '../domain/health-check.ts';
import type { TaskFaults } from '../domain/network-fault.ts';

/** Which step of a container's life the engine refused. The agent turns it into ECS's `Cannot…Error: text`. */
export type RuntimeStep =
  | 'network'
  | 'volume'
  | 'pull'
  | 'create'
  | 'start'
  | 'stop'
  | 'inspect'
  | 'exec'
  | 'engine';

/** The engine refused. `message` is the engine's own text, fit to be shown to the user. */
export class RuntimeError extends Error {
  readonly step: RuntimeStep;
  /** True when the same call may succeed later (engine down, registry unreachable). */
  readonly isTemporary: boolean;
  /** True when the engine itself could not be reached, or went away before it answered. Such refusals are temporary. */
  readonly isEngineAway: boolean;
  /** True when a container could not be made because its image is not on the host (any more). */
  readonly isImageMissing: boolean;

  constructor(
    step: RuntimeStep,
    message: string,
    options: Partial<Pick<RuntimeError, 'isTemporary' | 'isEngineAway' | 'isImageMissing' | 'cause'>> = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'RuntimeError';
    this.step = step;
    this.isEngineAway = options.isEngineAway ?? false;
    this.isTemporary = options.isTemporary ?? this.isEngineAway;
    this.isImageMissing = options.isImageMissing ?? false;
  }
}

/** The engine and the host behind it. */
export interface RuntimeInfo {
  readonly name: 'docker' | 'simulated';
  readonly version: string;
  /** 1024 for each core. */
  readonly cpuUnits: number;
  readonly memoryMib: number;
  readonly architecture: 'x86_64' | 'arm64';
  /** Whether tasks can get an address of their own (awsvpc). */
  readonly hasTaskNetworking: boolean;
  /** Log drivers that containers can be given, by the engine's names. */
  readonly logDrivers: readonly string[];
  /** What guards processes on the host beyond permissions; containers may name profiles or labels of it. */
  readonly securityModules: readonly SecurityModule[];
  /** What the kernel of the host cannot do, and containers may ask for. */
  readonly lacks: readonly KernelLack[];
  /** Whether faults can be made in the networks of tasks. */
  readonly hasNetworkFaults: boolean;
  /** Ids of the GPUs that containers can have. */
  readonly gpuIds: readonly string[];
  /** Names of the drivers that make volumes. */
  readonly volumeDrivers: readonly string[];
  /** Size of the file system that holds images, containers and volumes; undefined where it cannot be seen. */
  readonly storageGib?: number | undefined;
}

/** A security module of the kernel. */
export type SecurityModule = 'apparmor' | 'selinux';

/**
 * `swap-limit`: containers share the host's swap. `memory-swappiness`: how eager swapping is, is the host's alone.
 * `privileged`: no container can have all that the kernel gives. `capability-<NAME>`: no container can have this one.
 */
export type KernelLack = 'swap-limit' | 'memory-swappiness' | 'privileged' | `capability-${string}`;

/** The task's own network interface, for awsvpc. */
export interface SandboxInterface {
  readonly macAddress: string;
  readonly ipv4Address: string;
  /** The gateway with its prefix, e.g. `172.31.0.1/20`; the host answers at this address. */
  readonly gatewayCidr: string;
  readonly hostName: string;
}

/** What the containers of a task share. */
export interface SandboxSpec {
  readonly taskId: string;
  readonly networkMode: 'awsvpc' | 'bridge' | 'host' | 'none';
  readonly networkInterface?: SandboxInterface | undefined;
  /** Hard limit of the whole task, 1,024 for a core; absent means none. */
  readonly cpuUnits?: number | undefined;
  /** Hard limit of the whole task; absent means none. */
  readonly memoryMib?: number | undefined;
  /** Whose processes containers see: those of the host, or of the task. Absent: each its own. */
  readonly pidMode?: 'host' | 'task' | undefined;
  /** Whose shared memory and queues they use; `none` is a private one without shared memory. Absent: the engine's default. */
  readonly ipcMode?: 'host' | 'task' | 'none' | undefined;
}

/** What a registry asks for before it gives an image. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

/** The health check that the engine runs inside a container. */
export interface HealthCheck {
  /** `['CMD', …]` or `['CMD-SHELL', command]`. */
  readonly command: readonly string[];
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly retries: number;
  readonly startPeriodSeconds: number;
}

/** A port of the container that the host is to answer on. */
export interface PortMapping {
  readonly containerPort: number;
  /** 0 lets the engine choose. */
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
}

/** Ports of the container in a row, for which the driver finds as many host ports in a row. */
export interface PortRangeMapping {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
  readonly protocol: 'tcp' | 'udp';
}

/** A container to create. */
export interface ContainerSpec {
  readonly taskId: string;
  readonly containerName: string;
  /** The engine-side name, unique on the host. */
  readonly engineName: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly entryPoint?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly user?: string | undefined;
  readonly workingDirectory?: string | undefined;
  /** Relative weight; 2 is the engine's least. */
  readonly cpuUnits: number;
  /** Hard limit. */
  readonly memoryMib?: number | undefined;
  readonly memoryReservationMib?: number | undefined;
  /** Only in bridge mode. */
  readonly portMappings: readonly PortMapping[];
  /** Only in bridge mode. */
  readonly portRanges?: readonly PortRangeMapping[] | undefined;
  readonly healthCheck?: HealthCheck | undefined;
  /** Ids of the host's GPUs that the container has. */
  readonly gpuIds?: readonly string[] | undefined;
  /** A fragment of the engine's own container and host configuration, laid over what the driver made (agent protocol). */
  readonly engineConfig?: Readonly<Record<string, unknown>> | undefined;
  readonly engineHostConfig?: Readonly<Record<string, unknown>> | undefined;
  /** Output that was not read yet is kept as long as there is room, not only the newest of it. (RUN-45) */
  readonly keepsUnreadOutput?: boolean | undefined;
}

/** A port of the host that leads to a container, as the engine made it. */
export interface PortBinding {
  readonly bindIp: string;
  readonly containerPort: number;
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
}

/** A container as the engine sees it now. Instants are epoch milliseconds. */
export interface ContainerState {
  readonly runtimeId: string;
  readonly taskId: string;
  readonly containerName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: 'created' | 'running' | 'exited';
  readonly exitCode?: number | undefined;
  /** The kernel killed it (or a child of it) for memory. */
  readonly wasOutOfMemory: boolean;
  /** The engine's own text when the start failed. */
  readonly error?: string | undefined;
  readonly createdAtMs?: number | undefined;
  readonly startedAtMs?: number | undefined;
  readonly finishedAtMs?: number | undefined;
  readonly health?: 'starting' | 'healthy' | 'unhealthy' | undefined;
  /** The last results of the health check, oldest first; they stay after the container's end, until it runs again. */
  readonly healthChecks?: readonly HealthCheckResult[] | undefined;
  readonly portBindings: readonly PortBinding[];
  /** The address in bridge mode. */
  readonly bridgeAddress?: string | undefined;
  readonly image: string;
  /** The id of the image's configuration, `sha256:…`. */
  readonly imageId?: string | undefined;
}

/** Where a reader of a container's output stands. Opaque, plain JSON, survives a restart of the agent. */
export type LogCursor = Readonly<Record<string, string | number>>;

/** One line of what a container wrote. */
export interface LogLine {
  readonly timestampMs: number;
  /** Without the line end. A line that the engine cut into parts is whole again. */
  readonly message: string;
}

/** Lines in the order they were written, and where to go on. */
export interface LogChunk {
  readonly lines: readonly LogLine[];
  /** Stands after the last of `lines`. */
  readonly cursor: LogCursor;
  /** No line will follow: the container has ended and all of its output has been read. */
  readonly isEnd: boolean;
  /** About how much of what the host keeps lies between the given cursor and the new one. */
  readonly readBytes: number;
  /** About how much of it lies behind the new one. */
  readonly backlogBytes: number;
  /** Output between the given cursor and these lines is lost. */
  readonly isGap: boolean;
}

/** Counters of one container since its start, read now. Absent while it does not run. */
export interface ContainerStats {
  readonly cpuNanoseconds: number;
  readonly memoryBytes: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** From and to disks; absent where the kernel does not count them. */
  readonly readBytes?: number | undefined;
  readonly writtenBytes?: number | undefined;
}

/** Statistics in the form of Docker's Engine API, of which the members that we read are named. */
export interface EngineStats {
  /** ISO 8601. */
  readonly read?: string | undefined;
  readonly preread?: string | undefined;
  readonly cpu_stats?: unknown;
  readonly precpu_stats?: unknown;
  readonly networks?: Readonly<Record<string, Readonly<Record<string, number>>>> | undefined;
}

/** A command to run in a running container beside its own program, on a terminal of its own. */
export interface ExecRequest {
  readonly runtimeId: string;
  /** The program and its arguments; no shell comes between. */
  readonly command: readonly string[];
  /** Laid over the container's own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly columns: number;
  readonly rows: number;
}

/** A running command. What its terminal shows before `onOutput` is called is kept. */
export interface ExecProcess {
  /** Opaque; `killExec` takes it, also after a restart of the agent. */
  readonly execId: string;
  /** Types on the terminal. Resolves when the engine has taken it, or will take nothing more. */
  write(bytes: Uint8Array): Promise<void>;
  /** A size that cannot be set any more is no error. */
  resize(columns: number, rows: number): Promise<void>;
  onOutput(listener: (bytes: Uint8Array) => void): void;
  /** Stops reading what the terminal shows, and so in the end the command's writing. */
  pause(): void;
  resume(): void;
  /** Resolves when the command has ended and all that it showed was given out. Never rejects. */
  readonly ended: Promise<{ readonly exitCode: number }>;
  /** Hangs up the terminal, then kills what is left of the command and of all that it started. */
  kill(): Promise<void>;
}

/**
 * What an image that is already on the host is good for: nothing, for when the pull is refused or impossible, or
 * instead of a pull.
 */
export type LocalImageUse = 'never' | 'fallback' | 'first';

/** How a pull gets its credentials when it comes to that. */
export interface RegistryAccess {
  /** Whose rights they are, e.g. a role: pulls of one image for one owner share one pull, whatever their tokens. */
  readonly owner: string;
  /** Asked once for each pull from a registry. A pull rejects with what it rejects with. */
  credentials(): Promise<RegistryCredentials | undefined>;
  /** They were not taken: forgets those that are kept. True when there were some, so that others may do. */
  forget?(): boolean;
}

/** An image to bring to the host; `access` is absent for a registry that asks for none. */
export interface ImagePull {
  readonly image: string;
  readonly access?: RegistryAccess | undefined;
  readonly localImage: LocalImageUse;
  readonly signal?: AbortSignal | undefined;
  /** The container that needs it. Of use only to a driver that simulates. */
  readonly container?: Pick<ContainerSpec, 'labels' | 'environment'> | undefined;
}

/** An image that is on the host now. */
export interface PulledImage {
  /** The registry's digest (`sha256:…`), when the engine knows one. */
  readonly digest?: string | undefined;
  /** The id of the image's configuration, `sha256:…`. */
  readonly imageId?: string | undefined;
  /** The host did not have this very image under this name before. */
  readonly isNew: boolean;
}

/** What an agent needs of a container engine. Every driver passes the contract suite. Rejections are `RuntimeError`s. */
export interface RuntimeDriver {
  info(): Promise<RuntimeInfo>;

  /** Makes what a task's containers share, once for each task. They may be created meanwhile, and started after it. (RUN-69) */
  prepareSandbox(spec: SandboxSpec): Promise<void>;
  /**
   * Takes it away, with the network interface. Unknown tasks are no error. Containers must have ended; they may still be
   * there. `ipv4Address` is the task's, as long as it is: what leads to it goes too, also where nothing else is left.
   */
  releaseSandbox(taskId: string, ipv4Address?: string): Promise<void>;
  /** The task ids whose sandboxes exist, for recovery. */
  listSandboxes(): Promise<readonly string[]>;

  /**
   * Brings the image to the host. Those who ask for one image for one owner at the same time share one pull.
   */
  pullImage(request: ImagePull): Promise<PulledImage>;
  /** Takes a name away from an image, and the image with its last name. False when a container has it. Unknown names are no error. */
  removeImage(reference: string): Promise<boolean>;
  /** The disk that holds the images; undefined where it cannot be looked at. */
  imageDisk(): Promise<DiskUse | undefined>;

  /** Faults in the networks of tasks, in awsvpc and host mode. */
  readonly faults: TaskFaults;

  /** Makes a volume; one of this name that is there stays as it is. */
  createVolume(spec: VolumeSpec): Promise<void>;
  /** Undefined when the engine has no volume of this name. */
  findVolume(name: string): Promise<VolumeState | undefined>;
  /** Removes a volume that no container has. Unknown names are no error. */
  removeVolume(name: string): Promise<void>;

  /** Makes a container in its task's sandbox; the same task and container name again gives the same container. */
  createContainer(spec: ContainerSpec): Promise<{ readonly runtimeId: string }>;
  /** A running container stays as it is; one that has ended runs again. */
  startContainer(runtimeId: string): Promise<void>;
  /** The image's stop signal (or TERM), then KILL after the grace time. Resolves when the container has ended. */
  stopContainer(runtimeId: string, graceSeconds: number): Promise<void>;
  /** Removes a container, known by its id or its engine name, and its output. Unknown ones are no error. */
  removeContainer(runtimeIdOrName: string): Promise<void>;

  /** Undefined when the engine does not know it. */
  inspectContainer(runtimeId: string): Promise<ContainerState | undefined>;
  /** Every container that this driver made (by its owner label) and that still exists, for recovery. */
  listContainers(): Promise<readonly ContainerState[]>;
  /**
   * Calls `onChange` with a runtime id whenever that container started, ended or changed its health; it may call for
   * nothing, and after a lost engine connection calls for every container. Read the state with `inspectContainer`.
   */
  watch(onChange: (runtimeId: string) => void): () => void;

  /** The next output after `cursor` (undefined: the beginning), at most about `maxBytes`; may be empty. */
  readLogs(runtimeId: string, cursor: LogCursor | undefined, maxBytes: number): Promise<LogChunk>;
  /** Output before `cursor` was taken and is not asked for again. */
  forgetLogs?(runtimeId: string, cursor: LogCursor): Promise<void>;
  stats(runtimeId: string): Promise<ContainerStats | undefined>;
  /** The engine's own document, for the container itself to read; undefined for one that does not run. */
  engineStats(runtimeId: string): Promise<EngineStats | undefined>;

  /** Runs a command as root in a running container. (RUN-70) */
  exec(request: ExecRequest): Promise<ExecProcess>;
  /** Kills a command that an agent before this one started. Unknown ids and ended commands are no error. */
  killExec(execId: string): Promise<void>;

  /**
   * Makes `169.254.170.2:80` of every sandbox made from now on reach this local port of the host, with the
   * container's own address as the peer where the network mode allows it. Called once, before the first sandbox.
   */
  setMetadataPort(port: number): Promise<void>;
  /**
   * The metadata ports of the other agents on this host. Where tasks of several agents share a network (host mode), their
   * one `169.254.170.2` leads to one of the agents, which has to ask the others for what it does not know.
   */
  otherMetadataPorts(): Promise<readonly number[]>;
  /**
   * The address at which containers of a sandbox reach services of the host (the gateway), for `AWS_ENDPOINT_URL`.
   * Undefined for modes that have none of their own (`host` reaches loopback, `none` nothing).
   */
  hostAddressFor(networkMode: SandboxSpec['networkMode'], gatewayCidr?: string): Promise<string | undefined>;

  close(): Promise<void>;
}

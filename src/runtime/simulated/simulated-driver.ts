import { createHash } from 'node:crypto';
import type { VolumeSpec, VolumeState } from '../../domain/engine-volume.ts';
import type { TaskFaults } from '../../domain/network-fault.ts';
import { faultName } from '../../domain/network-fault.ts';
import type { Clock } from '../../lib/clock.ts';
import { plusMs } from '../../lib/clock.ts';
import type {
  ContainerSpec,
  ContainerState,
  ExecProcess,
  ExecRequest,
  ImagePull,
  PortBinding,
  PulledImage,
  RuntimeDriver,
  SandboxSpec,
} from '../driver.ts';
import { RuntimeError } from '../driver.ts';
import type { SimulatedBehaviour, SimulatedScript } from './behaviour.ts';
import { behaviourOfImage } from './behaviour.ts';
import { type ContainerWords, readScript } from './scripted-container.ts';
import { SimulatedContainer } from './simulated-container.ts';
import { SimulatedExec } from './simulated-exec.ts';

/** What a simulated host is. Time is the given clock's alone; nothing is random. */
export interface SimulatedDriverOptions {
  readonly clock: Clock;
  /** Overrides what the image's name asks for. */
  readonly script?: SimulatedScript | undefined;
  /** 1024 for each core; 4 cores by default. */
  readonly cpuUnits?: number | undefined;
  /** 16 GiB by default. */
  readonly memoryMib?: number | undefined;
  readonly architecture?: 'x86_64' | 'arm64' | undefined;
  /** How long a task's set-up, its images and its taking away last when nothing else says so; 0 by default. (TST-2) */
  readonly paceMs?: number | undefined;
  /** Begins every runtime id, so that ids differ between hosts. */
  readonly hostName?: string | undefined;
}

/** A driver without processes, and the strings to pull in tests. */
export interface SimulatedDriver extends RuntimeDriver {
  /** Ends a running container as if its program had ended by itself. */
  crash(runtimeId: string, exitCode: number, isOutOfMemory?: boolean): void;
  setHealth(runtimeId: string, health: 'healthy' | 'unhealthy'): void;
  /** Adds a line to the container's output. */
  print(runtimeId: string, message: string): void;
}

const FIRST_DYNAMIC_PORT = 49_153;

/**
 * Makes a host whose containers are only rows: they run until stopped, or do what the script or the image's name says.
 * A new agent may be given the same driver after `close`, as after a restart on a real host: its containers are still there.
 */
export function createSimulatedDriver(options: SimulatedDriverOptions): SimulatedDriver {
  return new SimulatedRuntime(options);
}

class SimulatedRuntime implements SimulatedDriver {
  readonly #options: SimulatedDriverOptions;
  readonly #faults = new Map<string, Set<string>>();
  readonly faults: TaskFaults = {
    running: async ({ taskId }) => new Set(this.#faults.get(taskId) ?? []),
    start: async ({ taskId }, fault) => {
      this.#faults.set(taskId, new Set([...(this.#faults.get(taskId) ?? []), faultName(fault)]));
    },
    stop: async ({ taskId }, name) => {
      this.#faults.get(taskId)?.delete(name);
    },
    clear: async ({ taskId }) => void this.#faults.delete(taskId),
    retain: async (taskIds) => {
      for (const taskId of this.#faults.keys()) if (!taskIds.includes(taskId)) this.#faults.delete(taskId);
    },
  };
  readonly #volumes = new Map<string, VolumeState>();
  readonly #sandboxes = new Map<string, SandboxSpec>();
  readonly #preparing = new Map<string, Promise<void>>();
  readonly #containers = new Map<string, SimulatedContainer>();
  readonly #runtimeIdByName = new Map<string, string>();
  readonly #images = new Set<string>();
  readonly #hostPorts = new Map<string, string>();
  readonly #watchers = new Set<(runtimeId: string) => void>();
  readonly #execs = new Map<string, Set<SimulatedExec>>();
  #madeCount = 0;

  constructor(options: SimulatedDriverOptions) {
    this.#options = options;
  }

  async info() {
    const { cpuUnits = 4096, memoryMib = 16_384, architecture = 'x86_64' } = this.#options;
    return {
      name: 'simulated',
      logDrivers: ['fluentd', 'gelf', 'journald', 'json-file', 'splunk', 'syslog'],
      version: '1',
      cpuUnits,
      memoryMib,
      architecture,
      hasTaskNetworking: true,
      securityModules: [],
      lacks: [],
      gpuIds: [],
      hasNetworkFaults: true,
      volumeDrivers: ['local'],
    } as const;
  }

  async prepareSandbox(spec: SandboxSpec): Promise<void> {
    if (spec.networkMode === 'awsvpc' && spec.networkInterface === undefined) {
      throw new RuntimeError('network', 'an awsvpc sandbox needs a network interface');
    }
    if (this.#sandboxes.has(spec.taskId)) return;
    const made = this.#delay(this.#options.paceMs).then(() => {
      this.#sandboxes.set(spec.taskId, spec);
      this.#preparing.delete(spec.taskId);
    });
    this.#preparing.set(spec.taskId, made);
    await made;
  }

  async releaseSandbox(taskId: string): Promise<void> {
    this.#faults.delete(taskId);
    if (this.#sandboxes.delete(taskId)) await this.#delay(this.#options.paceMs);
  }

  async listSandboxes(): Promise<readonly string[]> {
    return [...this.#sandboxes.keys()];
  }

  async pullImage(request: ImagePull): Promise<PulledImage> {
    const { image, localImage } = request;
    const digest = digestOf(`manifest ${image}`);
    const imageId = digestOf(`config ${image}`);
    const isHere = this.#images.has(image);
    if (isHere && localImage === 'first') return { digest, imageId, isNew: false };
    await request.access?.credentials();
    // A script that cannot be read is refused when the container is made.
    const behaviour = this.#behaviour(image, request.container).behaviour;
    await this.#delay(behaviour.pullMs ?? this.#options.paceMs);
    if (request.signal?.aborted)
      throw new RuntimeError('pull', 'the pull was given up', { isTemporary: true });
    if (behaviour.pullRefusal !== undefined) throw new RuntimeError('pull', behaviour.pullRefusal);
    this.#images.add(image);
    return { digest, imageId, isNew: !isHere };
  }

  async createVolume({ taskId: _, ...state }: VolumeSpec): Promise<void> {
    if (!this.#volumes.has(state.name)) this.#volumes.set(state.name, state);
  }

  async findVolume(name: string): Promise<VolumeState | undefined> {
    return this.#volumes.get(name);
  }

  async removeVolume(name: string): Promise<void> {
    this.#volumes.delete(name);
  }

  async removeImage(reference: string): Promise<boolean> {
    const isInUse = [...this.#containers.values()].some(({ spec }) => spec.image === reference);
    if (!isInUse) this.#images.delete(reference);
    return !isInUse;
  }

  async imageDisk(): Promise<undefined> {}

  async createContainer(spec: ContainerSpec) {
    await this.#preparing.get(spec.taskId);
    const known = this.#runtimeIdByName.get(spec.engineName);
    if (known !== undefined) return { runtimeId: known };
    const sandbox = this.#sandboxes.get(spec.taskId);
    if (sandbox === undefined) throw new RuntimeError('create', `task ${spec.taskId} has no sandbox`);
    const { behaviour, fault } = this.#behaviour(spec.image, spec, spec);
    const refusal = fault ?? behaviour.createRefusal;
    if (refusal !== undefined) throw new RuntimeError('create', refusal);
    this.#madeCount += 1;
    const runtimeId = digestOf(`${this.#options.hostName ?? ''}/${this.#madeCount}/${spec.engineName}`).slice(
      7,
    );
    const isBridge = sandbox.networkMode === 'bridge';
    const identity = {
      runtimeId,
      imageId: digestOf(`config ${spec.image}`),
      behaviour,
      portBindings: isBridge ? this.#bindings(spec, runtimeId) : [],
      bridgeAddress: isBridge ? bridgeAddress(this.#madeCount) : undefined,
    };
    const host = { clock: this.#options.clock, changed: (id: string) => this.#changed(id) };
    this.#containers.set(runtimeId, new SimulatedContainer(spec, identity, host));
    this.#runtimeIdByName.set(spec.engineName, runtimeId);
    return { runtimeId };
  }

  async startContainer(runtimeId: string): Promise<void> {
    const container = this.#containers.get(runtimeId);
    if (container === undefined) throw new RuntimeError('start', `No such container: ${runtimeId}`);
    if (container.isRunning) return;
    const { behaviour } = container.identity;
    await this.#delay(behaviour.startMs);
    const refusal = behaviour.startRefusal ?? this.#takePorts(container);
    if (refusal !== undefined) {
      container.refuseStart(refusal);
      throw new RuntimeError('start', refusal);
    }
    // It may have been removed while the start took its time.
    if (this.#containers.has(runtimeId)) container.start();
  }

  async stopContainer(runtimeId: string, graceSeconds: number): Promise<void> {
    await this.#containers.get(runtimeId)?.stop(graceSeconds);
  }

  async removeContainer(runtimeIdOrName: string): Promise<void> {
    const runtimeId = this.#runtimeIdByName.get(runtimeIdOrName) ?? runtimeIdOrName;
    const container = this.#containers.get(runtimeId);
    if (container === undefined) return;
    container.end(137);
    this.#freePorts(runtimeId);
    this.#containers.delete(runtimeId);
    this.#runtimeIdByName.delete(container.spec.engineName);
  }

  async inspectContainer(runtimeId: string): Promise<ContainerState | undefined> {
    return this.#containers.get(runtimeId)?.state();
  }

  async listContainers(): Promise<readonly ContainerState[]> {
    return [...this.#containers.values()].map((container) => container.state());
  }

  watch(onChange: (runtimeId: string) => void): () => void {
    const watcher = (runtimeId: string): void => onChange(runtimeId);
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  async readLogs(
    runtimeId: string,
    cursor: Readonly<Record<string, string | number>> | undefined,
    maxBytes: number,
  ) {
    const container = this.#containers.get(runtimeId);
    if (container === undefined) throw new RuntimeError('inspect', `No such container: ${runtimeId}`);
    return container.logs(cursor, maxBytes);
  }

  async stats(runtimeId: string) {
    return this.#containers.get(runtimeId)?.stats();
  }

  /** Nothing runs that could be measured. */
  async engineStats(): Promise<undefined> {}

  async exec(request: ExecRequest): Promise<ExecProcess> {
    const container = this.#containers.get(request.runtimeId);
    if (container?.isRunning !== true) {
      throw new RuntimeError('exec', `Container ${request.runtimeId} is not running`);
    }
    this.#madeCount += 1;
    const exec = new SimulatedExec(`exec-${this.#madeCount}`, request);
    const execs = this.#execs.get(request.runtimeId) ?? new Set();
    this.#execs.set(request.runtimeId, execs.add(exec));
    void exec.ended.then(() => execs.delete(exec));
    return exec;
  }

  async killExec(execId: string): Promise<void> {
    for (const execs of this.#execs.values()) {
      for (const exec of execs) if (exec.execId === execId) await exec.kill();
    }
  }

  async setMetadataPort(): Promise<void> {}

  async otherMetadataPorts(): Promise<readonly number[]> {
    return [];
  }

  async hostAddressFor(
    networkMode: SandboxSpec['networkMode'],
    gatewayCidr?: string,
  ): Promise<string | undefined> {
    if (networkMode === 'awsvpc') return gatewayCidr?.split('/')[0];
    return networkMode === 'bridge' ? '172.17.0.1' : undefined;
  }

  async close(): Promise<void> {
    this.#watchers.clear();
  }

  crash(runtimeId: string, exitCode: number, isOutOfMemory = false): void {
    this.#containers.get(runtimeId)?.end(exitCode, isOutOfMemory);
  }

  setHealth(runtimeId: string, health: 'healthy' | 'unhealthy'): void {
    this.#containers.get(runtimeId)?.setHealth(health);
  }

  print(runtimeId: string, message: string): void {
    this.#containers.get(runtimeId)?.print(message);
  }

  /** The test's script before all; else the container's own words, laid over those in the image's name. */
  #behaviour(
    image: string,
    words: ContainerWords | undefined,
    spec?: ContainerSpec,
  ): { readonly behaviour: SimulatedBehaviour; readonly fault?: string } {
    const scripted = this.#options.script?.(image, spec);
    if (scripted !== undefined) return { behaviour: scripted };
    const named = behaviourOfImage(image);
    if (words === undefined) return { behaviour: named };
    const script = readScript(words);
    if (script.kind === 'unreadable') return { behaviour: named, fault: script.message };
    return { behaviour: { ...named, ...script.behaviour } };
  }

  /** Nothing waits when there is no delay, so that a simulation without delays takes no turn of its clock. */
  async #delay(ms: number | undefined): Promise<void> {
    if (ms === undefined || ms <= 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#options.clock.schedule(plusMs(this.#options.clock.now(), ms), resolve);
    await promise;
  }

  #changed(runtimeId: string): void {
    const container = this.#containers.get(runtimeId);
    if (container !== undefined && !container.isRunning) {
      this.#freePorts(runtimeId);
      for (const exec of this.#execs.get(runtimeId) ?? []) exec.containerEnded();
      this.#execs.delete(runtimeId);
    }
    for (const watcher of this.#watchers) watcher(runtimeId);
  }

  #bindings(spec: ContainerSpec, runtimeId: string): readonly PortBinding[] {
    const rows = (spec.portRanges ?? []).flatMap(({ first, last, protocol }) =>
      Array.from({ length: last - first + 1 }, (_, index) => ({
        containerPort: first + index,
        hostPort: 0,
        protocol,
      })),
    );
    return [...spec.portMappings, ...rows].map(({ containerPort, hostPort, protocol }) => ({
      bindIp: '0.0.0.0',
      containerPort,
      hostPort: hostPort === 0 ? this.#holdPort(protocol, runtimeId) : hostPort,
      protocol,
    }));
  }

  /** Dynamic ports are held from the making of the container, so that two made before a start do not get the same one. */
  #holdPort(protocol: string, runtimeId: string): number {
    let port = FIRST_DYNAMIC_PORT;
    while (this.#hostPorts.has(`${protocol}/${port}`)) port += 1;
    this.#hostPorts.set(`${protocol}/${port}`, runtimeId);
    return port;
  }

  #takePorts({ identity }: SimulatedContainer): string | undefined {
    const keys = identity.portBindings.map(({ protocol, hostPort }) => `${protocol}/${hostPort}`);
    const taken = keys.find((key) => {
      const holder = this.#hostPorts.get(key);
      return holder !== undefined && holder !== identity.runtimeId;
    });
    if (taken !== undefined)
      return `Bind for 0.0.0.0:${taken.split('/')[1]} failed: port is already allocated`;
    for (const key of keys) this.#hostPorts.set(key, identity.runtimeId);
    return undefined;
  }

  #freePorts(runtimeId: string): void {
    for (const [key, holder] of this.#hostPorts) if (holder === runtimeId) this.#hostPorts.delete(key);
  }
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function bridgeAddress(count: number): string {
  return `172.17.${Math.floor(count / 254) % 256}.${(count % 254) + 1}`;
}

import type { DiskUse } from '../../domain/disk-use.ts';
import type { VolumeSpec, VolumeState } from '../../domain/engine-volume.ts';
import type {
  ContainerSpec,
  ContainerState,
  EngineStats,
  ExecProcess,
  ExecRequest,
  ImagePull,
  LogChunk,
  LogCursor,
  PulledImage,
  RuntimeDriver,
  RuntimeInfo,
  SandboxSpec,
} from '../driver.ts';
import { RuntimeError } from '../driver.ts';
import { BridgeNetwork } from './bridge-network.ts';
import type { ContainerDefaults } from './container-config.ts';
import { containerConfig } from './container-config.ts';
import { ContainerLogs } from './container-logs.ts';
import type { InspectedContainer } from './container-state.ts';
import { containerState } from './container-state.ts';
import { statsFromEngine, statsFromKernel } from './container-stats.ts';
import type { DockerDriverOptions, HostGpu } from './docker-options.ts';
import { EngineClient, EngineRefusal } from './engine-client.ts';
import type { EngineHost } from './engine-host.ts';
import { readEngineHost } from './engine-host.ts';
import { engineStatsReader } from './engine-stats.ts';
import { EngineVolumes } from './engine-volumes.ts';
import { containerEvents, EventStream, IMAGE_EVENTS } from './event-stream.ts';
import { type ExecDeps, killExec, startExec } from './exec.ts';
import { Firewall } from './firewall.ts';
import { findGpus, withGpus } from './gpus.ts';
import { HostPortRanges } from './host-port-ranges.ts';
import { imageDisk } from './image-disk.ts';
import { ImagePuller } from './image-puller.ts';
import { LABELS, ownerTag } from './labels.ts';
import { NetworkFaults } from './network-faults.ts';
import { PauseContainers } from './pause-container.ts';
import { Sandboxes } from './sandboxes.ts';
import { TaskCgroups } from './task-cgroup.ts';
import { addNames, hasNames } from './task-files.ts';
import { TaskNetwork } from './task-network.ts';
import type { HostLimits } from './ulimits.ts';
import { defaultUlimits, readHostLimits, ulimitRefusal } from './ulimits.ts';

/** Connects to a Docker engine. Rejects with a temporary `RuntimeError` while the engine does not answer. */
export async function createDockerDriver(options: DockerDriverOptions): Promise<RuntimeDriver> {
  const engine = new EngineClient(options.socketPath);
  const missing = (names: readonly string[]): void => options.log.warn('runtime.tools-missing', { names });
  const host = await readEngineHost(engine, options.access, missing);
  const gpus = options.gpus ?? (await findGpus());
  return new DockerDriver(options, engine, { host, limits: await readHostLimits(), gpus });
}

/** The part of the engine's list of containers that the driver reads. */
interface ListedContainer {
  readonly Id: string;
  readonly State: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

class DockerDriver implements RuntimeDriver {
  readonly #options: DockerDriverOptions;
  readonly #engine: EngineClient;
  readonly #host: EngineHost;
  readonly #limits: HostLimits;
  readonly #gpus: readonly HostGpu[];
  readonly #defaults: ContainerDefaults;
  readonly #puller: ImagePuller;
  readonly #sandboxes: Sandboxes;
  readonly #bridge: BridgeNetwork;
  readonly #volumes: EngineVolumes;
  readonly faults: NetworkFaults;
  readonly #ranges = new HostPortRanges();
  readonly #watchers = new Set<(runtimeId: string) => void>();
  readonly #logs = new ContainerLogs((runtimeId) => this.#inspect(runtimeId));
  readonly #pids = new Map<string, number>();
  readonly #engineStats: (runtimeId: string) => Promise<EngineStats | undefined>;
  #events: readonly EventStream[] = [];

  constructor(
    options: DockerDriverOptions,
    engine: EngineClient,
    {
      host,
      limits,
      gpus,
    }: { readonly host: EngineHost; readonly limits: HostLimits; readonly gpus: readonly HostGpu[] },
  ) {
    const { owner, clock, log } = options;
    const tag = ownerTag(owner);
    this.#options = options;
    this.#engine = engine;
    this.#host = host;
    this.#limits = limits;
    this.#gpus = gpus;
    this.#defaults = { owner, ulimits: host.isOurs ? defaultUlimits(limits) : [] };
    this.#volumes = new EngineVolumes(engine, owner);
    this.#puller = new ImagePuller(engine, clock);
    const pidOf = async (runtimeId: string): Promise<number | undefined> =>
      host.isOurs ? this.#pidOf(runtimeId) : undefined;
    this.#engineStats = engineStatsReader({ engine, pidOf, nowMs: () => clock.now() });
    const firewall = new Firewall(tag, log);
    const mayUseDefault = async (name: string): Promise<boolean> =>
      !host.isOurs || firewall.isFree(`PREROUTING -i ${name}`);
    this.#bridge = new BridgeNetwork(engine, { id: owner, tag }, mayUseDefault);
    this.#sandboxes = new Sandboxes({
      pauses: new PauseContainers(engine, clock, { id: owner, tag }),
      network: new TaskNetwork(tag),
      bridge: this.#bridge,
      cgroups: new TaskCgroups(host.cgroupKind, tag),
      firewall,
      hasTaskNetworking: host.isOurs,
      hasFirewall: host.isOurs,
    });
    this.faults = new NetworkFaults({ owner: tag, placeOf: (task) => this.#sandboxes.placeOf(task) });
  }

  async info(): Promise<RuntimeInfo> {
    const { version, architecture, cpuCount, memoryBytes, isOurs, ...rest } = this.#host;
    const { securityModules, lacks, logDrivers, volumeDrivers, storageGib } = rest;
    const memoryMib = Math.floor(memoryBytes / (1024 * 1024));
    return {
      name: 'docker',
      version,
      architecture,
      cpuUnits: cpuCount * 1024,
      memoryMib,
      hasTaskNetworking: isOurs,
      logDrivers,
      securityModules,
      lacks,
      hasNetworkFaults: isOurs && this.#host.hasFaultTools,
      gpuIds: this.#gpus.map(({ id }) => id),
      volumeDrivers,
      storageGib,
    };
  }

  async prepareSandbox(spec: SandboxSpec): Promise<void> {
    await this.#sandboxes.prepare(spec);
  }

  releaseSandbox(taskId: string, ipv4Address?: string): Promise<void> {
    return this.#sandboxes.release(taskId, ipv4Address);
  }

  async listSandboxes(): Promise<readonly string[]> {
    const listed = await this.#list([]);
    // Containers that have ended may outlive their sandbox.
    const live = listed.filter(
      ({ Labels, State }) => Labels?.[LABELS.kind] === 'pause' || State !== 'exited',
    );
    const taskIds = live.flatMap(({ Labels }) => Labels?.[LABELS.taskId] ?? []);
    return [...new Set([...this.#sandboxes.taskIds, ...taskIds])];
  }

  pullImage(request: ImagePull): Promise<PulledImage> {
    return this.#puller.pull(request);
  }

  createVolume(spec: VolumeSpec): Promise<void> {
    return this.#volumes.create(spec);
  }

  findVolume(name: string): Promise<VolumeState | undefined> {
    return this.#volumes.find(name);
  }

  removeVolume(name: string): Promise<void> {
    return this.#volumes.remove(name);
  }

  removeImage(reference: string): Promise<boolean> {
    return this.#puller.remove(reference);
  }

  imageDisk(): Promise<DiskUse | undefined> {
    return this.#host.isOurs ? imageDisk(this.#engine) : Promise.resolve(undefined);
  }

  async createContainer(spec: ContainerSpec): Promise<{ readonly runtimeId: string }> {
    const refusal = ulimitRefusal(spec.engineHostConfig, this.#limits);
    if (refusal !== undefined) throw new RuntimeError('create', refusal);
    const path = `/containers/create?name=${encodeURIComponent(spec.engineName)}`;
    const rows = await Promise.all((spec.portRanges ?? []).map((range) => this.#ranges.take(range)));
    const portMappings = [...spec.portMappings, ...rows.flat()];
    const gpuHost = { gpus: this.#gpus, hasRuntime: this.#host.hasGpuRuntime };
    const given = await withGpus({ ...spec, portMappings }, gpuHost);
    const sandbox = await this.#sandboxes.find(spec.taskId).catch((error: unknown) => error as RuntimeError);
    if (sandbox instanceof Error) return this.#existing(spec, sandbox);
    try {
      const body = containerConfig(given, sandbox, this.#defaults);
      const { Id: runtimeId } = await this.#engine.call<{ Id: string }>({
        method: 'POST',
        path,
        body,
        step: 'create',
      });
      await this.#addNames(spec);
      return { runtimeId };
    } catch (error) {
      if (error instanceof EngineRefusal && error.status === 409) {
        const existing = await this.#existing(spec, error);
        // The agent may have been killed in between.
        await this.#addNames(spec);
        return existing;
      }
      const isImageMissing =
        error instanceof EngineRefusal && error.status === 404 && /no such image/i.test(error.message);
      if (isImageMissing) this.#puller.look.forget();
      throw isImageMissing
        ? new RuntimeError('create', error.message, { isImageMissing, cause: error })
        : error;
    }
  }

  async startContainer(runtimeId: string): Promise<void> {
    this.#forget(runtimeId);
    await this.#engine.call({ method: 'POST', path: `/containers/${runtimeId}/start`, step: 'start' });
  }

  async stopContainer(runtimeId: string, graceSeconds: number): Promise<void> {
    const path = `/containers/${runtimeId}/stop?t=${Math.max(0, Math.ceil(graceSeconds))}`;
    await this.#engine.find({ method: 'POST', path, step: 'stop' });
  }

  async removeContainer(runtimeId: string): Promise<void> {
    this.#forget(runtimeId);
    try {
      await this.#engine.find({
        method: 'DELETE',
        path: `/containers/${runtimeId}?force=1&v=1`,
        step: 'stop',
      });
    } catch (error) {
      // Somebody else's removal is as good.
      if (!(error instanceof EngineRefusal) || error.status !== 409) throw error;
    }
  }

  async inspectContainer(runtimeId: string): Promise<ContainerState | undefined> {
    const inspected = await this.#inspect(runtimeId);
    return inspected === undefined ? undefined : containerState(inspected);
  }

  async listContainers(): Promise<readonly ContainerState[]> {
    const listed = await this.#list([`${LABELS.kind}=container`]);
    const states = await Promise.all(listed.map(({ Id }) => this.inspectContainer(Id)));
    return states.filter((state) => state !== undefined);
  }

  watch(onChange: (runtimeId: string) => void): () => void {
    const watcher = (runtimeId: string): void => onChange(runtimeId);
    this.#watchers.add(watcher);
    if (this.#events.length === 0) this.#events = this.#openEvents();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#closeEvents();
    };
  }

  readLogs(runtimeId: string, cursor: LogCursor | undefined, maxBytes: number): Promise<LogChunk> {
    return this.#logs.read(runtimeId, cursor, maxBytes);
  }

  forgetLogs(runtimeId: string, cursor: LogCursor): Promise<void> {
    return this.#logs.dropRead(runtimeId, cursor);
  }

  async stats(runtimeId: string) {
    if (!this.#host.isOurs) return statsFromEngine(this.#engine, runtimeId);
    const known = this.#pids.get(runtimeId);
    const found = known === undefined ? undefined : await statsFromKernel(known, runtimeId);
    if (found !== undefined) return found;
    const pid = await this.#pidOf(runtimeId);
    return pid === undefined ? undefined : statsFromKernel(pid);
  }

  /** Asked of the engine, and remembered. */
  async #pidOf(runtimeId: string): Promise<number | undefined> {
    const pid = (await this.#inspect(runtimeId))?.State.Pid ?? 0;
    if (pid === 0) return undefined;
    this.#pids.set(runtimeId, pid);
    return pid;
  }

  engineStats(runtimeId: string) {
    return this.#engineStats(runtimeId);
  }

  exec(request: ExecRequest): Promise<ExecProcess> {
    return startExec(this.#execDeps(), request);
  }

  killExec(execId: string): Promise<void> {
    return killExec(this.#execDeps(), execId);
  }

  setMetadataPort(port: number): Promise<void> {
    return this.#sandboxes.setMetadataPort(port);
  }

  otherMetadataPorts(): Promise<readonly number[]> {
    return this.#sandboxes.otherMetadataPorts();
  }

  async hostAddressFor(
    networkMode: SandboxSpec['networkMode'],
    gatewayCidr?: string,
  ): Promise<string | undefined> {
    if (networkMode === 'awsvpc') return gatewayCidr?.split('/')[0];
    return networkMode === 'bridge' ? (await this.#bridge.ensure()).gateway : undefined;
  }

  async close(): Promise<void> {
    this.#watchers.clear();
    this.#closeEvents();
  }

  async #addNames({ taskId, engineHostConfig }: ContainerSpec): Promise<void> {
    if (!hasNames(engineHostConfig)) return;
    const files = await this.#sandboxes.filesOf(taskId);
    if (files !== undefined) await addNames(files, engineHostConfig);
  }

  /** The container of this name, when it is the one that was asked for. */
  async #existing(spec: ContainerSpec, cause: RuntimeError): Promise<{ readonly runtimeId: string }> {
    const inspected = await this.#inspect(encodeURIComponent(spec.engineName));
    const labels = inspected?.Config.Labels;
    const isSame = labels?.[LABELS.owner] === this.#options.owner && labels[LABELS.taskId] === spec.taskId;
    if (inspected === undefined || !isSame) throw cause;
    return { runtimeId: inspected.Id };
  }

  #inspect(runtimeId: string): Promise<InspectedContainer | undefined> {
    return this.#engine.find({ method: 'GET', path: `/containers/${runtimeId}/json`, step: 'inspect' });
  }

  #list(labels: readonly string[]): Promise<readonly ListedContainer[]> {
    const filters = { label: [`${LABELS.owner}=${this.#options.owner}`, ...labels] };
    const path = `/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify(filters))}`;
    return this.#engine.call({ method: 'GET', path, step: 'inspect' });
  }

  #execDeps(): ExecDeps {
    return { engine: this.#engine, clock: this.#options.clock, isOurs: this.#host.isOurs };
  }

  #forget(runtimeId: string): void {
    this.#logs.forget(runtimeId);
    this.#pids.delete(runtimeId);
  }

  #openEvents(): readonly EventStream[] {
    const { clock, log, owner } = this.#options;
    const common = { engine: this.#engine, clock, log };
    return [
      new EventStream({
        ...common,
        filters: containerEvents([`${LABELS.owner}=${owner}`, `${LABELS.kind}=container`]),
        onEvent: (runtimeId) => this.#changed(runtimeId),
        onOpen: () => this.#changedAll(),
        // The engine may be another process soon, and what its containers shared may be gone with it.
        onLost: () => this.#sandboxes.doubt(),
      }),
      new EventStream({
        ...common,
        filters: IMAGE_EVENTS,
        onEvent: () => this.#puller.look.forget(),
        onOpen: () => this.#puller.look.trust(),
        onLost: () => this.#puller.look.distrust(),
      }),
    ];
  }

  #closeEvents(): void {
    for (const stream of this.#events) stream.close();
    this.#events = [];
    this.#puller.look.distrust();
  }

  #changed(runtimeId: string): void {
    // What it ran as may be over, and its process id another's.
    this.#forget(runtimeId);
    for (const watcher of this.#watchers) watcher(runtimeId);
  }

  async #changedAll(): Promise<void> {
    for (const { Id } of await this.#list([`${LABELS.kind}=container`])) this.#changed(Id);
  }
}

import type { FaultTask } from '../../domain/network-fault.ts';
import type { SandboxSpec } from '../driver.ts';
import { RuntimeError } from '../driver.ts';
import type { BridgeNetwork } from './bridge-network.ts';
import type { InspectedContainer } from './container-state.ts';
import type { Firewall } from './firewall.ts';
import { LABELS } from './labels.ts';
import type { FaultPlace } from './network-faults.ts';
import { addressOf, type PauseContainers } from './pause-container.ts';
import type { Sandbox } from './sandbox.ts';
import type { TaskCgroups } from './task-cgroup.ts';
import type { TaskFiles } from './task-files.ts';
import { writeTaskFiles } from './task-files.ts';
import type { TaskNetwork } from './task-network.ts';

/** The parts of the host that a sandbox is made of. */
export interface SandboxParts {
  readonly pauses: PauseContainers;
  readonly network: TaskNetwork;
  readonly bridge: BridgeNetwork;
  readonly cgroups: TaskCgroups;
  readonly firewall: Firewall;
  readonly hasTaskNetworking: boolean;
  /** False where the host's packet filter is not ours to change. */
  readonly hasFirewall: boolean;
}

/** A sandbox that is made, or being made. */
interface Preparation {
  readonly ready: Promise<Sandbox>;
  /** Answers, without the name tables, when containers can be created in it. */
  readonly joinable: Promise<Sandbox>;
}

/** Makes and unmakes what the containers of a task share (RUN-60 to RUN-66). */
export class Sandboxes {
  readonly #parts: SandboxParts;
  readonly #known = new Map<string, Preparation>();
  #metadataPort: number | undefined;
  #firewallReady: Promise<void> | undefined;

  constructor(parts: SandboxParts) {
    this.#parts = parts;
  }

  /** The sandboxes prepared by this process. */
  get taskIds(): readonly string[] {
    return [...this.#known.keys()];
  }

  async setMetadataPort(port: number): Promise<void> {
    this.#metadataPort = port;
    this.#firewallReady = undefined;
    await this.#ensureFirewall();
  }

  async otherMetadataPorts(): Promise<readonly number[]> {
    return this.#parts.hasFirewall ? this.#parts.firewall.otherMetadataPorts() : [];
  }

  /** One preparation at a time for each task; a failed one may be tried again. */
  prepare(spec: SandboxSpec): Promise<Sandbox> {
    const known = this.#known.get(spec.taskId);
    if (known !== undefined) return known.ready;
    const joinable = Promise.withResolvers<Sandbox>();
    // Nobody may have asked for it.
    joinable.promise.catch(() => {});
    const ready = this.#prepare(spec, joinable.resolve).catch((error: unknown) => {
      this.#known.delete(spec.taskId);
      joinable.reject(error);
      throw error;
    });
    ready.then(joinable.resolve, () => {});
    this.#known.set(spec.taskId, { ready, joinable: joinable.promise });
    return ready;
  }

  /** From now on nothing counts as prepared: the next preparation of each task looks at what is there. */
  doubt(): void {
    for (const [taskId, made] of this.#known) {
      const forget = (): void => {
        if (this.#known.get(taskId) === made) this.#known.delete(taskId);
      };
      made.ready.then(forget, forget);
    }
  }

  async release(taskId: string, ipv4Address?: string): Promise<void> {
    const { pauses, network, cgroups } = this.#parts;
    await this.#known.get(taskId)?.ready.catch(() => {});
    this.#known.delete(taskId);
    const pause = await pauses.inspect(taskId);
    const address = ipv4Address ?? (pause && addressOf(pause));
    // The container goes last: it is what tells the next agent that there is something left to take away.
    if (address !== undefined) await network.detach(taskId, address);
    if (pause !== undefined) await pauses.remove(pause.Id);
    await cgroups.release(taskId);
  }

  /** Where the network of a task is: in its pause container, or the host's own. */
  async placeOf({ taskId, networkMode }: FaultTask): Promise<FaultPlace> {
    if (networkMode !== 'awsvpc') return { taskId, networkMode, pid: undefined };
    const pause = await this.#parts.pauses.inspect(taskId);
    if (pause === undefined || !pause.State.Running)
      throw new RuntimeError('network', `task ${taskId} has no network`);
    return { taskId, networkMode, pid: pause.State.Pid };
  }

  /** The name tables of a prepared task, where its containers share some. */
  async filesOf(taskId: string): Promise<TaskFiles | undefined> {
    return (await (this.#known.get(taskId)?.ready ?? this.find(taskId))).files;
  }

  /**
   * The sandbox of a task that was prepared by this process, or before it by one of the same owner. One that is being made
   * is answered as soon as containers can be created in it, before they can be started. (RUN-69)
   */
  async find(taskId: string): Promise<Sandbox> {
    const known = this.#known.get(taskId);
    if (known !== undefined) return known.joinable;
    const pause = await this.#parts.pauses.inspect(taskId);
    if (pause === undefined) throw new RuntimeError('create', `task ${taskId} has no sandbox`);
    const { CgroupParent: cgroupParent } = pause.HostConfig;
    const labels = pause.Config.Labels ?? {};
    const networkMode = (labels[LABELS.networkMode] ?? 'awsvpc') as SandboxSpec['networkMode'];
    const isAwsvpc = networkMode === 'awsvpc';
    return {
      taskId,
      networkMode,
      engineNetworkMode: isAwsvpc ? `container:${pause.Id}` : await this.#engineNetworkMode(networkMode),
      ...(isAwsvpc ? { files: taskFiles(pause) } : {}),
      ...namespaceModes({ pidMode: labels[LABELS.pidMode], ipcMode: labels[LABELS.ipcMode] }, pause.Id),
      cgroupParent: cgroupParent === '' ? undefined : cgroupParent,
    };
  }

  async #prepare(spec: SandboxSpec, onJoinable: (sandbox: Sandbox) => void): Promise<Sandbox> {
    const { taskId, networkMode } = spec;
    if (networkMode === 'awsvpc' && !this.#parts.hasTaskNetworking) {
      const text =
        'tasks with a network interface of their own (awsvpc) need a container engine on this Linux host, and root';
      throw new RuntimeError('network', text);
    }
    const limits = await this.#limits(spec);
    if (networkMode === 'awsvpc') {
      const pauseName = this.#parts.pauses.nameOf(taskId);
      const engineNetworkMode = `container:${pauseName}`;
      const sandbox = {
        taskId,
        networkMode,
        engineNetworkMode,
        ...namespaceModes(spec, pauseName),
        ...limits,
      };
      const files = await this.#prepareInterface(spec, limits.cgroupParent, () => onJoinable(sandbox));
      return { ...sandbox, files };
    }
    if (networkMode !== 'none') await this.#ensureFirewall();
    const engineNetworkMode = await this.#engineNetworkMode(networkMode);
    return {
      taskId,
      networkMode,
      engineNetworkMode,
      ...(await this.#prepareNamespaces(spec, limits)),
      ...limits,
    };
  }

  async #engineNetworkMode(networkMode: SandboxSpec['networkMode']): Promise<string> {
    return networkMode === 'bridge' ? (await this.#parts.bridge.ensure()).name : networkMode;
  }

  /** Without an interface a task needs a pause container only where its containers share more than the network. */
  async #prepareNamespaces(
    spec: SandboxSpec,
    { cgroupParent }: Pick<Sandbox, 'cgroupParent'>,
  ): Promise<Pick<Sandbox, 'enginePidMode' | 'engineIpcMode'>> {
    if (spec.pidMode !== 'task' && spec.ipcMode !== 'task') return namespaceModes(spec, '');
    const { taskId, networkMode, pidMode, ipcMode } = spec;
    const pause = await this.#parts.pauses.ensure({ taskId, networkMode, pidMode, ipcMode, cgroupParent });
    return namespaceModes(spec, pause.runtimeId);
  }

  async #limits(
    spec: SandboxSpec,
  ): Promise<Pick<Sandbox, 'cgroupParent' | 'fallbackCpuUnits' | 'fallbackMemoryMib'>> {
    const cgroupParent = await this.#parts.cgroups.prepare(spec);
    if (cgroupParent !== undefined) return { cgroupParent };
    return { fallbackCpuUnits: spec.cpuUnits, fallbackMemoryMib: spec.memoryMib };
  }

  async #prepareInterface(
    spec: SandboxSpec,
    cgroupParent: string | undefined,
    onPause: () => void,
  ): Promise<TaskFiles | undefined> {
    const { network, pauses } = this.#parts;
    const { taskId, networkMode, networkInterface, pidMode, ipcMode } = spec;
    if (networkInterface === undefined)
      throw new RuntimeError('network', 'an awsvpc sandbox needs a network interface');
    const [pause] = await Promise.all([
      pauses.ensure({ taskId, networkMode, networkInterface, pidMode, ipcMode, cgroupParent }, onPause),
      this.#ensureGateway(networkInterface.gatewayCidr),
    ]);
    const files = taskFiles(pause.inspected);
    await Promise.all([
      network.attach({ taskId, pid: pause.pid, networkInterface }),
      files === undefined ? undefined : writeTaskFiles(files, networkInterface),
    ]);
    return files;
  }

  async #ensureGateway(gatewayCidr: string): Promise<void> {
    await this.#parts.network.open();
    if (await this.#parts.network.addGateway(gatewayCidr)) this.#firewallReady = undefined;
    await this.#ensureFirewall();
  }

  #ensureFirewall(): Promise<void> {
    this.#firewallReady ??= this.#applyFirewall();
    return this.#firewallReady;
  }

  async #applyFirewall(): Promise<void> {
    const { hasFirewall, hasTaskNetworking, network, bridge, firewall } = this.#parts;
    if (!hasFirewall) return;
    // The bridge remembers the subnets of an earlier run, whose tasks may still live.
    if (hasTaskNetworking) await network.open();
    const bridges = [network.bridge, ...(await bridge.interfaceNames())];
    await firewall.apply({ bridges, subnets: network.subnets, metadataPort: this.#metadataPort });
  }
}

/** A task's own namespaces are those of its pause container. (RUN-67) */
function namespaceModes(
  { pidMode, ipcMode }: { readonly pidMode?: string | undefined; readonly ipcMode?: string | undefined },
  pauseId: string,
): Pick<Sandbox, 'enginePidMode' | 'engineIpcMode'> {
  const modeOf = (mode: string | undefined): string | undefined =>
    mode === 'task' ? `container:${pauseId}` : mode;
  return { enginePidMode: modeOf(pidMode), engineIpcMode: modeOf(ipcMode) };
}

function taskFiles({
  HostsPath: hostsPath,
  ResolvConfPath: resolvPath,
}: InspectedContainer): TaskFiles | undefined {
  return hostsPath === undefined || resolvPath === undefined ? undefined : { hostsPath, resolvPath };
}

import { readlink } from 'node:fs/promises';
import type { Clock } from '../../lib/clock.ts';
import { plusMs } from '../../lib/clock.ts';
import type { SandboxInterface, SandboxSpec } from '../driver.ts';
import { RuntimeError } from '../driver.ts';
import type { InspectedContainer } from './container-state.ts';
import type { EngineClient } from './engine-client.ts';
import { EngineRefusal, jsonLines } from './engine-client.ts';
import { LABELS } from './labels.ts';
import { pauseProgram } from './pause-program.ts';
import { packTar } from './tar.ts';

/** What a pause container is made for: the network namespace of an interface, or namespaces of other kinds alone. */
export interface PauseSpec {
  readonly taskId: string;
  readonly networkMode: SandboxSpec['networkMode'];
  /** Present exactly in awsvpc mode. */
  readonly networkInterface?: SandboxInterface | undefined;
  readonly pidMode?: SandboxSpec['pidMode'];
  readonly ipcMode?: SandboxSpec['ipcMode'];
  readonly cgroupParent: string | undefined;
}

/** A pause container that holds a network namespace. */
export interface Pause {
  readonly runtimeId: string;
  readonly pid: number;
  readonly inspected: InspectedContainer;
}

/** The task's address, as its pause container remembers it. */
export const addressOf = ({ Config }: InspectedContainer): string | undefined =>
  Config.Labels?.[ADDRESS_LABEL];

const IMAGE = 'gantry/pause:2';
const ADDRESS_LABEL = 'gantry.address';
const NAMESPACE_POLL_MS = 1;
const NAMESPACE_POLL_COUNT = 2000;

/**
 * Makes the containers that hold a task's network namespace. They run a program of our own making in the host's
 * namespace, which then makes itself a new one: that takes half the time of the engine's own (decision 0020). An engine
 * that does not allow it is asked for an empty namespace instead.
 */
export class PauseContainers {
  readonly #engine: EngineClient;
  readonly #clock: Clock;
  readonly #owner: string;
  readonly #tag: string;
  #image: Promise<void> | undefined;
  #makesOwnNamespace = true;

  constructor(engine: EngineClient, clock: Clock, owner: { readonly id: string; readonly tag: string }) {
    this.#engine = engine;
    this.#clock = clock;
    this.#owner = owner.id;
    this.#tag = owner.tag;
  }

  /** Makes and starts a task's pause container, or finds it running. `onCreated` hears that others can name it. */
  async ensure(spec: PauseSpec, onCreated: () => void = () => {}): Promise<Pause> {
    await this.#ensureImage(false);
    const isOwn = this.#makesOwnNamespace && spec.networkInterface !== undefined;
    const created = await this.#create(spec, isOwn);
    onCreated();
    const pause = await this.#start(created, spec.networkInterface !== undefined);
    if (pause !== undefined) return pause;
    if (!isOwn) throw new RuntimeError('network', 'the pause container of the task ended at once');
    // Its program ended: the engine forbids it a namespace of its own.
    this.#makesOwnNamespace = false;
    return this.ensure(spec);
  }

  /** What the engine calls a task's pause container. */
  nameOf(taskId: string): string {
    return `gantry-${this.#tag}-pause-${taskId}`;
  }

  inspect(taskId: string): Promise<InspectedContainer | undefined> {
    return this.#engine.find({
      method: 'GET',
      path: `/containers/${this.nameOf(taskId)}/json`,
      step: 'network',
    });
  }

  /** Undefined when the program ended at once; the container is removed then, and when the start is refused. */
  async #start(
    { id, isOld }: { readonly id: string; readonly isOld: boolean },
    hasNetwork: boolean,
  ): Promise<Pause | undefined> {
    try {
      await this.#engine.call({ method: 'POST', path: `/containers/${id}/start`, step: 'network' });
      const pause = await this.#running(id, hasNetwork);
      if (pause === undefined) await this.remove(id);
      return pause;
    } catch (error) {
      // Containers may run in one that was there before.
      if (!isOld) await this.remove(id).catch(() => {});
      throw error;
    }
  }

  async #create(spec: PauseSpec, isOwn: boolean): Promise<{ readonly id: string; readonly isOld: boolean }> {
    const path = `/containers/create?name=${this.nameOf(spec.taskId)}`;
    const body = this.#body(spec, isOwn);
    try {
      const made = await this.#engine.call<{ Id: string }>({ method: 'POST', path, body, step: 'network' });
      return { id: made.Id, isOld: false };
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error;
      if (error.status === 404) {
        await this.#ensureImage(true);
        return this.#create(spec, isOwn);
      }
      const old = error.status === 409 ? await this.inspect(spec.taskId) : undefined;
      if (old === undefined) throw error;
      if (old.State.Running) return { id: old.Id, isOld: true };
      // It ended, as after a restart of the host: nothing of it can be used again.
      await this.remove(old.Id);
      return this.#create(spec, isOwn);
    }
  }

  #body(spec: PauseSpec, isOwn: boolean): unknown {
    const { taskId, networkMode, networkInterface, pidMode, ipcMode, cgroupParent } = spec;
    return {
      Image: IMAGE,
      ...(networkInterface === undefined ? {} : { Hostname: networkInterface.hostName }),
      ...(isOwn ? { Cmd: ['own-namespace'] } : {}),
      Labels: {
        [LABELS.owner]: this.#owner,
        [LABELS.taskId]: taskId,
        [LABELS.kind]: 'pause',
        [LABELS.networkMode]: networkMode,
        ...(pidMode === undefined ? {} : { [LABELS.pidMode]: pidMode }),
        ...(ipcMode === undefined ? {} : { [LABELS.ipcMode]: ipcMode }),
        ...(networkInterface === undefined ? {} : { [ADDRESS_LABEL]: networkInterface.ipv4Address }),
      },
      HostConfig: {
        NetworkMode: isOwn ? 'host' : 'none',
        ...(isOwn ? { CapAdd: ['SYS_ADMIN'] } : {}),
        ...(ipcMode === 'task' ? { IpcMode: 'shareable' } : {}),
        ReadonlyRootfs: true,
        LogConfig: { Type: 'none' },
        RestartPolicy: { Name: 'no' },
        ...(cgroupParent === undefined ? {} : { CgroupParent: cgroupParent }),
      },
    };
  }

  /** Waits until the namespace is its own; undefined when the program has ended. */
  async #running(runtimeId: string, hasNetwork: boolean): Promise<Pause | undefined> {
    const path = `/containers/${runtimeId}/json`;
    const inspected = await this.#engine.call<InspectedContainer>({ method: 'GET', path, step: 'network' });
    const { Pid: pid, Running: isRunning } = inspected.State;
    if (!isRunning) return undefined;
    if (!hasNetwork) return { runtimeId, pid, inspected };
    const host = await readlink('/proc/self/ns/net');
    for (let count = 0; count < NAMESPACE_POLL_COUNT; count += 1) {
      const own = await readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
      if (own === undefined) return undefined;
      if (own !== host) return { runtimeId, pid, inspected };
      await this.#sleep(NAMESPACE_POLL_MS);
    }
    throw new RuntimeError('network', 'the pause container did not leave the network namespace of the host');
  }

  #ensureImage(isMissing: boolean): Promise<void> {
    if (isMissing) this.#image = undefined;
    this.#image ??= this.#importImage(isMissing).catch((error: unknown) => {
      this.#image = undefined;
      throw error;
    });
    return this.#image;
  }

  async #importImage(isMissing: boolean): Promise<void> {
    const path = `/images/${encodeURIComponent(IMAGE)}/json`;
    if (!isMissing && (await this.#engine.find({ method: 'GET', path, step: 'network' })) !== undefined)
      return;
    const { Arch } = await this.#engine.call<{ Arch: string }>({
      method: 'GET',
      path: '/version',
      step: 'network',
    });
    const content = pauseProgram(Arch === 'arm64' ? 'arm64' : 'x86_64');
    const changes = encodeURIComponent('ENTRYPOINT ["/pause"]');
    const [repository, tag] = IMAGE.split(':');
    const response = await this.#engine.open({
      method: 'POST',
      path: `/images/create?fromSrc=-&repo=${encodeURIComponent(repository ?? '')}&tag=${tag}&changes=${changes}`,
      body: packTar([{ path: 'pause', content, mode: 0o755 }]),
      step: 'network',
    });
    for await (const { error } of jsonLines<{ error?: string }>(response)) {
      if (error !== undefined) throw new RuntimeError('network', `the pause image was refused: ${error}`);
    }
  }

  /** Unknown ids are no error. */
  async remove(runtimeId: string): Promise<void> {
    await this.#engine.find({
      method: 'DELETE',
      path: `/containers/${runtimeId}?force=1&v=1`,
      step: 'network',
    });
  }

  #sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#clock.schedule(plusMs(this.#clock.now(), ms), resolve);
    return promise;
  }
}

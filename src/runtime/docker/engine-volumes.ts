import type { VolumeSpec, VolumeState } from '../../domain/engine-volume.ts';
import type { EngineClient } from './engine-client.ts';
import { LABELS } from './labels.ts';

/** The part of the engine's "inspect volume" that the driver reads. */
interface InspectedVolume {
  readonly Name: string;
  readonly Driver: string;
  readonly Options?: Readonly<Record<string, string>> | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/** The engine's volumes. Those that go with a task carry its labels. */
export class EngineVolumes {
  readonly #engine: EngineClient;
  readonly #owner: string;

  constructor(engine: EngineClient, owner: string) {
    this.#engine = engine;
    this.#owner = owner;
  }

  async create({ name, driver, driverOptions, labels, taskId }: VolumeSpec): Promise<void> {
    const own = taskId === undefined ? {} : { [LABELS.owner]: this.#owner, [LABELS.taskId]: taskId };
    // A volume that is there is left as it is, whatever is asked of a new one.
    if (taskId === undefined && (await this.find(name)) !== undefined) return;
    const body = { Name: name, Driver: driver, DriverOpts: driverOptions, Labels: { ...labels, ...own } };
    await this.#engine.call({ method: 'POST', path: '/volumes/create', body, step: 'volume' });
  }

  async find(name: string): Promise<VolumeState | undefined> {
    const path = `/volumes/${encodeURIComponent(name)}`;
    const found = await this.#engine.find<InspectedVolume>({ method: 'GET', path, step: 'volume' });
    if (found === undefined) return undefined;
    const { Name, Driver, Options, Labels } = found;
    return { name: Name, driver: Driver, driverOptions: Options ?? {}, labels: Labels ?? {} };
  }

  async remove(name: string): Promise<void> {
    const path = `/volumes/${encodeURIComponent(name)}`;
    await this.#engine.find({ method: 'DELETE', path, step: 'volume' });
  }

  /** Removes every volume that went with a task of this owner. */
  async clear(): Promise<void> {
    const filters = encodeURIComponent(JSON.stringify({ label: [`${LABELS.owner}=${this.#owner}`] }));
    const path = `/volumes?filters=${filters}`;
    const { Volumes } = await this.#engine.call<{ Volumes: readonly InspectedVolume[] | null }>({
      method: 'GET',
      path,
      step: 'volume',
    });
    await Promise.all((Volumes ?? []).map(({ Name }) => this.remove(Name).catch(() => {})));
  }
}

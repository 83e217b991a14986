import { writeFile } from 'node:fs/promises';
import { RuntimeError } from '../driver.ts';
import type { EngineClient } from './engine-client.ts';
import { EngineRefusal } from './engine-client.ts';
import { LABELS } from './labels.ts';

interface EngineNetwork {
  readonly IPAM?: { readonly Config?: readonly { readonly Gateway?: string }[] | null };
}

/**
 * The engine's network for tasks in bridge mode. Each owner has its own, because a rule on its interface is what
 * leads `169.254.170.2` to the right agent before a container's first instruction (RUN-62).
 */
export class BridgeNetwork {
  readonly name: string;
  readonly interfaceName: string;
  readonly #engine: EngineClient;
  readonly #owner: string;
  #gateway: Promise<string> | undefined;

  constructor(engine: EngineClient, owner: string, tag: string) {
    this.#engine = engine;
    this.#owner = owner;
    this.name = `gantry-${tag}`;
    this.interfaceName = `gd-${tag}`;
  }

  /** Makes the network once. Resolves with the host's address on it. */
  ensure(): Promise<string> {
    this.#gateway ??= this.#ensure().catch((error: unknown) => {
      this.#gateway = undefined;
      throw error;
    });
    return this.#gateway;
  }

  async destroy(): Promise<void> {
    await this.#engine.find({ method: 'DELETE', path: `/networks/${this.name}`, step: 'network' });
    this.#gateway = undefined;
  }

  async #ensure(): Promise<string> {
    const network = (await this.#find()) ?? (await this.#create());
    const gateway = network.IPAM?.Config?.find((config) => config.Gateway !== undefined)?.Gateway;
    if (gateway === undefined)
      throw new RuntimeError('network', `the engine's network ${this.name} has no gateway`);
    // Lets the rules lead to loopback. Where that is not ours to say, metadata stays out of reach.
    await writeFile(`/proc/sys/net/ipv4/conf/${this.interfaceName}/route_localnet`, '1').catch(() => {});
    return gateway.split('/')[0] ?? gateway;
  }

  async #create(): Promise<EngineNetwork> {
    const body = {
      Name: this.name,
      Driver: 'bridge',
      CheckDuplicate: true,
      Labels: { [LABELS.owner]: this.#owner },
      Options: { 'com.docker.network.bridge.name': this.interfaceName },
    };
    try {
      await this.#engine.call({ method: 'POST', path: '/networks/create', body, step: 'network' });
    } catch (error) {
      // Somebody was faster.
      if (!(error instanceof EngineRefusal) || error.status !== 409) throw error;
    }
    return (await this.#find()) ?? {};
  }

  #find(): Promise<EngineNetwork | undefined> {
    return this.#engine.find({ method: 'GET', path: `/networks/${this.name}`, step: 'network' });
  }
}

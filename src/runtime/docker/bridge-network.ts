import { writeFile } from 'node:fs/promises';
import { RuntimeError } from '../driver.ts';
import type { EngineClient } from './engine-client.ts';
import { EngineRefusal } from './engine-client.ts';
import { LABELS } from './labels.ts';

/** A network of the engine, as tasks in bridge mode use it. */
export interface BridgeInUse {
  /** The engine's network mode. */
  readonly name: string;
  readonly interfaceName: string;
  /** The host's address on it. */
  readonly gateway: string;
}

interface EngineNetwork {
  readonly IPAM?: {
    readonly Config?: readonly { readonly Gateway?: string; readonly Subnet?: string }[] | null;
  };
  readonly Options?: Readonly<Record<string, string>> | null;
}

const NAME_OPTION = 'com.docker.network.bridge.name';
const DEFAULT_NETWORK = 'bridge';

/**
 * The engine's network for tasks in bridge mode. A rule on its interface leads `169.254.170.2` to the agent before a
 * container's first instruction, so two agents cannot share one: the first has the engine's default bridge, as on an
 * ECS host, and others make networks of their own, which take the engine longer to attach (RUN-62).
 */
export class BridgeNetwork {
  readonly #engine: EngineClient;
  readonly #owner: { readonly id: string; readonly tag: string };
  readonly #mayUseDefault: (interfaceName: string) => Promise<boolean>;
  #isDefault: Promise<boolean> | undefined;
  #inUse: Promise<BridgeInUse> | undefined;

  constructor(
    engine: EngineClient,
    owner: { readonly id: string; readonly tag: string },
    mayUseDefault: (interfaceName: string) => Promise<boolean>,
  ) {
    this.#engine = engine;
    this.#owner = owner;
    this.#mayUseDefault = mayUseDefault;
  }

  /** Chooses a network once, and makes it when it is missing. */
  ensure(): Promise<BridgeInUse> {
    this.#inUse ??= this.#ensure().catch((error: unknown) => {
      this.#inUse = undefined;
      throw error;
    });
    return this.#inUse;
  }

  /** The interfaces behind which tasks of this owner may live: those of now, and those of an earlier choice. */
  async interfaceNames(): Promise<readonly string[]> {
    const own = this.#ownInterface;
    return (await this.#choose()) ? [own, interfaceOf(await this.#find(DEFAULT_NETWORK), 'docker0')] : [own];
  }

  async destroy(): Promise<void> {
    await this.#engine.find({ method: 'DELETE', path: `/networks/${this.#ownName}`, step: 'network' });
    this.#inUse = undefined;
  }

  get #ownName(): string {
    return `gantry-${this.#owner.tag}`;
  }

  get #ownInterface(): string {
    return `gd-${this.#owner.tag}`;
  }

  #choose(): Promise<boolean> {
    this.#isDefault ??= this.#isDefaultFree().catch(() => false);
    return this.#isDefault;
  }

  async #isDefaultFree(): Promise<boolean> {
    const network = await this.#find(DEFAULT_NETWORK);
    return network !== undefined && this.#mayUseDefault(interfaceOf(network, 'docker0'));
  }

  async #ensure(): Promise<BridgeInUse> {
    const isDefault = await this.#choose();
    const name = isDefault ? DEFAULT_NETWORK : this.#ownName;
    const network = (await this.#find(name)) ?? (await this.#create());
    const gateway = gatewayOf(network);
    if (gateway === undefined)
      throw new RuntimeError('network', `the engine's network ${name} has no gateway`);
    const interfaceName = interfaceOf(network, this.#ownInterface);
    // Lets the rules lead to loopback. Where that is not ours to say, metadata stays out of reach.
    await writeFile(`/proc/sys/net/ipv4/conf/${interfaceName}/route_localnet`, '1').catch(() => {});
    return { name, interfaceName, gateway };
  }

  async #create(): Promise<EngineNetwork> {
    const body = {
      Name: this.#ownName,
      Driver: 'bridge',
      CheckDuplicate: true,
      Labels: { [LABELS.owner]: this.#owner.id },
      Options: { [NAME_OPTION]: this.#ownInterface },
    };
    try {
      await this.#engine.call({ method: 'POST', path: '/networks/create', body, step: 'network' });
    } catch (error) {
      // Somebody was faster.
      if (!(error instanceof EngineRefusal) || error.status !== 409) throw error;
    }
    return (await this.#find(this.#ownName)) ?? {};
  }

  #find(name: string): Promise<EngineNetwork | undefined> {
    return this.#engine.find({ method: 'GET', path: `/networks/${name}`, step: 'network' });
  }
}

function interfaceOf(network: EngineNetwork | undefined, otherwise: string): string {
  return network?.Options?.[NAME_OPTION] ?? otherwise;
}

/** The default network of old engines tells its gateway only once it was used: it is its subnet's first address. */
function gatewayOf({ IPAM: ipam }: EngineNetwork): string | undefined {
  const configs = (ipam?.Config ?? []).filter(({ Subnet }) => !Subnet?.includes(':'));
  const named = configs.find(({ Gateway }) => Gateway !== undefined && Gateway !== '')?.Gateway;
  return named?.split('/')[0] ?? configs[0]?.Subnet?.replace(/\d+\/\d+$/, '1');
}

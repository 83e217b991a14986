import { writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { errorText } from '../../lib/error-text.ts';
import type { SandboxInterface } from '../driver.ts';
import { RuntimeError } from '../driver.ts';
import { HostCommandError, runHostCommand } from './host-command.ts';
import { ipv4Range, isOverlapping, networkCidr } from './ipv4.ts';
import { hostInterfaceName } from './labels.ts';

/** A task's network namespace and what is to be in it. */
export interface Attachment {
  readonly taskId: string;
  /** A process in the namespace. */
  readonly pid: number;
  readonly networkInterface: SandboxInterface;
}

interface AddressList {
  readonly addr_info?: readonly {
    readonly family: string;
    readonly local: string;
    readonly prefixlen: number;
  }[];
}

/**
 * The host's end of task networking: one bridge for each owner, with the gateways of its subnets on it, and for each
 * task a veth pair whose far end is `eth0` in the task's namespace (RUN-60 to RUN-63).
 */
export class TaskNetwork {
  readonly bridge: string;
  readonly #bridgeMac: string;
  readonly #gateways = new Set<string>();
  #opening: Promise<void> | undefined;

  constructor(tag: string) {
    this.bridge = `gn-${tag}`;
    this.#bridgeMac = `0a:67:${tag.match(/../g)?.join(':')}`;
  }

  /** The subnets whose gateways are on the bridge, as `172.31.0.0/20`. */
  get subnets(): readonly string[] {
    return [...this.#gateways].flatMap((gateway) => networkCidr(gateway) ?? []);
  }

  /** Makes the bridge, or finds it as it was left. Rejects where this process may not. */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /** Puts a subnet's gateway on the bridge. Resolves with whether it is new there. */
  async addGateway(gatewayCidr: string): Promise<boolean> {
    if (this.#gateways.has(gatewayCidr)) return false;
    const overlap = overlappingInterface(gatewayCidr);
    if (overlap !== undefined) {
      throw new RuntimeError(
        'network',
        `the subnet of ${gatewayCidr} overlaps with the network of this host's ${overlap}`,
      );
    }
    await inNetworkStep(runHostCommand('ip', ['address', 'replace', gatewayCidr, 'dev', this.bridge]));
    this.#gateways.add(gatewayCidr);
    return true;
  }

  /** Gives the namespace its interface, address and routes. Repeating it changes nothing. */
  async attach(attachment: Attachment): Promise<void> {
    const { pid, taskId, networkInterface } = attachment;
    checkInterface(networkInterface);
    const near = hostInterfaceName(taskId);
    const { macAddress, ipv4Address } = networkInterface;
    const route = `${ipv4Address}/32 dev ${this.bridge}`;
    const commands = [
      // A route of its own: another owner's bridge may serve the same subnet.
      `route add ${route}`,
      `link add ${near} master ${this.bridge} type veth peer name eth0 address ${macAddress} netns ${pid}`,
      `link set ${near} up`,
      `neighbour replace ${ipv4Address} lladdr ${macAddress} dev ${this.bridge} nud permanent`,
    ];
    try {
      await runIp(commands);
    } catch (error) {
      if (await this.#isAttached(attachment)) return;
      await this.#refuseForeignRoute(ipv4Address, error);
      await runHostCommand('ip', ['link', 'delete', near]).catch(() => {});
      await inNetworkStep(runIp([`route replace ${route}`, ...commands.slice(1)]));
    }
    await inNetworkStep(this.#configureInside(attachment));
  }

  /** Takes away what the host holds of a task; its namespace takes the rest along. */
  async detach(taskId: string, ipv4Address: string): Promise<void> {
    const commands = [
      `link delete ${hostInterfaceName(taskId)}`,
      `route delete ${ipv4Address}/32 dev ${this.bridge}`,
      `neighbour delete ${ipv4Address} dev ${this.bridge}`,
    ];
    await runHostCommand('ip', ['-force', '-batch', '-'], `${commands.join('\n')}\n`).catch(() => {});
  }

  /** Removes the bridge with all that is on it. */
  async destroy(): Promise<void> {
    await runHostCommand('ip', ['link', 'delete', this.bridge]).catch(() => {});
    this.#gateways.clear();
    this.#opening = undefined;
  }

  async #open(): Promise<void> {
    // The address is fixed: a bridge without one takes that of a port, and would change it with every task.
    await runHostCommand('ip', [
      'link',
      'add',
      this.bridge,
      'address',
      this.#bridgeMac,
      'type',
      'bridge',
    ]).catch((error: unknown) => {
      if (!(error instanceof HostCommandError) || !error.message.includes('File exists')) throw error;
    });
    await runHostCommand('ip', ['link', 'set', this.bridge, 'up']);
    const settings = `/proc/sys/net/ipv4/conf/${this.bridge}`;
    await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
    await writeFile(`${settings}/route_localnet`, '1');
    // Answers for tasks of the same subnet that live on another owner's bridge.
    await writeFile(`${settings}/proxy_arp`, '1');
    const [found] = JSON.parse(
      await runHostCommand('ip', ['-json', '-4', 'address', 'show', 'dev', this.bridge]),
    ) as AddressList[];
    for (const { local, prefixlen } of found?.addr_info ?? []) this.#gateways.add(`${local}/${prefixlen}`);
  }

  async #configureInside({ pid, networkInterface: { ipv4Address, gatewayCidr } }: Attachment): Promise<void> {
    const [gateway = '', prefix = ''] = gatewayCidr.split('/');
    const commands = [
      'link set lo up',
      `address add ${ipv4Address}/${prefix} dev eth0`,
      'link set eth0 up',
      `route add default via ${gateway}`,
    ];
    // Announces the address, so that neighbours forget who had it before.
    const script = 'echo 1 > /proc/sys/net/ipv4/conf/all/arp_notify; exec ip -batch -';
    await runHostCommand(
      'nsenter',
      ['--net', '--target', String(pid), 'sh', '-c', script],
      `${commands.join('\n')}\n`,
    );
  }

  async #isAttached({ pid, networkInterface: { ipv4Address } }: Attachment): Promise<boolean> {
    const look = ['--net', '--target', String(pid), 'ip', '-json', '-4', 'route', 'show', 'default'];
    const printed = await runHostCommand('nsenter', look).catch(() => '');
    if (!printed.includes('"default"')) return false;
    const inside = await runHostCommand('nsenter', [
      '--net',
      '--target',
      String(pid),
      'ip',
      '-json',
      '-4',
      'address',
    ]).catch(() => '');
    return inside.includes(`"local":"${ipv4Address}"`);
  }

  async #refuseForeignRoute(ipv4Address: string, cause: unknown): Promise<void> {
    const printed = await runHostCommand('ip', ['-json', 'route', 'show', `${ipv4Address}/32`]).catch(
      () => '[]',
    );
    const routes = JSON.parse(printed === '' ? '[]' : printed) as { readonly dev?: string }[];
    const foreign = routes.find(({ dev }) => dev !== this.bridge);
    if (foreign === undefined) return;
    const text = `the address ${ipv4Address} belongs to another agent's task on this host (${foreign.dev})`;
    throw new RuntimeError('network', text, { cause });
  }
}

/** The values become words of commands: nothing but addresses may pass. */
function checkInterface({ ipv4Address, macAddress, gatewayCidr }: SandboxInterface): void {
  const isAddress = ipv4Range(`${ipv4Address}/32`) !== undefined && ipv4Range(gatewayCidr) !== undefined;
  if (isAddress && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(macAddress)) return;
  throw new RuntimeError(
    'network',
    `no usable network interface: ${ipv4Address}, ${macAddress}, gateway ${gatewayCidr}`,
  );
}

/** An interface of the host itself (not one of ours) that is in the same range, e.g. the network of an office. */
function overlappingInterface(gatewayCidr: string): string | undefined {
  const range = ipv4Range(gatewayCidr);
  if (range === undefined)
    throw new RuntimeError('network', `${gatewayCidr} is no IPv4 address with a prefix`);
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (name.startsWith('gn-')) continue;
    const ranges = (addresses ?? []).flatMap(({ cidr }) => (cidr === null ? [] : (ipv4Range(cidr) ?? [])));
    if (ranges.some((other) => isOverlapping(range, other))) return name;
  }
  return undefined;
}

function runIp(commands: readonly string[]): Promise<string> {
  return runHostCommand('ip', ['-batch', '-'], `${commands.join('\n')}\n`);
}

async function inNetworkStep<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new RuntimeError('network', errorText(error), {
      cause: error,
    });
  }
}

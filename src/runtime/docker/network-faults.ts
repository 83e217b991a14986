import { createHash } from 'node:crypto';
import type { FaultTask, TaskFaults } from '../../domain/network-fault.ts';
import { faultName, type NetworkFault } from '../../domain/network-fault.ts';
import { errorText } from '../../lib/error-text.ts';
import type { SandboxSpec } from '../driver.ts';
import { RuntimeError } from '../driver.ts';
import { HostCommandError, runHostCommand } from './host-command.ts';

/** Where faults are made: the network of a task. */
export interface FaultPlace {
  readonly taskId: string;
  readonly networkMode: SandboxSpec['networkMode'];
  /** A process in the task's network namespace; undefined where that is the host's own. */
  readonly pid: number | undefined;
}

/** How long the packet filter may be busy with somebody else's change. */
const WAIT_SECONDS = '5';
/** Handles by which our queues are known among those of others. */
const ROOT_HANDLE = '6a:';
const FAULT_HANDLE = '6b:';
/** Everything goes by the third band; what a filter picks goes by the first, where the fault is. */
const BANDS = Array.from({ length: 16 }, () => '2');

interface Qdisc {
  readonly kind?: string;
  readonly handle?: string;
  readonly options?: { readonly delay?: unknown; readonly 'loss-random'?: unknown };
}

/** Runs a program in a place; resolves with what it printed. */
export type RunInPlace = (place: FaultPlace, command: string, args: readonly string[]) => Promise<string>;

/** In the host's network a chain without rules says whose queue that is, so that it goes with its task. */
const QUEUE = 'queue';
const QUEUE_MARK = /^gf[0-9a-f]{8}-queue$/;
const OWNER_LENGTH = 3;

/** The host's own network, whoever's task it is about. */
const HOST_PLACE: FaultPlace = { taskId: '', networkMode: 'host', pid: undefined };

/** What makes faults at a driver. */
export interface FaultParts {
  /** Hexadecimal; tells this driver's tasks from those of others on the host. */
  readonly owner: string;
  readonly placeOf: (task: FaultTask) => Promise<FaultPlace>;
  readonly run?: RunInPlace | undefined;
}

/**
 * Faults in the networks of tasks, by the host's own tools: `iptables` drops what goes to or comes from a port, `tc`
 * delays and loses what goes out. A kernel without the queue that loses packets has the packet filter do it. (RUN-80)
 */
export class NetworkFaults implements TaskFaults {
  readonly #placeOf: FaultParts['placeOf'];
  readonly #run: RunInPlace;
  /** What the names of all chains of this owner begin with. */
  readonly #family: string;

  constructor({ owner, placeOf, run = runInPlace }: FaultParts) {
    this.#placeOf = placeOf;
    this.#run = run;
    this.#family = `gf${owner.slice(0, OWNER_LENGTH)}`;
  }

  async running(task: FaultTask): Promise<ReadonlySet<string>> {
    const place = await this.#placeOf(task);
    const names = (await this.#chains(place, this.#prefixOf(place.taskId))).filter((name) => name !== QUEUE);
    const queue = await this.#queue(place);
    if (queue?.options?.delay !== undefined) names.push('latency');
    if (queue?.options?.['loss-random'] !== undefined) names.push('packet-loss');
    return new Set(names);
  }

  async start(task: FaultTask, fault: NetworkFault): Promise<void> {
    const place = await this.#placeOf(task);
    if (fault.kind === 'blackhole-port') return this.#drop(place, fault, portRules(fault));
    try {
      await this.#delay(place, fault);
    } catch (error) {
      await this.#removeQueue(place);
      if (fault.kind !== 'packet-loss' || !lacksQueue(error)) throw refused(error);
      await this.#drop(place, fault, lossRules(fault));
    }
  }

  async stop(task: FaultTask, name: string): Promise<void> {
    await this.#remove(await this.#placeOf(task), name);
  }

  async clear(task: FaultTask): Promise<void> {
    const place = await this.#placeOf(task);
    for (const name of await this.#chains(place, this.#prefixOf(place.taskId)))
      await this.#remove(place, name);
  }

  async retain(taskIds: readonly string[]): Promise<void> {
    const kept = taskIds.map((taskId) => this.#prefixOf(taskId));
    const gone = (await this.#chains(HOST_PLACE, '')).filter(
      (chain) => chain.startsWith(this.#family) && !kept.some((prefix) => chain.startsWith(prefix)),
    );
    for (const chain of gone) {
      if (chain.endsWith(`-${QUEUE}`)) await this.#removeQueue(HOST_PLACE);
      else await this.#removeChain(HOST_PLACE, chain);
    }
  }

  /** Names of the chains that begin so, without the beginning. */
  async #chains(place: FaultPlace, prefix: string): Promise<readonly string[]> {
    const start = `-N ${prefix}`;
    const lines = (await this.#iptables(place, ['-S'])).split('\n');
    return lines.flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []));
  }

  /** Names of chains have at most 28 characters, and those of one task are its own on a shared host. */
  #prefixOf(taskId: string): string {
    return `${this.#family}${createHash('sha256').update(taskId).digest('hex').slice(0, 5)}-`;
  }

  async #remove(place: FaultPlace, name: string): Promise<void> {
    if (name === 'latency' || name === 'packet-loss' || name === QUEUE) await this.#removeQueue(place);
    if (name !== QUEUE) await this.#removeChain(place, `${this.#prefixOf(place.taskId)}${name}`);
  }

  async #removeChain(place: FaultPlace, chain: string): Promise<void> {
    for (const table of ['INPUT', 'OUTPUT'])
      await this.#iptables(place, ['-D', table, '-j', chain]).catch(() => '');
    for (const action of ['-F', '-X']) await this.#iptables(place, [action, chain]).catch(() => '');
  }

  async #drop(place: FaultPlace, fault: NetworkFault, rules: readonly (readonly string[])[]): Promise<void> {
    const name = faultName(fault);
    const chain = `${this.#prefixOf(place.taskId)}${name}`;
    const table = fault.kind === 'blackhole-port' && fault.direction === 'ingress' ? 'INPUT' : 'OUTPUT';
    try {
      await this.#iptables(place, ['-N', chain]);
      for (const rule of rules) await this.#iptables(place, ['-A', chain, ...rule]);
      await this.#iptables(place, ['-I', table, '-j', chain]);
    } catch (error) {
      await this.#remove(place, name);
      throw refused(error);
    }
  }

  async #delay(place: FaultPlace, fault: Exclude<NetworkFault, { kind: 'blackhole-port' }>): Promise<void> {
    const device = await this.#device(place);
    const tc = (...args: readonly string[]): Promise<string> => this.#run(place, 'tc', args);
    if (place.networkMode === 'host')
      await this.#iptables(place, ['-N', `${this.#prefixOf(place.taskId)}${QUEUE}`]);
    const netem =
      fault.kind === 'latency'
        ? ['delay', `${fault.delayMs}ms`, `${fault.jitterMs}ms`]
        : ['loss', `${fault.lossPercent}%`];
    await tc('qdisc', 'add', 'dev', device, 'root', 'handle', ROOT_HANDLE, 'prio', 'priomap', ...BANDS);
    const parent = `${ROOT_HANDLE}1`;
    await tc('qdisc', 'add', 'dev', device, 'parent', parent, 'handle', FAULT_HANDLE, 'netem', ...netem);
    const pick = (priority: string, address: string, band: string): Promise<string> =>
      tc(
        ...['filter', 'add', 'dev', device, 'protocol', 'ip', 'parent', ROOT_HANDLE, 'prio', priority],
        ...['u32', 'match', 'ip', 'dst', address, 'flowid', `${ROOT_HANDLE}${band}`],
      );
    for (const address of ipv4(fault.exempt)) await pick('1', address, '3');
    for (const address of ipv4(fault.toward)) await pick('2', address, '1');
  }

  async #queue(place: FaultPlace): Promise<Qdisc | undefined> {
    const device = await this.#device(place).catch(() => undefined);
    if (device === undefined) return undefined;
    const printed = await this.#run(place, 'tc', ['-j', 'qdisc', 'show', 'dev', device]).catch(() => '[]');
    const queues = JSON.parse(printed === '' ? '[]' : printed) as readonly Qdisc[];
    return queues.find(({ kind, handle }) => kind === 'netem' && handle === FAULT_HANDLE);
  }

  async #removeQueue(place: FaultPlace): Promise<void> {
    const device = await this.#device(place);
    await this.#run(place, 'tc', [
      'qdisc',
      'del',
      'dev',
      device,
      'root',
      'handle',
      ROOT_HANDLE,
      'prio',
    ]).catch(() => '');
    if (place.networkMode !== 'host') return;
    // There is one queue on the host, so whoever's it was, nobody's it is now.
    const marks = (await this.#chains(place, '')).filter((chain) => QUEUE_MARK.test(chain));
    for (const mark of marks) await this.#removeChain(place, mark);
  }

  /** A task's own interface, or that by which the host reaches the world. */
  async #device(place: FaultPlace): Promise<string> {
    if (place.networkMode === 'awsvpc') return 'eth0';
    const printed = await this.#run(place, 'ip', ['-json', '-4', 'route', 'show', 'default']);
    const [route] = JSON.parse(printed === '' ? '[]' : printed) as readonly { readonly dev?: string }[];
    if (route?.dev === undefined) throw new RuntimeError('network', 'this host has no default route');
    return route.dev;
  }

  #iptables(place: FaultPlace, args: readonly string[]): Promise<string> {
    return this.#run(place, 'iptables', ['-w', WAIT_SECONDS, ...args]);
  }
}

function portRules(fault: Extract<NetworkFault, { kind: 'blackhole-port' }>): readonly (readonly string[])[] {
  const match = ['-p', fault.protocol, '--dport', String(fault.port)];
  const side = fault.direction === 'ingress' ? '-s' : '-d';
  return [
    ...ipv4(fault.exempt).map((address) => [...match, side, address, '-j', 'ACCEPT']),
    [...match, '-j', 'DROP'],
  ];
}

function lossRules(fault: Extract<NetworkFault, { kind: 'packet-loss' }>): readonly (readonly string[])[] {
  const chance = ['-m', 'statistic', '--mode', 'random', '--probability', String(fault.lossPercent / 100)];
  return [
    ...ipv4(fault.exempt).map((address) => ['-d', address, '-j', 'ACCEPT']),
    ...ipv4(fault.toward).map((address) => ['-d', address, ...chance, '-j', 'DROP']),
  ];
}

/** Tasks have no addresses of IPv6, so nothing of theirs goes to one. */
const ipv4 = (addresses: readonly string[]): readonly string[] =>
  addresses.filter((address) => !address.includes(':'));

const lacksQueue = (error: unknown): boolean =>
  error instanceof HostCommandError && /qdisc kind is unknown|not found|No such file|127/.test(error.message);

const refused = (error: unknown): RuntimeError =>
  new RuntimeError(
    'network',
    lacksQueue(error)
      ? `the kernel of this host cannot delay packets, or tc is missing: ${errorText(error)}`
      : errorText(error),
    { cause: error },
  );

function runInPlace({ pid }: FaultPlace, command: string, args: readonly string[]): Promise<string> {
  return pid === undefined
    ? runHostCommand(command, args)
    : runHostCommand('nsenter', ['--net', '--target', String(pid), command, ...args]);
}

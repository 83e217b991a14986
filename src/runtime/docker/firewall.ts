import { connect } from 'node:net';
import { errorText } from '../../lib/error-text.ts';
import type { Log } from '../../lib/log.ts';
import { runHostCommand } from './host-command.ts';

/** What the host's packet filter is to do for one owner's bridges. */
export interface FirewallWishes {
  /** Interfaces that lead to the owner's tasks. */
  readonly bridges: readonly string[];
  /** Subnets of tasks with an address of their own, e.g. `172.31.0.0/20`; they reach the world through the host's address. */
  readonly subnets: readonly string[];
  /** The loopback port that `169.254.170.2:80` leads to. */
  readonly metadataPort: number | undefined;
}

/** A rule of one table in iptables' own words, without its comment. */
interface Rule {
  readonly table: 'nat' | 'filter';
  readonly text: string;
}

const METADATA_ADDRESS = '169.254.170.2';
/** How the rules of every owner are marked. */
const ANY_COMMENT = 'gantry-';
/** Where a rule that leads away leads to. */
const LOOPBACK_PORT = /--to-(?:destination 127\.0\.0\.1:|ports )(\d+)/;
/** All bridges of task networks begin so; a trailing plus is iptables' wildcard. */
const ANY_TASK_BRIDGE = 'gn-+';

/**
 * The owner's rules in the host's packet filter (iptables), found again by their comment. They outlive the agent, as the
 * containers do: they are replaced on the next start and removed by `clear` alone.
 */
export class Firewall {
  readonly #comment: string;
  readonly #log: Log;
  readonly #run: typeof runHostCommand;
  #queue: Promise<void> = Promise.resolve();

  constructor(tag: string, log: Log, run = runHostCommand) {
    this.#comment = `${ANY_COMMENT}${tag}`;
    this.#log = log;
    this.#run = run;
  }

  /** Replaces the owner's rules by what is wished now, in one step. Without iptables it only warns. */
  apply(wishes: FirewallWishes): Promise<void> {
    return this.#inTurn(async () => this.#replace(await this.#wanted(wishes)));
  }

  clear(): Promise<void> {
    return this.#inTurn(() => this.#replace([]));
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(work).catch((error: unknown) => {
      this.#log.warn('runtime.firewall-failed', {
        error: errorText(error),
      });
    });
    return this.#queue;
  }

  async #wanted(wishes: FirewallWishes): Promise<readonly Rule[]> {
    const rules = [...bridgeRules(wishes), ...wishes.subnets.map(masquerade)];
    if (wishes.metadataPort === undefined || !(await this.isFree('OUTPUT'))) return rules;
    const redirect = `OUTPUT -d ${METADATA_ADDRESS}/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:${wishes.metadataPort}`;
    return [...rules, { table: 'nat', text: redirect }];
  }

  async #replace(rules: readonly Rule[]): Promise<void> {
    const sections = [];
    for (const table of ['nat', 'filter'] as const) {
      const removals = (await this.#rulesOf(table)).filter((line) =>
        line.includes(`--comment ${this.#comment}`),
      );
      const additions = rules
        .filter((rule) => rule.table === table)
        .map((rule) => this.#insertion(rule.text));
      if (removals.length + additions.length === 0) continue;
      sections.push(
        `*${table}`,
        ...removals.map((line) => line.replace(/^-A/, '-D')),
        ...additions,
        'COMMIT',
        '',
      );
    }
    if (sections.length > 0)
      await this.#run('iptables-restore', ['--noflush', '-w', '10'], sections.join('\n'));
  }

  /** Rules come first in their chains, so that the engine's and the distribution's own refusals do not hide them. */
  #insertion(text: string): string {
    const [chain, ...rest] = text.split(' ');
    return `-I ${chain} -m comment --comment ${this.#comment} ${rest.join(' ')}`;
  }

  async #rulesOf(table: 'nat' | 'filter'): Promise<readonly string[]> {
    const printed = await this.#run('iptables-save', ['-t', table]);
    return printed.split('\n').filter((line) => line.startsWith('-A '));
  }

  /**
   * Whether the metadata address is ours to lead away for all that passes `where`: a chain, or a chain and an interface
   * (`PREROUTING -i docker0`). Where several agents meet it belongs to the first whose port still answers (RUN-64).
   */
  async isFree(where: string): Promise<boolean> {
    const others = (await this.#rulesOf('nat')).filter((line) => {
      const isThere = where.split(' -i ').every((word) => line.includes(` ${word} `));
      return isThere && line.includes(METADATA_ADDRESS) && !line.includes(this.#comment);
    });
    for (const line of others) {
      const port = LOOPBACK_PORT.exec(line)?.[1];
      if (port === undefined || (await answers(Number(port)))) return false;
      await this.#run(
        'iptables-restore',
        ['--noflush', '-w', '10'],
        `*nat\n${line.replace(/^-A/, '-D')}\nCOMMIT\n`,
      );
    }
    return true;
  }

  /** The ports to which agents of other owners lead the metadata address on this host (RUN-64). */
  async otherMetadataPorts(): Promise<readonly number[]> {
    const ports = (await this.#rulesOf('nat')).flatMap((line) => {
      const isOthers = line.includes(`--comment ${ANY_COMMENT}`) && !line.includes(this.#comment);
      const port = LOOPBACK_PORT.exec(line)?.[1];
      return isOthers && line.includes(METADATA_ADDRESS) && port !== undefined ? [Number(port)] : [];
    });
    return [...new Set(ports)];
  }
}

function bridgeRules({ bridges, metadataPort }: FirewallWishes): readonly Rule[] {
  return bridges.flatMap((bridge): readonly Rule[] => [
    ...(metadataPort === undefined ? [] : [toLoopback(bridge, metadataPort)]),
    // The bridges may route to loopback (for the rules above): nothing else of it is theirs to see.
    { table: 'filter', text: `INPUT -i ${bridge} -d 127.0.0.0/8 -m conntrack ! --ctstate DNAT -j DROP` },
    { table: 'filter', text: `INPUT -i ${bridge} -d 127.0.0.0/8 -m conntrack --ctstate DNAT -j ACCEPT` },
    ...(bridge.startsWith('gn-') ? forwarding(bridge) : []),
  ]);
}

/** The engine sets the policy of forwarding to DROP; its own bridges it lets through by itself. */
function forwarding(bridge: string): readonly Rule[] {
  return [
    { table: 'filter', text: `FORWARD -i ${bridge} -j ACCEPT` },
    { table: 'filter', text: `FORWARD -o ${bridge} -j ACCEPT` },
  ];
}

function toLoopback(bridge: string, metadataPort: number): Rule {
  const match = `PREROUTING -i ${bridge} -d ${METADATA_ADDRESS}/32 -p tcp -m tcp --dport 80`;
  return { table: 'nat', text: `${match} -j DNAT --to-destination 127.0.0.1:${metadataPort}` };
}

function masquerade(subnet: string): Rule {
  return { table: 'nat', text: `POSTROUTING -s ${subnet} ! -o ${ANY_TASK_BRIDGE} -j MASQUERADE` };
}

function answers(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('connect', () => resolve(true));
  socket.on('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

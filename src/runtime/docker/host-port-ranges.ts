import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { PortMapping, PortRangeMapping } from '../driver.ts';
import { RuntimeError } from '../driver.ts';

/** The ephemeral ports of a host that does not tell its own. */
const FALLBACK = { first: 49_153, last: 65_535 };

/**
 * Finds host ports for ranges of container ports: as many in a row, all free just now, among the host's ephemeral ones.
 * Each search goes on behind the one before, so that two containers made at the same time do not get the same. The first
 * begins in the middle: the engine gives out single ports from the lower end when a container starts, which is after this
 * has looked. (RUN-36)
 */
export class HostPortRanges {
  readonly #isFree: (port: number, protocol: 'tcp' | 'udp') => Promise<boolean>;
  readonly #bounds: () => Promise<{ readonly first: number; readonly last: number }>;
  #next: number | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(isFree = isFreePort, bounds = ephemeralPorts) {
    this.#isFree = isFree;
    this.#bounds = bounds;
  }

  /** One mapping for each port of the range. Rejects when the host has no such row of free ports. */
  take(range: PortRangeMapping): Promise<readonly PortMapping[]> {
    const taken = this.#turn.then(() => this.#take(range));
    this.#turn = taken.catch(() => {});
    return taken;
  }

  async #take({ first, last, protocol }: PortRangeMapping): Promise<readonly PortMapping[]> {
    const count = last - first + 1;
    const bounds = await this.#bounds();
    const middle = bounds.first + Math.floor((bounds.last - bounds.first) / 2);
    const start = Math.min(Math.max(this.#next ?? middle, bounds.first), bounds.last);
    const found =
      (await this.#search(count, { first: start, last: bounds.last }, protocol)) ??
      (await this.#search(
        count,
        { first: bounds.first, last: Math.min(start + count, bounds.last) },
        protocol,
      ));
    if (found === undefined) {
      throw new RuntimeError('create', `${count} contiguous ${protocol} host ports are unavailable`);
    }
    this.#next = found + count > bounds.last ? undefined : found + count;
    return Array.from({ length: count }, (_, index) => ({
      containerPort: first + index,
      hostPort: found + index,
      protocol,
    }));
  }

  /** The first of `count` free ports in a row within the bounds. */
  async #search(
    count: number,
    bounds: { readonly first: number; readonly last: number },
    protocol: 'tcp' | 'udp',
  ): Promise<number | undefined> {
    let first = bounds.first;
    for (let port = first; port <= bounds.last && first + count - 1 <= bounds.last; port += 1) {
      if (!(await this.#isFree(port, protocol))) first = port + 1;
      else if (port - first + 1 === count) return first;
    }
    return undefined;
  }
}

async function ephemeralPorts(): Promise<{ readonly first: number; readonly last: number }> {
  const text = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '');
  const [first = 0, last = 0] = text.trim().split(/\s+/).map(Number);
  return first > 0 && last > first ? { first, last } : FALLBACK;
}

function isFreePort(port: number, protocol: 'tcp' | 'udp'): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  if (protocol === 'udp') {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, '0.0.0.0', () => socket.close(() => resolve(true)));
  } else {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  }
  return promise;
}

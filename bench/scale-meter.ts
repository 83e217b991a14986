import type { SimulatedHosts } from './scale-hosts.ts';

type Hosts = Pick<SimulatedHosts, 'cpuMs'>;

/** What this process has used since a point in time, without what belongs to the simulated hosts. */
interface Used {
  readonly elapsedMs: number;
  /** Of all threads but the hosts'. Garbage of theirs that is collected beside their thread is in it: V8 shares those threads. */
  readonly cpuMs: number;
  readonly hostMs: number;
  /** 0 to 1: how much of a core the thread had that answers requests. */
  readonly mainShare: number;
}

/** Reads CPU and time from its start on. */
export class Meter {
  readonly #hosts: Hosts;
  readonly #hostMs: number;
  readonly #begin = performance.now();
  readonly #cpu = process.cpuUsage();
  readonly #thread = process.threadCpuUsage();

  private constructor(hosts: Hosts, hostMs: number) {
    this.#hosts = hosts;
    this.#hostMs = hostMs;
  }

  static async start(hosts: Hosts): Promise<Meter> {
    return new Meter(hosts, await hosts.cpuMs());
  }

  async read(): Promise<Used> {
    const { user, system } = process.cpuUsage(this.#cpu);
    const thread = process.threadCpuUsage(this.#thread);
    const elapsedMs = performance.now() - this.#begin;
    const hostMs = (await this.#hosts.cpuMs()) - this.#hostMs;
    return {
      elapsedMs,
      cpuMs: (user + system) / 1000 - hostMs,
      hostMs,
      mainShare: (thread.user + thread.system) / 1000 / elapsedMs,
    };
  }
}

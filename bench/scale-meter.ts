import type { SimulatedHosts } from './scale-hosts.ts';

/** What this process has used since a point in time, without what belongs to the simulated hosts. */
interface Used {
  readonly elapsedMs: number;
  /** Of all threads, without the hosts' part. */
  readonly cpuMs: number;
  readonly hostMs: number;
  /** 0 to 1: how much of a core the thread had that answers requests. */
  readonly mainShare: number;
}

/** Reads CPU and time from its making on. */
export class Meter {
  readonly #hosts: Pick<SimulatedHosts, 'ownMs'>;
  readonly #begin = performance.now();
  readonly #cpu = process.cpuUsage();
  readonly #thread = process.threadCpuUsage();
  readonly #ownMs: number;

  constructor(hosts: Pick<SimulatedHosts, 'ownMs'>) {
    this.#hosts = hosts;
    this.#ownMs = hosts.ownMs();
  }

  read(): Used {
    const { user, system } = process.cpuUsage(this.#cpu);
    const thread = process.threadCpuUsage(this.#thread);
    const elapsedMs = performance.now() - this.#begin;
    const hostMs = this.#hosts.ownMs() - this.#ownMs;
    return {
      elapsedMs,
      cpuMs: (user + system) / 1000 - hostMs,
      hostMs,
      mainShare: (thread.user + thread.system) / 1000 / elapsedMs,
    };
  }
}

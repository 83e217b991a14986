import type { SimulatedHosts } from './scale-hosts.ts';

/** What this process has used since a point in time, without what belongs to the simulated hosts. */
interface Used {
  readonly elapsedMs: number;
  /** Of all threads, without the hosts' part. */
  readonly cpuMs: number;
  readonly hostMs: number;
  /** 0 to 1: how busy the thread was that answers requests. */
  readonly mainShare: number;
}

/** Reads CPU and time from its making on. */
export class Meter {
  readonly #hosts: Pick<SimulatedHosts, 'ownMs'>;
  readonly #begin = performance.now();
  readonly #cpu = process.cpuUsage();
  readonly #loop = performance.eventLoopUtilization();
  readonly #ownMs: number;

  constructor(hosts: Pick<SimulatedHosts, 'ownMs'>) {
    this.#hosts = hosts;
    this.#ownMs = hosts.ownMs();
  }

  read(): Used {
    const { user, system } = process.cpuUsage(this.#cpu);
    const hostMs = this.#hosts.ownMs() - this.#ownMs;
    return {
      elapsedMs: performance.now() - this.#begin,
      cpuMs: (user + system) / 1000 - hostMs,
      hostMs,
      mainShare: performance.eventLoopUtilization(this.#loop).utilization,
    };
  }
}

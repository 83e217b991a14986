import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';

/** What this process may do on its machine. */
export interface HostAccess {
  readonly isRoot: boolean;
  /** Where programs are looked for, in this order. */
  readonly programFolders: readonly string[];
}

/** A GPU: its id, and the device by which containers have it where no engine runtime brings them in. */
export interface HostGpu {
  readonly id: string;
  readonly device: string;
}

/** What a Docker driver is told. */
export interface DockerDriverOptions {
  /** The engine's unix socket. */
  readonly socketPath: string;
  /** Names the agent: only containers with this label are its own. The same after a restart of the agent. */
  readonly owner: string;
  readonly access: HostAccess;
  /** GPUs that the operator names, each with a device of the host; absent: those that are found. */
  readonly gpus?: readonly HostGpu[] | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';

/** What this process may do on its machine. */
export interface HostAccess {
  readonly isRoot: boolean;
  /** Where programs are looked for, in this order. */
  readonly programFolders: readonly string[];
}

/** What a Docker driver is told. */
export interface DockerDriverOptions {
  /** The engine's unix socket. */
  readonly socketPath: string;
  /** Names the agent: only containers with this label are its own. The same after a restart of the agent. */
  readonly owner: string;
  readonly access: HostAccess;
  readonly clock: Clock;
  readonly log: Log;
}

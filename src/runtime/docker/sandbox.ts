import type { SandboxSpec } from '../driver.ts';
import type { TaskFiles } from './task-files.ts';

/** What a driver remembers of a prepared task, to put containers into it. */
export interface Sandbox {
  readonly taskId: string;
  readonly networkMode: SandboxSpec['networkMode'];
  /** The engine's network mode for its containers: `container:<pause>`, a network's name, `host` or `none`. */
  readonly engineNetworkMode: string;
  readonly cgroupParent?: string | undefined;
  /** Limits to lay on each container, where the host cannot limit the task as a whole. */
  readonly fallbackCpuUnits?: number | undefined;
  readonly fallbackMemoryMib?: number | undefined;
  /** The engine's modes for the namespaces of processes and of shared memory; absent: the engine's default. */
  readonly enginePidMode?: string | undefined;
  readonly engineIpcMode?: string | undefined;
  /** The name tables that the containers share, in awsvpc mode. */
  readonly files?: TaskFiles | undefined;
}

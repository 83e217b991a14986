import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import type { ServerTimes } from '../link/server-times.ts';
import type { RuntimeDriver } from '../runtime/driver.ts';
import type { HostOffer } from './capabilities.ts';
import type { EngineSettings } from './engine-deps.ts';
import type { FirelensFolders } from './firelens.ts';
import type { HttpCall } from './http-call.ts';
import type { IntrospectionOptions } from './introspection-server.ts';
import type { OwnKey } from './own-key.ts';
import type { SecretFolders } from './secret-folders.ts';
import type { ConnectBytes, ConnectSocket } from './session-loop.ts';
import type { StateDirectory } from './state-directory.ts';
import type { TaskVolumes } from './task-volumes.ts';

/** Everything an agent is made of; nothing is taken from the process around it. */
export interface AgentOptions {
  readonly driver: RuntimeDriver;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** What survives a restart. One directory belongs to one agent. */
  readonly state: StateDirectory;
  readonly volumes: TaskVolumes;
  readonly firelens: FirelensFolders;
  readonly secretFolders: SecretFolders;
  readonly call: HttpCall;
  readonly connect: ConnectSocket;
  /** Opens the websockets of exec sessions. */
  readonly connectBytes: ConnectBytes;
  /** The control plane, e.g. `http://127.0.0.1:7070`. */
  readonly endpointUrl: string;
  readonly region: string;
  /** Where the state directory is; one that was made elsewhere and not moved is a copy. Absent: not looked at. (HARD-40) */
  readonly home?: { readonly name: string; wasMovedFrom(name: string): boolean } | undefined;
  /** A name or an ARN. A host of the pool may leave it empty. */
  readonly cluster: string;
  readonly credentials: OwnKey;
  /** What the agent's requests are signed by. */
  readonly times: ServerTimes;
  /** As the control plane shows it, e.g. `1.2.3`. */
  readonly agentVersion: string;
  readonly agentHash?: string | undefined;
  readonly offer: HostOffer;
  readonly settings?: Partial<EngineSettings> | undefined;
  /** Takes a line about each request for a role's credentials. (TMD-7) */
  readonly audit?: ((line: string) => void) | undefined;
  /** Where the metadata server listens; the driver leads containers there. Default `127.0.0.1`. */
  readonly metadataAddress?: string | undefined;
  /** Undefined: what runs is not told on the host. (INT-3) */
  readonly introspection?: IntrospectionOptions | undefined;
}

/** A running agent. */
export interface Agent {
  /** Changes only when the control plane has lost all its state. */
  readonly containerInstanceArn: string;
  /** The port of the metadata server. */
  readonly metadataPort: number;
  /** The port of the introspection server, if there is one. */
  readonly introspectionPort: number | undefined;
  /** Resolves when another agent has registered with the identity of this one: it had better end. (HARD-41) */
  readonly superseded: Promise<void>;
  /** Stops the agent and nothing else: containers run on and are found again by the next start. */
  close(): Promise<void>;
}

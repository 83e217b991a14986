import type { PayloadTask } from '../domain/task-payload.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import type { Rng } from '../lib/rng.ts';
import type { TaskStateChange } from '../link/ecs-calls.ts';
import type { SigningCredentials } from '../link/sigv4-sign.ts';
import type { RuntimeDriver } from '../runtime/driver.ts';
import type { CredentialsBook } from './credentials-book.ts';
import type { LogService } from './log-service.ts';
import type { RegistryTokens } from './registry-token.ts';
import type { SecretFolders } from './secret-folders.ts';
import type { StateDirectory } from './state-directory.ts';
import type { TaskSecrets } from './task-secrets.ts';
import type { TaskVolumes } from './task-volumes.ts';

/** What the task engine works with. */
export interface EngineDeps {
  readonly driver: RuntimeDriver;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly rng: Rng;
  readonly state: StateDirectory;
  /** As configured. */
  readonly cluster: string;
  readonly region: string;
  readonly book: CredentialsBook;
  readonly tokens: RegistryTokens;
  readonly logs: LogService;
  /** The agent's own, for logs of tasks without an execution role. */
  readonly credentials: SigningCredentials;
  readonly volumes: TaskVolumes;
  /** Values that tasks read as their execution roles. */
  readonly secrets: TaskSecrets;
  readonly secretFolders: SecretFolders;
  /** One attempt to report; rejects when it was refused or not answered. */
  readonly submit: (change: TaskStateChange) => Promise<void>;
  /** Where containers of the task reach the API; undefined when they cannot. */
  readonly endpointFor: (payload: PayloadTask) => Promise<string | undefined>;
  /** A container's health has changed. */
  readonly onHealth: () => void;
  readonly settings: EngineSettings;
}

/** Times that an operator may set. */
export interface EngineSettings {
  /** How long a container has to end when its definition does not say. */
  readonly stopTimeoutSeconds: number;
  /** How long stopped containers are kept after their output was shipped. */
  readonly cleanupWaitMs: number;
}

/** AWS's 30 seconds; 10 minutes where the ECS agent has 3 hours, since the output has left the host by then. (AGT-6, AGT-15) */
export const DEFAULT_ENGINE_SETTINGS: EngineSettings = { stopTimeoutSeconds: 30, cleanupWaitMs: 600_000 };

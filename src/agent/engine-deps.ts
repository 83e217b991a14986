import type { PayloadTask } from '../domain/task-payload.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import type { Rng } from '../lib/rng.ts';
import type { TaskStateChange } from '../link/ecs-calls.ts';
import type { SigningCredentials } from '../link/sigv4-sign.ts';
import type { RuntimeDriver } from '../runtime/driver.ts';
import type { CredentialsBook } from './credentials-book.ts';
import type { FirelensFolders } from './firelens.ts';
import type { HostImages } from './host-images.ts';
import type { LogService } from './log-service.ts';
import type { Registries } from './registry-token.ts';
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
  readonly registries: Registries;
  readonly logs: LogService;
  /** The agent's own, for logs of tasks without an execution role. */
  readonly credentials: SigningCredentials;
  readonly volumes: TaskVolumes;
  readonly firelens: FirelensFolders;
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

/** The words of the ECS agent's `ECS_IMAGE_PULL_BEHAVIOR`. (LIF-10) */
export const PULL_BEHAVIORS = ['default', 'always', 'once', 'prefer-cached'] as const;
export type PullBehavior = (typeof PULL_BEHAVIORS)[number];

/** Which images go, and when. (LIF-21, LIF-22) */
export interface ImageCleanup {
  readonly isOn: boolean;
  readonly intervalMs: number;
  /** An image stays at least this long after its pull. */
  readonly minimumAgeMs: number;
  /** At most this many images go in one cycle. */
  readonly countPerCycle: number;
  /** Above this the disk is taken for full, and neither age nor count protects what is not in use. */
  readonly diskFullPercent: number;
}

/** What an operator may set. */
export interface EngineSettings {
  /** How long a container has to end when its definition does not say. */
  readonly stopTimeoutSeconds: number;
  /** How long stopped containers are kept after their output was shipped. */
  readonly cleanupWaitMs: number;
  readonly pullBehavior: PullBehavior;
  readonly imageCleanup: ImageCleanup;
}

/** AWS's 30 seconds; 10 minutes where the ECS agent has 3 hours, since the output has left the host by then. (AGT-6, AGT-15) */
export const DEFAULT_ENGINE_SETTINGS: EngineSettings = {
  stopTimeoutSeconds: 30,
  cleanupWaitMs: 600_000,
  pullBehavior: 'default',
  imageCleanup: {
    isOn: true,
    intervalMs: 1_800_000,
    minimumAgeMs: 3_600_000,
    countPerCycle: 5,
    diskFullPercent: 90,
  },
};

/** What the loops of a task work with: the same for all tasks of the host. */
export interface TaskDeps extends EngineDeps {
  readonly images: HostImages;
}

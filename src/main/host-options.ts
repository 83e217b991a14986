import { type Command, Option } from 'commander';
import {
  DEFAULT_ENGINE_SETTINGS,
  type EngineSettings,
  type ImageCleanup,
  PULL_BEHAVIORS,
} from '../agent/engine-deps.ts';
import { readDurationMs } from '../lib/duration.ts';
import { oneOf, wholeNumber } from './settings.ts';
import { UsageError } from './usage-error.ts';

/** What an operator says of a host's containers and images, as the command line or the environment gives it. */
export interface RawHostOptions {
  readonly imagePull?: string | undefined;
  readonly stopTimeout?: string | undefined;
  readonly taskCleanupWait?: string | undefined;
  readonly disableImageCleanup?: string | undefined;
  readonly imageCleanupInterval?: string | undefined;
  readonly imageCleanupAge?: string | undefined;
  readonly imageCleanupCount?: string | undefined;
  readonly diskFull?: string | undefined;
  readonly introspectionPort?: string | undefined;
}

interface HostOption {
  readonly key: keyof RawHostOptions;
  readonly flag: `--${string}`;
  readonly takes: string;
  readonly text: string;
  /** The ECS agent's variable of the same meaning. */
  readonly env?: string;
}

/** The port of the ECS agent's introspection API. */
const INTROSPECTION_PORT = 51_678;

/** Every option, and the variable of the ECS agent that says the same. (PRG-15) */
const HOST_OPTIONS: readonly HostOption[] = [
  {
    ...{ key: 'imagePull', flag: '--image-pull', takes: '<behavior>', env: 'ECS_IMAGE_PULL_BEHAVIOR' },
    text: `when tasks' images are pulled: ${PULL_BEHAVIORS.join(', ')}`,
  },
  {
    ...{ key: 'stopTimeout', flag: '--stop-timeout', takes: '<duration>', env: 'ECS_CONTAINER_STOP_TIMEOUT' },
    text: 'how long a container has to end when its definition does not say; 30s by default',
  },
  {
    ...{ key: 'taskCleanupWait', flag: '--task-cleanup-wait', takes: '<duration>' },
    env: 'ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION',
    text: 'how long containers of stopped tasks are kept; 10m by default',
  },
  {
    ...{ key: 'disableImageCleanup', flag: '--disable-image-cleanup', takes: '<true|false>' },
    env: 'ECS_DISABLE_IMAGE_CLEANUP',
    text: 'true keeps all images for ever',
  },
  {
    ...{ key: 'imageCleanupInterval', flag: '--image-cleanup-interval', takes: '<duration>' },
    env: 'ECS_IMAGE_CLEANUP_INTERVAL',
    text: 'how often unused images are removed; 30m by default',
  },
  {
    ...{ key: 'imageCleanupAge', flag: '--image-cleanup-age', takes: '<duration>' },
    env: 'ECS_IMAGE_MINIMUM_CLEANUP_AGE',
    text: 'how long an image stays after its pull at least; 1h by default',
  },
  {
    ...{ key: 'imageCleanupCount', flag: '--image-cleanup-count', takes: '<number>' },
    env: 'ECS_NUM_IMAGES_DELETE_PER_CYCLE',
    text: 'how many images are removed at most each time; 5 by default',
  },
  {
    ...{ key: 'diskFull', flag: '--disk-full', takes: '<percent>' },
    text: 'when the engine’s disk counts as full, so that unused images and stopped containers go at once; 90 by default',
  },
  {
    ...{ key: 'introspectionPort', flag: '--introspection-port', takes: '<port|off>' },
    text: `where the agent tells this machine what it runs, as the ECS agent does; ${INTROSPECTION_PORT} by default`,
  },
];

/** Adds the options to `gantry up` or `gantry agent`. */
export function addHostOptions(command: Command): Command {
  for (const { flag, takes, text, env } of HOST_OPTIONS) {
    const option = new Option(`${flag} ${takes}`, text);
    command.addOption(env === undefined ? option : option.env(env));
  }
  return command;
}

/** Reads the options; absent ones keep their defaults. Throws `UsageError` with what to write instead. */
export function readHostOptions(raw: RawHostOptions): EngineSettings {
  const { stopTimeoutSeconds, cleanupWaitMs, pullBehavior } = DEFAULT_ENGINE_SETTINGS;
  return {
    stopTimeoutSeconds: duration('--stop-timeout', raw.stopTimeout, stopTimeoutSeconds * 1000) / 1000,
    cleanupWaitMs: duration('--task-cleanup-wait', raw.taskCleanupWait, cleanupWaitMs),
    pullBehavior:
      raw.imagePull === undefined ? pullBehavior : oneOf('--image-pull', raw.imagePull, PULL_BEHAVIORS),
    imageCleanup: readImageCleanup(raw),
  };
}

/** The port of the introspection API; undefined: none. It is off where no container runs, unless it is asked for. (INT-3) */
export function readIntrospectionPort(
  { introspectionPort: text }: RawHostOptions,
  runtime: string,
): number | undefined {
  if (text === undefined) return runtime === 'simulated' ? undefined : INTROSPECTION_PORT;
  if (text === 'off') return undefined;
  return wholeNumber('--introspection-port', text, { least: 1, most: 65_535 });
}

function readImageCleanup(raw: RawHostOptions): ImageCleanup {
  const { intervalMs, minimumAgeMs, countPerCycle, diskFullPercent } = DEFAULT_ENGINE_SETTINGS.imageCleanup;
  const isOff = oneOf('--disable-image-cleanup', raw.disableImageCleanup ?? 'false', ['true', 'false']);
  return {
    isOn: isOff === 'false',
    intervalMs: duration('--image-cleanup-interval', raw.imageCleanupInterval, intervalMs),
    minimumAgeMs: duration('--image-cleanup-age', raw.imageCleanupAge, minimumAgeMs),
    countPerCycle: number('--image-cleanup-count', raw.imageCleanupCount ?? countPerCycle, 1_000),
    diskFullPercent: number('--disk-full', raw.diskFull ?? diskFullPercent, 100),
  };
}

/** The options as arguments of `gantry agent`, for the agent that `gantry up` starts. */
export const hostArguments = (raw: RawHostOptions): readonly string[] =>
  HOST_OPTIONS.flatMap(({ key, flag }) => {
    const value = raw[key];
    return value === undefined ? [] : [flag, value];
  });

const number = (option: string, value: string | number, most: number): number =>
  wholeNumber(option, String(value), { least: 1, most });

function duration(option: string, text: string | undefined, defaultMs: number): number {
  if (text === undefined) return defaultMs;
  const ms = readDurationMs(text);
  if (ms === undefined || ms < 1_000)
    throw new UsageError(`${option} takes a duration of at least 1s, such as 90s, 10m or 3h, not "${text}".`);
  return ms;
}

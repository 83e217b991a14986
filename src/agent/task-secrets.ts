import { mergedEnvFiles, parseEnvFile } from '../core/secrets/env-file.ts';
import type { PayloadContainer, PayloadTask } from '../domain/task-payload.ts';
import type { LiveTask } from './live-task.ts';
import type { ValueReader } from './secret-reader.ts';

/** What a container gets beside what its definition says in clear. Kept in memory alone. */
export interface ContainerSecrets {
  /** Variables of environment files, over which those of the definition stand. */
  readonly fileVariables: Readonly<Record<string, string>>;
  /** Variables that stand over those of the definition. */
  readonly variables: Readonly<Record<string, string>>;
  /** Options for the log driver. */
  readonly logOptions: Readonly<Record<string, string>>;
  /** Path in the container → content. */
  readonly files: ReadonlyMap<string, string>;
  /** What a log router includes from S3. (FLN-5) */
  readonly routerConfig?: string | undefined;
}

/** The values of all containers of a task, read once and then held in memory until the task is gone. (TSC-3) */
export interface TaskSecrets {
  /** Resolves when all values of the task are there; rejects with a `SecretsError`. */
  ready(live: LiveTask): Promise<void>;
  of(live: LiveTask, containerName: string): Promise<ContainerSecrets>;
}

const NOTHING: ContainerSecrets = { fileVariables: {}, variables: {}, logOptions: {}, files: new Map() };

/** Reads each task's values when they are first asked for; a failure is not remembered. */
export function taskSecrets(reader: ValueReader): TaskSecrets {
  const held = new WeakMap<LiveTask, Promise<ReadonlyMap<string, ContainerSecrets>>>();
  const all = (live: LiveTask): Promise<ReadonlyMap<string, ContainerSecrets>> => {
    const known = held.get(live) ?? readAll(reader, live.record.payload);
    held.set(live, known);
    known.catch(() => held.delete(live));
    return known;
  };
  return {
    ready: async (live) => {
      await all(live);
    },
    of: async (live, containerName) => (await all(live)).get(containerName) ?? NOTHING,
  };
}

async function readAll(
  reader: ValueReader,
  payload: PayloadTask,
): Promise<ReadonlyMap<string, ContainerSecrets>> {
  const all = payload.containers.flatMap(({ secrets = [] }) => secrets.map(({ valueFrom }) => valueFrom));
  const arns = payload.containers.flatMap(({ environmentFiles = [] }) =>
    environmentFiles.map(({ value }) => value),
  );
  const router = payload.containers.find((container) => routerArnOf(container) !== undefined);
  const [values, files, routerConfig] = await Promise.all([
    reader.read(payload, all),
    reader.files(payload, arns),
    router === undefined ? undefined : reader.routerConfig(payload, routerArnOf(router) ?? ''),
  ]);
  return new Map(
    payload.containers.map((container) => {
      const own = valuesOf(container, values, files);
      return [container.name, container === router ? { ...own, routerConfig } : own];
    }),
  );
}

function routerArnOf({ firelensConfiguration }: PayloadContainer): string | undefined {
  const options = firelensConfiguration?.options;
  return options?.['config-file-type'] === 's3' ? options['config-file-value'] : undefined;
}

function valuesOf(
  { secrets = [], environmentFiles = [] }: PayloadContainer,
  values: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, string>,
): ContainerSecrets {
  const pick = (type: string) => secrets.filter((secret) => secret.type === type);
  const named = (type: string): Readonly<Record<string, string>> =>
    Object.fromEntries(pick(type).map(({ name, valueFrom }) => [name, values.get(valueFrom) ?? '']));
  return {
    fileVariables: mergedEnvFiles(environmentFiles.map(({ value }) => parseEnvFile(files.get(value) ?? ''))),
    variables: named('ENVIRONMENT_VARIABLE'),
    logOptions: named('BOOTSTRAP'),
    files: new Map(
      pick('MOUNT_POINT').flatMap(({ containerPath, valueFrom }) =>
        containerPath === undefined ? [] : [[containerPath, values.get(valueFrom) ?? ''] as const],
      ),
    ),
  };
}

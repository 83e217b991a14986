import type { FirelensView } from '../core/firelens/firelens-config.ts';
import {
  BUFFER_LIMIT_OPTION,
  CONFIG_PATHS,
  EXTERNAL_PATHS,
  firelensConfig,
  ROUTER_PORT,
  SOCKET_FOLDER,
  SOCKET_NAME,
} from '../core/firelens/firelens-config.ts';
import type { PayloadContainer, PayloadTask } from '../domain/task-payload.ts';
import { logConfigOf } from './container-spec.ts';
import { taskIdOf } from './task-record.ts';

/** The folders and files of log routers on the host. */
export interface FirelensFolders {
  /** Makes the folder of the socket; a task that has it keeps it. */
  prepare(taskId: string): Promise<FirelensPaths>;
  /** Writes the configuration, and what it includes when that is not in the router's image. The router alone does, before it starts: it reads the file while others come up. */
  write(taskId: string, config: string, external?: string): Promise<void>;
  remove(taskId: string): Promise<void>;
}

/** What a task's log router is bound to on the host. */
export interface FirelensPaths {
  readonly configFile: string;
  /** There when it was written. */
  readonly externalFile: string;
  readonly socketFolder: string;
}

/** What a container has beside its own settings, because of the task's log router. */
export interface FirelensPart {
  readonly environment: Readonly<Record<string, string>>;
  readonly binds: readonly string[];
  /** The engine's log configuration in place of the definition's. */
  readonly logConfig?: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
}

/** What a part may need of the task's other containers. */
export interface FirelensSurroundings {
  /** The router's address on the bridge. */
  routerAddress(): Promise<string | undefined>;
  /** The text of the configuration that the router includes from S3; undefined when it includes none. (FLN-5) */
  externalConfig(): Promise<string | undefined>;
  /** The options of a container's log driver that are secrets, by name. */
  secretOptions(containerName: string): Promise<Readonly<Record<string, string>>>;
}

const NONE: FirelensPart = { environment: {}, binds: [] };

/** The task's log router; undefined when it has none. */
export const routerOf = ({ containers }: PayloadTask): PayloadContainer | undefined =>
  containers.find(({ firelensConfiguration }) => firelensConfiguration !== undefined);

/** Whether a container logs through the task's router. */
export const usesFirelens = (container: PayloadContainer): boolean =>
  logConfigOf(container)?.driver === 'awsfirelens';

/**
 * What the router and the containers that log through it need: the router its configuration and the folder of its
 * socket, the others the engine's fluentd driver with that socket, and the router's address. (FLN-2, FLN-3)
 */
export async function firelensPart(
  folders: FirelensFolders,
  payload: PayloadTask,
  container: PayloadContainer,
  surroundings: FirelensSurroundings,
): Promise<FirelensPart> {
  const router = routerOf(payload);
  const configuration = router?.firelensConfiguration;
  const isRouter = container.name === router?.name;
  if (configuration === undefined || (!isRouter && !usesFirelens(container))) return NONE;
  const taskId = taskIdOf(payload);
  const paths = await folders.prepare(taskId);
  const { socketFolder } = paths;
  if (isRouter) return routerPart(folders, payload, { configuration, paths, surroundings });
  const host = payload.networkMode === 'awsvpc' ? '127.0.0.1' : await surroundings.routerAddress();
  const bufferLimit = String(logConfigOf(container)?.options[BUFFER_LIMIT_OPTION] ?? '');
  return {
    environment: host === undefined ? {} : { FLUENT_HOST: host, FLUENT_PORT: ROUTER_PORT },
    binds: [],
    logConfig: {
      Type: 'fluentd',
      Config: {
        tag: `${container.name}-firelens-${taskId}`,
        'fluentd-address': `unix://${socketFolder}/${SOCKET_NAME}`,
        'fluentd-async': 'true',
        'fluentd-sub-second-precision': 'true',
        ...(bufferLimit === '' ? {} : { 'fluentd-buffer-limit': bufferLimit }),
      },
    },
  };
}

async function routerPart(
  folders: FirelensFolders,
  payload: PayloadTask,
  {
    configuration,
    paths: { configFile, externalFile, socketFolder },
    surroundings,
  }: {
    readonly configuration: NonNullable<PayloadContainer['firelensConfiguration']>;
    readonly paths: FirelensPaths;
    readonly surroundings: FirelensSurroundings;
  },
): Promise<FirelensPart> {
  const { type } = configuration;
  const external = await surroundings.externalConfig();
  await folders.write(taskIdOf(payload), firelensConfig(viewOf(payload, configuration)), external);
  return {
    environment: {
      ...(type === 'fluentd' ? { FLUENT_UID: '0' } : {}),
      ...(await secretVariables(payload, surroundings)),
    },
    binds: [
      `${configFile}:${CONFIG_PATHS[type]}`,
      ...(external === undefined ? [] : [`${externalFile}:${EXTERNAL_PATHS[type]}`]),
      `${socketFolder}:${SOCKET_FOLDER}`,
    ],
  };
}

/** Secrets are not in the router's configuration: it reads them from variables. (FLN-4) */
async function secretVariables(
  payload: PayloadTask,
  { secretOptions }: FirelensSurroundings,
): Promise<Readonly<Record<string, string>>> {
  const variables: Record<string, string> = {};
  for (const container of payload.containers.filter(usesFirelens)) {
    for (const [name, value] of Object.entries(await secretOptions(container.name)))
      variables[variableOf(payload, container, name)] = value;
  }
  return variables;
}

const variableOf = (payload: PayloadTask, container: PayloadContainer, option: string): string =>
  `${option}_${payload.containers.indexOf(container)}`;

const variableIn = (type: 'fluentd' | 'fluentbit', variable: string): string =>
  type === 'fluentd' ? `"#{ENV['${variable}']}"` : `\${${variable}}`;

function viewOf(
  payload: PayloadTask,
  { type, options }: NonNullable<PayloadContainer['firelensConfiguration']>,
): FirelensView {
  const logOptions = payload.containers.filter(usesFirelens).map((container) => {
    const given = Object.entries(logConfigOf(container)?.options ?? {});
    const plain = given.map(([name, value]) => [name, String(value)] as const);
    const secret = (container.secrets ?? [])
      .filter((each) => each.type === 'BOOTSTRAP')
      .map(({ name }) => [name, variableIn(type, variableOf(payload, container, name))] as const);
    return [container.name, Object.fromEntries([...plain, ...secret])] as const;
  });
  return {
    type,
    options,
    networkMode: payload.networkMode,
    clusterName: payload.taskClusterArn.slice(payload.taskClusterArn.lastIndexOf('/') + 1),
    taskArn: payload.arn,
    taskDefinition: `${payload.family}:${payload.version}`,
    logOptions: Object.fromEntries(logOptions),
  };
}

/** For hosts without containers. */
export const noFirelensFolders: FirelensFolders = {
  prepare: async () => ({ configFile: '', externalFile: '', socketFolder: '' }),
  write: async () => {},
  remove: async () => {},
};

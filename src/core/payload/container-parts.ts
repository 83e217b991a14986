import type { Task } from '../../domain/task.ts';
import type { PayloadContainer, PayloadDependency } from '../../domain/task-payload.ts';
import type { ContainerDefinition, ContainerOverride, KeyValuePair } from '../../shapes/generated/ecs.ts';
import { engineConfig, engineHostConfig } from './engine-config.ts';
import { secretsPayload } from './secret-payload.ts';

/** The least engine API version that knows health checks with a start period. */
const ENGINE_API_VERSION = '1.25';
/** What AWS fills in for `restartAttemptPeriod`, in seconds. */
const RESTART_PERIOD_DEFAULT_SECONDS = 300;

type LaunchType = Task['launchType'];
type DockerConfig = PayloadContainer['dockerConfig'];

/** What an override of the task may change. */
type OverridableParts = Pick<
  PayloadContainer,
  'cpu' | 'memory' | 'command' | 'environment' | 'environmentFiles'
>;

/** What no task changes. */
type FixedParts = Pick<
  PayloadContainer,
  | 'name'
  | 'essential'
  | 'entryPoint'
  | 'secrets'
  | 'portMappings'
  | 'mountPoints'
  | 'volumesFrom'
  | 'links'
  | 'dependsOn'
  | 'startTimeout'
  | 'stopTimeout'
  | 'healthCheckType'
  | 'restartPolicy'
  | 'firelensConfiguration'
>;

/** What of a container's payload follows from its definition, and is the same for each of its tasks. */
export interface DefinitionParts {
  readonly fixed: FixedParts;
  /** What holds without an override. */
  readonly plain: Readonly<Record<LaunchType, OverridableParts>>;
  /** What holds without an override and without a log configuration. */
  readonly plainConfig: DockerConfig;
}

/** What the parts depend on beside the definition. All its tasks have the same. */
interface Surroundings {
  readonly networkMode: string;
  readonly region: string;
}

/** Thousands of tasks are started from one definition, which is never changed in place. */
const known = new WeakMap<ContainerDefinition, Surroundings & { readonly parts: DefinitionParts }>();

/** The parts of a container's payload that are the same for each of its tasks, built once. (PAY-1) */
export function partsOfDefinition(definition: ContainerDefinition, where: Surroundings): DefinitionParts {
  const { networkMode, region } = where;
  const found = known.get(definition);
  if (found?.networkMode === networkMode && found.region === region) return found.parts;
  const parts: DefinitionParts = {
    fixed: fixedParts(definition, where),
    plain: {
      FARGATE: overriddenParts(definition, 'FARGATE', undefined),
      EC2: overriddenParts(definition, 'EC2', undefined),
      EXTERNAL: overriddenParts(definition, 'EXTERNAL', undefined),
    },
    plainConfig: dockerConfig(definition, { config: JSON.stringify(engineConfig(definition)) }),
  };
  known.set(definition, { networkMode, region, parts });
  return parts;
}

/** What an override may change, with the override merged in. (PAY-2) */
export function overriddenParts(
  definition: ContainerDefinition,
  launchType: LaunchType,
  override: ContainerOverride | undefined,
): OverridableParts {
  return {
    cpu: override?.cpu ?? definition.cpu ?? 0,
    memory: override?.memory ?? definition.memory ?? 0,
    command: nonEmpty(override?.command) ?? nonEmpty(definition.command),
    environment: environmentOf(definition, launchType, override),
    environmentFiles: nonEmptyList(environmentFilesOf(definition, override)),
  };
}

/** What travels as JSON text of the engine's own configuration; `config` is that of the definition. (PAY-3) */
export function dockerConfig(
  definition: ContainerDefinition,
  given: {
    readonly config: string;
    readonly override?: ContainerOverride | undefined;
    readonly logConfig?: Readonly<Record<string, unknown>> | undefined;
  },
): DockerConfig {
  const { config, override, logConfig } = given;
  const hostConfig = engineHostConfig(definition, {
    memoryMib: override?.memory ?? definition.memory ?? 0,
    memoryReservationMib: override?.memoryReservation ?? definition.memoryReservation,
    logConfig,
  });
  return { config, hostConfig: JSON.stringify(hostConfig), version: ENGINE_API_VERSION };
}

function fixedParts(definition: ContainerDefinition, { networkMode, region }: Surroundings): FixedParts {
  return {
    name: definition.name ?? '',
    essential: definition.essential ?? true,
    entryPoint: nonEmpty(definition.entryPoint),
    secrets: nonEmptyList(secretsPayload(definition, region)),
    portMappings: portsOf(definition, networkMode),
    mountPoints: mountsOf(definition),
    volumesFrom: definition.volumesFrom?.map((from) => ({
      sourceContainer: from.sourceContainer ?? '',
      readOnly: from.readOnly ?? false,
    })),
    links: nonEmpty(definition.links),
    dependsOn: definition.dependsOn as readonly PayloadDependency[] | undefined,
    startTimeout: definition.startTimeout,
    stopTimeout: definition.stopTimeout,
    healthCheckType: definition.healthCheck === undefined ? undefined : 'docker',
    restartPolicy: restartPolicyOf(definition),
    firelensConfiguration: firelensOf(definition),
  };
}

/** A map, the overrides winning, and the variable that SDKs name the platform by. (PAY-2) */
function environmentOf(
  definition: ContainerDefinition,
  launchType: LaunchType,
  override: ContainerOverride | undefined,
): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {
    AWS_EXECUTION_ENV: launchType === 'FARGATE' ? 'AWS_ECS_FARGATE' : 'AWS_ECS_EC2',
  };
  const pairs: readonly KeyValuePair[] = [
    ...(definition.environment ?? []),
    ...(override?.environment ?? []),
  ];
  for (const { name, value } of pairs) if (name !== undefined && name !== '') environment[name] = value ?? '';
  return environment;
}

/** An override's files take the place of the definition's. (TSC-5) */
function environmentFilesOf(
  definition: ContainerDefinition,
  override: ContainerOverride | undefined,
): NonNullable<PayloadContainer['environmentFiles']> {
  const own = override?.environmentFiles ?? [];
  return (own.length > 0 ? own : (definition.environmentFiles ?? [])).map(({ value }) => ({
    value,
    type: 's3',
  }));
}

/** An awsvpc task owns its address, so nothing is published; the engine would refuse it. (PAY-4) */
function portsOf(definition: ContainerDefinition, networkMode: string): PayloadContainer['portMappings'] {
  if (networkMode !== 'bridge') return [];
  return (definition.portMappings ?? []).flatMap(
    ({
      containerPort,
      containerPortRange,
      hostPort = 0,
      protocol: given,
    }): PayloadContainer['portMappings'] => {
      const protocol = given === 'udp' ? 'udp' : 'tcp';
      if (containerPortRange !== undefined) return [{ containerPortRange, protocol }];
      return containerPort === undefined ? [] : [{ containerPort, hostPort, protocol }];
    },
  );
}

function mountsOf(definition: ContainerDefinition): PayloadContainer['mountPoints'] {
  return definition.mountPoints?.map((mount) => ({
    sourceVolume: mount.sourceVolume ?? '',
    containerPath: mount.containerPath ?? '',
    readOnly: mount.readOnly ?? false,
  }));
}

function firelensOf({
  firelensConfiguration,
}: ContainerDefinition): PayloadContainer['firelensConfiguration'] {
  if (firelensConfiguration === undefined) return undefined;
  return { type: firelensConfiguration.type, options: firelensConfiguration.options ?? {} };
}

function restartPolicyOf(definition: ContainerDefinition): PayloadContainer['restartPolicy'] {
  const policy = definition.restartPolicy;
  if (policy?.enabled !== true) return undefined;
  return {
    enabled: true,
    ignoredExitCodes: policy.ignoredExitCodes ?? [],
    restartAttemptPeriod: policy.restartAttemptPeriod ?? RESTART_PERIOD_DEFAULT_SECONDS,
  };
}

const nonEmptyList = <Item>(list: readonly Item[]): readonly Item[] | undefined =>
  list.length === 0 ? undefined : list;

const nonEmpty = (list: readonly string[] | undefined): readonly string[] | undefined =>
  list === undefined || list.length === 0 ? undefined : list;

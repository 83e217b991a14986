import { parseArn } from '../../domain/arn.ts';
import type { Task, TaskContainer } from '../../domain/task.ts';
import type {
  PayloadContainer,
  PayloadDependency,
  RegistryAuthentication,
} from '../../domain/task-payload.ts';
import type { Installation } from '../../lib/config.ts';
import type { ContainerDefinition, ContainerOverride, KeyValuePair } from '../../shapes/generated/ecs.ts';
import { engineConfig, engineHostConfig } from './engine-config.ts';
import { hostImage } from './image-reference.ts';
import { secretsPayload } from './secret-payload.ts';

/** The least engine API version that knows health checks with a start period. */
const ENGINE_API_VERSION = '1.25';
/** What AWS fills in for `restartAttemptPeriod`, in seconds. */
const RESTART_PERIOD_DEFAULT_SECONDS = 300;

/** As the protocol has it; the limit is per container. (EXE-7) */
const EXEC_AGENT = { name: 'ExecuteCommandAgent', properties: { sessionLimit: '2' } } as const;

/** What one container's payload is made from. */
export interface ContainerView {
  readonly task: Task;
  readonly definition: ContainerDefinition;
  readonly networkMode: string;
  readonly installation: Installation;
  /** Image as the definition names it → digest. */
  readonly imageDigests: Readonly<Record<string, string>>;
  /** The log driver's delivery mode where the definition names none. */
  readonly defaultLogMode?: string | undefined;
  /** Whether commands may be run in the task, and its host knows how. */
  readonly hasExec?: boolean | undefined;
}

/** One container with all overrides of the task merged in. (PAY-1, PAY-2) */
export function containerPayload(view: ContainerView): PayloadContainer {
  const { task, definition } = view;
  const name = definition.name ?? '';
  const row = task.containers.find((container) => container.name === name);
  const override = task.overrides.containerOverrides?.find((entry) => entry.name === name);
  const memoryMib = override?.memory ?? definition.memory ?? 0;
  const logConfig = engineLogConfig(view);
  return {
    name,
    containerArn: row?.containerArn ?? '',
    ...imageOf(view, row),
    essential: definition.essential ?? true,
    cpu: override?.cpu ?? definition.cpu ?? 0,
    memory: memoryMib,
    entryPoint: nonEmpty(definition.entryPoint),
    command: nonEmpty(override?.command) ?? nonEmpty(definition.command),
    environment: environmentOf(view, override),
    environmentFiles: nonEmptyList(environmentFilesOf(definition, override)),
    secrets: nonEmptyList(secretsPayload(definition, view.installation.region)),
    portMappings: portsOf(view),
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
    logsAuthStrategy:
      logConfig?.['Type'] === 'awslogs' && task.executionRoleArn !== undefined ? 'ExecutionRole' : undefined,
    ...(view.hasExec === true && { managedAgents: [EXEC_AGENT] }),
    overrides: '{}',
    dockerConfig: {
      config: JSON.stringify(engineConfig(definition)),
      hostConfig: JSON.stringify(
        engineHostConfig(definition, {
          memoryMib,
          memoryReservationMib: override?.memoryReservation ?? definition.memoryReservation,
          logConfig,
        }),
      ),
      version: ENGINE_API_VERSION,
    },
  };
}

function imageOf(
  view: ContainerView,
  row: TaskContainer | undefined,
): Pick<PayloadContainer, 'image' | 'registryAuthentication'> {
  const { installation, imageDigests, task } = view;
  const isPinned = view.definition.versionConsistency !== 'disabled';
  const named = row?.image ?? view.definition.image ?? '';
  const { image, isOurs } = hostImage(named, installation, isPinned ? imageDigests[named] : undefined);
  const { credentialsParameter = '' } = view.definition.repositoryCredentials ?? {};
  if (credentialsParameter !== '') {
    const region = parseArn(credentialsParameter)?.region ?? installation.region;
    return { image, registryAuthentication: { type: 'asm', asmAuthData: { credentialsParameter, region } } };
  }
  if (!isOurs) return { image };
  const registryAuthentication: RegistryAuthentication = {
    type: 'ecr',
    ecrAuthData: {
      registryId: installation.accountId,
      region: installation.region,
      endpointOverride: installation.endpointUrl,
      useExecutionRole: task.executionRoleArn !== undefined,
    },
  };
  return { image, registryAuthentication };
}

/** A map, the overrides winning, and the variable that SDKs name the platform by. (PAY-2) */
function environmentOf(
  view: ContainerView,
  override: ContainerOverride | undefined,
): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {
    AWS_EXECUTION_ENV: view.task.launchType === 'FARGATE' ? 'AWS_ECS_FARGATE' : 'AWS_ECS_EC2',
  };
  const pairs: readonly KeyValuePair[] = [
    ...(view.definition.environment ?? []),
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
function portsOf(view: ContainerView): PayloadContainer['portMappings'] {
  if (view.networkMode !== 'bridge') return [];
  return (view.definition.portMappings ?? []).flatMap(
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

/**
 * The engine's log configuration. For awslogs the stream is named here and the endpoint is ours, as the protocol has
 * it; without a prefix the stream is left to the host, which names it after the container's engine id. (PAY-5)
 */
function engineLogConfig(view: ContainerView): Readonly<Record<string, unknown>> | undefined {
  const log = view.definition.logConfiguration;
  if (log === undefined) return undefined;
  if (log.logDriver !== 'awslogs') return { Type: log.logDriver, Config: log.options ?? {} };
  const { 'awslogs-stream-prefix': prefix, ...options } = log.options ?? {};
  const stream =
    prefix === undefined ? {} : { 'awslogs-stream': `${prefix}/${view.definition.name}/${view.task.taskId}` };
  return {
    Type: 'awslogs',
    Config: {
      'awslogs-region': view.installation.region,
      'awslogs-endpoint': view.installation.endpointUrl,
      ...(view.defaultLogMode === undefined ? {} : { mode: view.defaultLogMode }),
      ...options,
      ...stream,
    },
  };
}

const nonEmptyList = <Item>(list: readonly Item[]): readonly Item[] | undefined =>
  list.length === 0 ? undefined : list;

const nonEmpty = (list: readonly string[] | undefined): readonly string[] | undefined =>
  list === undefined || list.length === 0 ? undefined : list;

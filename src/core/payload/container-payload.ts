import { parseArn } from '../../domain/arn.ts';
import type { Task, TaskContainer } from '../../domain/task.ts';
import type { PayloadContainer, RegistryAuthentication } from '../../domain/task-payload.ts';
import type { Installation } from '../../lib/config.ts';
import type { ContainerDefinition, ContainerOverride } from '../../shapes/generated/ecs.ts';
import { dockerConfig, overriddenParts, partsOfDefinition } from './container-parts.ts';
import { hostImage } from './image-reference.ts';

/** As the protocol has it; the limit is per container. (EXE-7) */
const EXEC_AGENT = { name: 'ExecuteCommandAgent', properties: { sessionLimit: '2' } } as const;

/** What the payloads of a task's containers are made from, beside the definition of each. */
export interface ContainerView {
  readonly task: Task;
  readonly networkMode: string;
  readonly installation: Installation;
  /** Image as the definition names it → digest. */
  readonly imageDigests: Readonly<Record<string, string>>;
  /** The log driver's delivery mode where the definition names none. */
  readonly defaultLogMode?: string | undefined;
  /** Whether commands may be run in the task, and its host knows how. */
  readonly hasExec?: boolean | undefined;
}

/**
 * One container with all overrides of the task merged in. (PAY-1, PAY-2) Written as one literal with every member: what is
 * spread into it would be copied several times over, for each of many thousand tasks.
 */
export function containerPayload(view: ContainerView, definition: ContainerDefinition): PayloadContainer {
  const { task, networkMode, installation } = view;
  const { fixed, plain, plainConfig } = partsOfDefinition(definition, {
    networkMode,
    region: installation.region,
  });
  const row = task.containers.find((container) => container.name === fixed.name);
  const override = overrideOf(task, fixed.name);
  const parts =
    override === undefined ? plain[task.launchType] : overriddenParts(definition, task.launchType, override);
  const { image, registryAuthentication } = imageOf(view, definition, row);
  const logConfig = engineLogConfig(view, definition);
  const isShippedByUs = logConfig?.['Type'] === 'awslogs' && task.executionRoleArn !== undefined;
  const isPlain = override === undefined && logConfig === undefined;
  return {
    name: fixed.name,
    containerArn: row?.containerArn ?? '',
    image,
    registryAuthentication,
    essential: fixed.essential,
    cpu: parts.cpu,
    memory: parts.memory,
    entryPoint: fixed.entryPoint,
    command: parts.command,
    environment: parts.environment,
    environmentFiles: parts.environmentFiles,
    secrets: fixed.secrets,
    portMappings: fixed.portMappings,
    mountPoints: fixed.mountPoints,
    volumesFrom: fixed.volumesFrom,
    links: fixed.links,
    dependsOn: fixed.dependsOn,
    startTimeout: fixed.startTimeout,
    stopTimeout: fixed.stopTimeout,
    healthCheckType: fixed.healthCheckType,
    restartPolicy: fixed.restartPolicy,
    firelensConfiguration: fixed.firelensConfiguration,
    logsAuthStrategy: isShippedByUs ? 'ExecutionRole' : undefined,
    managedAgents: view.hasExec === true ? [EXEC_AGENT] : undefined,
    overrides: '{}',
    dockerConfig: isPlain
      ? plainConfig
      : dockerConfig(definition, { config: plainConfig.config, override, logConfig }),
  };
}

/** What the task changes of a container; undefined when that is nothing: every task names all its containers. */
function overrideOf({ overrides }: Task, containerName: string): ContainerOverride | undefined {
  const override = overrides.containerOverrides?.find(({ name }) => name === containerName);
  for (const member in override) if (member !== 'name') return override;
  return undefined;
}

function imageOf(
  view: ContainerView,
  definition: ContainerDefinition,
  row: TaskContainer | undefined,
): Pick<PayloadContainer, 'image' | 'registryAuthentication'> {
  const { installation, imageDigests, task } = view;
  const isPinned = definition.versionConsistency !== 'disabled';
  const named = row?.image ?? definition.image ?? '';
  const { image, isOurs } = hostImage(named, installation, isPinned ? imageDigests[named] : undefined);
  const { credentialsParameter = '' } = definition.repositoryCredentials ?? {};
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

/**
 * The engine's log configuration. For awslogs the stream is named here and the endpoint is ours, as the protocol has
 * it; without a prefix the stream is left to the host, which names it after the container's engine id. (PAY-5)
 */
function engineLogConfig(
  view: ContainerView,
  definition: ContainerDefinition,
): Readonly<Record<string, unknown>> | undefined {
  const log = definition.logConfiguration;
  if (log === undefined) return undefined;
  if (log.logDriver !== 'awslogs') return { Type: log.logDriver, Config: log.options ?? {} };
  const { 'awslogs-stream-prefix': prefix, ...options } = log.options ?? {};
  const stream =
    prefix === undefined ? {} : { 'awslogs-stream': `${prefix}/${definition.name}/${view.task.taskId}` };
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

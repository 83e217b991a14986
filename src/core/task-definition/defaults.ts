import type {
  ContainerDefinition,
  HealthCheck,
  NetworkMode,
  PortMapping,
  TaskDefinition,
  Volume,
} from '../../shapes/generated/ecs.ts';
import { compatibilitiesOf } from './compatibilities.ts';
import type { Draft } from './draft.ts';
import { requiredAttributesOf } from './required-attributes.ts';

/** A definition as the API answers it, without what only its registration gives: revision, ARN, times and status. */
export type PreparedDocument = Omit<
  TaskDefinition,
  | 'taskDefinitionArn'
  | 'revision'
  | 'status'
  | 'registeredAt'
  | 'registeredBy'
  | 'deregisteredAt'
  | 'deleteRequestedAt'
>;

/** The answer's document: what was asked for and the defaults that the service writes out. (TDF-25) */
export function withDefaults(draft: Draft, accountId: string): PreparedDocument {
  const { tags: _, ...request } = draft.request;
  const { cpuUnits, memoryMib, containers, networkMode } = draft;
  return {
    ...request,
    ...(request.taskRoleArn === undefined ? {} : { taskRoleArn: roleArn(request.taskRoleArn, accountId) }),
    ...(request.executionRoleArn === undefined
      ? {}
      : { executionRoleArn: roleArn(request.executionRoleArn, accountId) }),
    ...(cpuUnits === undefined ? {} : { cpu: String(cpuUnits) }),
    ...(memoryMib === undefined ? {} : { memory: String(memoryMib) }),
    containerDefinitions: containers.map((container) => containerWithDefaults(container, networkMode)),
    volumes: (request.volumes ?? []).map(volumeWithDefaults),
    placementConstraints: request.placementConstraints ?? [],
    compatibilities: compatibilitiesOf(draft),
    requiresAttributes: requiredAttributesOf(draft),
  };
}

function containerWithDefaults(
  container: ContainerDefinition,
  networkMode: NetworkMode,
): ContainerDefinition {
  const { healthCheck, portMappings = [] } = container;
  return {
    ...container,
    cpu: container.cpu ?? 0,
    essential: container.essential ?? true,
    portMappings: portMappings.map((mapping) => portWithDefaults(mapping, networkMode)),
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    systemControls: container.systemControls ?? [],
    ...(healthCheck === undefined ? {} : { healthCheck: healthCheckWithDefaults(healthCheck) }),
  };
}

function portWithDefaults(mapping: PortMapping, networkMode: NetworkMode): PortMapping {
  const protocol = mapping.protocol ?? 'tcp';
  if (mapping.containerPortRange !== undefined) return { ...mapping, protocol };
  const isDynamic = networkMode === 'bridge';
  const hostPort = mapping.hostPort ?? 0;
  return { ...mapping, hostPort: isDynamic || hostPort !== 0 ? hostPort : mapping.containerPort, protocol };
}

const healthCheckWithDefaults = (check: HealthCheck): HealthCheck => ({
  ...check,
  interval: check.interval || 30,
  timeout: check.timeout || 5,
  retries: check.retries || 3,
});

const volumeWithDefaults = (volume: Volume): Volume =>
  Object.keys(volume).length === 1 ? { ...volume, host: {} } : volume;

/** A role may be given by its name alone. */
const roleArn = (role: string, accountId: string): string =>
  role.startsWith('arn:') ? role : `arn:aws:iam::${accountId}:role/${role}`;

import type {
  ContainerDefinition,
  DaemonContainerDefinition,
  DaemonTaskDefinition,
  RegisterDaemonTaskDefinitionRequest,
  TaskDefinition,
} from '../../shapes/generated/ecs.ts';
import { type Preparation, prepareTaskDefinition } from '../task-definition/prepare.ts';

/**
 * Checks a request to register a daemon task definition by the rules of task definitions, of which it has a part. Its
 * tasks have a network of their own on the bridge: an address that all daemons of a host share is not there.
 * (MDM-2, MDM-3)
 */
export function prepareDaemonDefinition(
  request: RegisterDaemonTaskDefinitionRequest,
  accountId: string,
): Preparation {
  for (const member of ['pidMode', 'ipcMode'] as const) {
    if (request[member] === 'shared')
      return { kind: 'refused', message: `${member} shared is not supported yet.` };
  }
  const logVolume = (request.volumes ?? []).findIndex(
    (volume) => (volume.logDriverVolumeConfiguration ?? undefined) !== undefined,
  );
  if (logVolume >= 0)
    return {
      kind: 'refused',
      message: `volumes[${logVolume}].logDriverVolumeConfiguration is not supported yet.`,
    };
  const { family, taskRoleArn, executionRoleArn, containerDefinitions, cpu, memory, volumes, tags } = request;
  return prepareTaskDefinition(
    {
      family,
      taskRoleArn,
      executionRoleArn,
      containerDefinitions: containerDefinitions as readonly ContainerDefinition[],
      cpu,
      memory,
      volumes: volumes?.map(({ name, host }) => ({ name, host })),
      tags,
      networkMode: 'bridge',
      requiresCompatibilities: ['EC2'],
    },
    accountId,
  );
}

/** What the API answers of a document: containers without what a daemon's do not have. (MDM-2) */
export function daemonDocument(document: TaskDefinition): DaemonTaskDefinition {
  const { family, revision, taskRoleArn, executionRoleArn, cpu, memory, volumes = [] } = document;
  return {
    family,
    revision,
    taskRoleArn,
    executionRoleArn,
    cpu,
    memory,
    containerDefinitions: (document.containerDefinitions ?? []).map(daemonContainer),
    volumes: volumes.map(({ name, host }) => ({ name, host })),
  };
}

function daemonContainer(container: ContainerDefinition): DaemonContainerDefinition {
  const { portMappings: _, volumesFrom: __, image = '', ...rest } = container;
  return { ...(rest as Omit<DaemonContainerDefinition, 'image'>), image };
}

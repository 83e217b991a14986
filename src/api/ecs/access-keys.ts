import { parseCpuUnits, parseMemoryMib } from '../../core/task-definition/task-size.ts';
import { findDaemonDefinition } from '../../records/daemon-definitions.ts';
import { findTaskDefinition } from '../../records/task-definitions.ts';
import type {
  CapacityProviderStrategyItem,
  NetworkConfiguration,
  ServiceConnectConfiguration,
} from '../../shapes/generated/ecs.ts';
import type { AccessScene, CheckKeys } from '../authorization.ts';
import { ecsArn, taskDefinitionArnOf } from './access-targets.ts';

/** Members that the requests which launch tasks share. */
export interface LaunchInput {
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[] | undefined;
  readonly enableExecuteCommand?: boolean | undefined;
  readonly volumeConfigurations?: readonly unknown[] | undefined;
  readonly enableECSManagedTags?: boolean | undefined;
  readonly propagateTags?: string | undefined;
  readonly networkConfiguration?: NetworkConfiguration | undefined;
}

/** The same of the requests about services. */
export interface ServiceInput extends LaunchInput {
  readonly taskDefinition?: string | undefined;
  readonly serviceConnectConfiguration?: ServiceConnectConfiguration | undefined;
  readonly vpcLatticeConfigurations?: readonly unknown[] | undefined;
}

/** The keys of RunTask and StartTask. (AUTH-12) */
export const launchKeys = (scene: AccessScene, input: LaunchInput): CheckKeys => ({
  'ecs:capacity-provider': providerArns(scene, input.capacityProviderStrategy),
  'ecs:enable-execute-command': boolKey(input.enableExecuteCommand),
  'ecs:enable-ebs-volumes': boolKey(isFilled(input.volumeConfigurations)),
});

/** The keys of CreateService and UpdateService. (AUTH-12) */
export function serviceKeys(scene: AccessScene, input: ServiceInput): CheckKeys {
  const { taskDefinition, networkConfiguration, serviceConnectConfiguration } = input;
  const { subnets, assignPublicIp } = networkConfiguration?.awsvpcConfiguration ?? {};
  return {
    ...launchKeys(scene, input),
    ...definitionKeys(scene, taskDefinition),
    'ecs:enable-ecs-managed-tags': boolKey(input.enableECSManagedTags),
    'ecs:propagate-tags': input.propagateTags,
    'ecs:subnet': subnets,
    'ecs:auto-assign-public-ip': assignPublicIp && String(assignPublicIp === 'ENABLED'),
    'ecs:enable-service-connect': boolKey(serviceConnectConfiguration?.enabled),
    'ecs:namespace': serviceConnectConfiguration?.namespace,
    'ecs:enable-vpc-lattice': boolKey(isFilled(input.vpcLatticeConfigurations)),
  };
}

/** Members that the requests about daemons share. */
export interface DaemonInput {
  readonly daemonTaskDefinitionArn: string;
  readonly capacityProviderArns: readonly string[];
  readonly enableECSManagedTags?: boolean | undefined;
  readonly enableExecuteCommand?: boolean | undefined;
  readonly propagateTags?: string | undefined;
}

/** The keys of CreateDaemon and UpdateDaemon. The definition's own are those of the one that the request names. (AUTH-12) */
export function daemonKeys(scene: AccessScene, input: DaemonInput): CheckKeys {
  const { daemonTaskDefinitionArn: text } = input;
  const found = findDaemonDefinition(scene.tx, scene.installation, text);
  const named = text.startsWith('arn:') ? text : ecsArn(scene, `daemon-task-definition/${text}`);
  return {
    'ecs:capacity-provider': providerArns(scene, input.capacityProviderArns),
    'ecs:daemon-task-definition': found?.daemonTaskDefinitionArn ?? named,
    ...sizeKeys(found?.document ?? {}),
    'ecs:enable-ecs-managed-tags': boolKey(input.enableECSManagedTags),
    'ecs:enable-execute-command': boolKey(input.enableExecuteCommand),
    'ecs:propagate-tags': input.propagateTags,
  };
}

/** The definition that is to run, and its size. */
export function definitionKeys(scene: AccessScene, taskDefinition: string | undefined): CheckKeys {
  if (taskDefinition === undefined || taskDefinition === '') return {};
  const found = findTaskDefinition(scene.tx, scene.installation, taskDefinition);
  return {
    'ecs:task-definition': taskDefinitionArnOf(scene, taskDefinition),
    ...sizeKeys(found?.document ?? {}),
  };
}

/** A task's size in CPU units and MiB, however it was written: `1 vCPU` is 1024. */
export const sizeKeys = (size: {
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
}): CheckKeys => ({
  'ecs:task-cpu': parseCpuUnits(size.cpu)?.toString(),
  'ecs:task-memory': parseMemoryMib(size.memory)?.toString(),
});

/** The ARNs of the providers of a strategy, or of a list of names. */
export function providerArns(
  scene: AccessScene,
  providers: readonly (CapacityProviderStrategyItem | string)[] | undefined,
): readonly string[] | undefined {
  return providers?.map((item) => {
    const name = typeof item === 'string' ? item : item.capacityProvider;
    return name.startsWith('arn:') ? name : ecsArn(scene, `capacity-provider/${name}`);
  });
}

const boolKey = (value: boolean | undefined): string | undefined =>
  value === undefined ? undefined : String(value);

const isFilled = (list: readonly unknown[] | undefined): boolean | undefined =>
  list === undefined ? undefined : list.length > 0;

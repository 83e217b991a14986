import type { Scope } from '../../domain/arn.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { DeploymentSpec } from '../../domain/service.ts';
import type { TaskDefinition } from '../../domain/task-definition.ts';
import type { CreateServiceRequest, NetworkConfiguration } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import { ecsErrors } from './errors.ts';
import {
  checkCompatibility,
  checkPlacement,
  checkPlatformVersion,
  launchTypeOf,
  readActiveDefinition,
  readCapacity,
  readNetwork,
} from './launch-rules.ts';

/** Members of CreateService and UpdateService that say what a deployment's tasks are and where they run. */
export type SpecRequest = Pick<
  CreateServiceRequest,
  | 'launchType'
  | 'capacityProviderStrategy'
  | 'platformVersion'
  | 'networkConfiguration'
  | 'placementStrategy'
  | 'placementConstraints'
>;

/** Where a request is judged. */
export interface SpecScope {
  readonly tx: ReadTx;
  readonly scope: Scope;
  readonly cluster: Cluster;
}

/** The ACTIVE definition that a service is to run. (SVC-5) */
export function usableDefinition({ tx, scope }: SpecScope, text: string | undefined): TaskDefinition {
  if (text === undefined || text === '') throw ecsErrors.client('TaskDefinition can not be blank.');
  return readActiveDefinition(tx, scope, text);
}

/** Checks a request and answers what its deployment starts tasks with. (SVC-5) */
export function resolveSpec(
  { tx, cluster }: SpecScope,
  request: SpecRequest,
  definition: TaskDefinition,
): DeploymentSpec {
  const capacity = readCapacity(cluster, request);
  const launchType = launchTypeOf(capacity);
  checkPlacement(request, definition, launchType);
  checkCompatibility(definition, launchType);
  checkPlatformVersion(request.platformVersion, launchType);
  const { networkConfiguration } = request;
  const network = readNetwork(tx, definition, { networkConfiguration, launchType });
  return {
    taskDefinitionArn: definition.taskDefinitionArn,
    ...(capacity.kind === 'launch-type' ? { launchType } : { capacityProviderStrategy: capacity.strategy }),
    platformVersion: launchType === 'FARGATE' ? request.platformVersion || 'LATEST' : undefined,
    networkConfiguration: network === undefined ? undefined : withDefaults(network),
  };
}

const withDefaults = ({
  subnets,
  securityGroups = [],
  assignPublicIp = 'DISABLED',
}: NonNullable<NetworkConfiguration['awsvpcConfiguration']>): NetworkConfiguration => ({
  awsvpcConfiguration: { subnets, securityGroups, assignPublicIp },
});

import { ADMINISTRATOR, ECS_FULL, LOGS_FULL, S3_READ_ONLY } from './managed/full-access-policies.ts';
import {
  EVENTS,
  LOAD_BALANCERS,
  MANAGED_INSTANCE,
  MANAGED_INSTANCES,
  SSM_MANAGED_INSTANCE,
} from './managed/infrastructure-policies.ts';
import {
  CONTAINER_INSTANCE,
  REGISTRY_POWER_USER,
  REGISTRY_READ_ONLY,
  TASK_EXECUTION,
} from './managed/registry-policies.ts';
import { ECS_SERVICE } from './managed/service-role-policy.ts';
import type { ManagedStatement } from './managed/statement.ts';

/** A policy that AWS maintains. It has the one version that is its default. */
export interface AwsManagedPolicy {
  readonly policyName: string;
  readonly path: string;
  readonly arn: string;
  readonly defaultVersionId: string;
  /** JSON text. */
  readonly document: string;
}

const policy = (
  path: string,
  policyName: string,
  version: { readonly versionId: string; readonly statements: readonly ManagedStatement[] },
): AwsManagedPolicy => ({
  policyName,
  path,
  arn: `arn:aws:iam::aws:policy${path}${policyName}`,
  defaultVersionId: version.versionId,
  document: JSON.stringify({ Version: '2012-10-17', Statement: version.statements }, undefined, 4),
});

const SERVICE_ROLE = '/service-role/';

const POLICIES: readonly AwsManagedPolicy[] = [
  policy('/', 'AdministratorAccess', { versionId: 'v1', statements: ADMINISTRATOR }),
  policy('/', 'AmazonEC2ContainerRegistryPowerUser', { versionId: 'v3', statements: REGISTRY_POWER_USER }),
  policy('/', 'AmazonEC2ContainerRegistryReadOnly', { versionId: 'v3', statements: REGISTRY_READ_ONLY }),
  policy('/', 'AmazonECS_FullAccess', { versionId: 'v20', statements: ECS_FULL }),
  policy('/', 'AmazonECSInfrastructureRolePolicyForLoadBalancers', {
    versionId: 'v6',
    statements: LOAD_BALANCERS,
  }),
  policy('/', 'AmazonECSInfrastructureRolePolicyForManagedInstances', {
    versionId: 'v11',
    statements: MANAGED_INSTANCES,
  }),
  policy('/', 'AmazonECSInstanceRolePolicyForManagedInstances', {
    versionId: 'v3',
    statements: MANAGED_INSTANCE,
  }),
  policy('/', 'AmazonS3ReadOnlyAccess', { versionId: 'v3', statements: S3_READ_ONLY }),
  policy('/', 'AmazonSSMManagedInstanceCore', { versionId: 'v2', statements: SSM_MANAGED_INSTANCE }),
  policy('/', 'CloudWatchLogsFullAccess', { versionId: 'v3', statements: LOGS_FULL }),
  policy('/aws-service-role/', 'AmazonECSServiceRolePolicy', { versionId: 'v13', statements: ECS_SERVICE }),
  policy(SERVICE_ROLE, 'AmazonEC2ContainerServiceEventsRole', { versionId: 'v3', statements: EVENTS }),
  policy(SERVICE_ROLE, 'AmazonEC2ContainerServiceforEC2Role', {
    versionId: 'v10',
    statements: CONTAINER_INSTANCE,
  }),
  policy(SERVICE_ROLE, 'AmazonECSTaskExecutionRolePolicy', { versionId: 'v1', statements: TASK_EXECUTION }),
];

/** The AWS-managed policies that users of ECS attach, by ARN. Others of AWS's are not there. (IAM-5) */
export const AWS_MANAGED_POLICIES: ReadonlyMap<string, AwsManagedPolicy> = new Map(
  POLICIES.map((entry) => [entry.arn, entry]),
);

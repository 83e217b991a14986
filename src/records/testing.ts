import { aContainerInstance } from '../core/instance/testing.ts';
import { aTaskDefinition } from '../core/task/testing.ts';
import type { Cluster } from '../domain/cluster.ts';
import type { ContainerInstance } from '../domain/container-instance.ts';
import type { Role } from '../domain/identity.ts';
import type { TaskDefinition } from '../domain/task-definition.ts';
import { instant } from '../lib/clock.ts';
import type { TaskDefinition as TaskDefinitionShape } from '../shapes/generated/ecs.ts';
import type { ReadTx, Store } from '../store/store.ts';
import { containerInstances, subnets, taskDefinitionFamilies, taskDefinitions } from './collections.ts';
import type { LaunchRequest } from './launch-task.ts';

const DEFAULT_CLUSTER = 'arn:aws:ecs:us-east-1:123456789012:cluster/default';

/** For tests: a connected host of the FARGATE pool with 4 vCPU and 8 GiB, not stored. */
export const aPoolHost = (
  host: Partial<ContainerInstance> & { readonly instanceId: string },
): ContainerInstance =>
  aContainerInstance({
    attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
    registered: { cpuUnits: 4096, memoryMib: 8192, tcpPorts: [22], udpPorts: [] },
    ...host,
  });

/** For tests: a role that tasks may take on, without any rights. */
export const aTaskRole = (arn: string): Role => ({
  roleName: 'app',
  roleId: 'AROA1',
  arn,
  path: '/',
  createdAt: instant(0),
  maxSessionDurationSeconds: 3_600,
  assumeRolePolicyDocument: JSON.stringify({
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  }),
  inlinePolicies: {},
  attachedPolicyArns: [],
  tags: [],
});

/** For tests: what starts one FARGATE task of `web:1` (see `aTaskDefinition`) in any subnet, unless told otherwise. */
export const aLaunchRequest = (
  tx: ReadTx,
  request: Partial<LaunchRequest> & { readonly cluster: Cluster },
): LaunchRequest => ({
  definition: aTaskDefinition(),
  count: 1,
  capacity: { launchType: 'FARGATE' },
  network: { subnets: tx.all(subnets).map(({ subnetId }) => subnetId) },
  group: 'family:web',
  tags: [],
  enableExecuteCommand: false,
  ...request,
});

/** For tests: a connected EC2 instance of the cluster `default` with 4 vCPU and 8 GiB, not stored. */
export const anInstance = (
  host: Partial<ContainerInstance> & { readonly instanceId: string },
): ContainerInstance =>
  aPoolHost({
    containerInstanceArn: `arn:aws:ecs:us-east-1:123456789012:container-instance/default/${host.instanceId}`,
    clusterArn: DEFAULT_CLUSTER,
    pool: 'CLUSTER',
    launchType: 'EC2',
    ...host,
  });

/** For tests: stores hosts as they are. */
export const storeHosts = (store: Store, hosts: readonly ContainerInstance[]): Promise<void> =>
  store.write((tx) => {
    for (const host of hosts) tx.put(containerInstances, host);
  });

/** For tests: stores an ACTIVE definition (see `aTaskDefinition`) and answers its row. */
export const storeDefinition = (
  store: Store,
  document: Partial<TaskDefinitionShape> = {},
): Promise<TaskDefinition> =>
  store.write((tx) => {
    const row = aTaskDefinition(document);
    tx.put(taskDefinitions, row);
    tx.put(taskDefinitionFamilies, { family: row.family, lastRevision: row.revision });
    return row;
  });

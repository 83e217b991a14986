import type { Task, TaskContainer } from '../../domain/task.ts';
import type { TaskDefinition } from '../../domain/task-definition.ts';
import { instant } from '../../lib/clock.ts';
import type { TaskDefinition as TaskDefinitionShape } from '../../shapes/generated/ecs.ts';
import type { NewTaskView } from './new-task.ts';
import { newTask } from './new-task.ts';

/** For tests: an ACTIVE definition, `web:1`, of one essential container, FARGATE with awsvpc unless told otherwise. */
export function aTaskDefinition(document: Partial<TaskDefinitionShape> = {}): TaskDefinition {
  const family = document.family ?? 'web';
  const revision = document.revision ?? 1;
  const arn = `arn:aws:ecs:us-east-1:123456789012:task-definition/${family}:${revision}`;
  return {
    taskDefinitionArn: arn,
    family,
    revision,
    status: 'ACTIVE',
    document: {
      taskDefinitionArn: arn,
      family,
      revision,
      status: 'ACTIVE',
      networkMode: 'awsvpc',
      cpu: '256',
      memory: '512',
      compatibilities: ['EC2', 'FARGATE'],
      requiresCompatibilities: ['FARGATE'],
      containerDefinitions: [{ name: 'app', image: 'nginx:1', essential: true, cpu: 0 }],
      ...document,
    },
    tags: [],
  };
}

/** For tests: what a new FARGATE task is made of. */
export function aNewTaskView(view: Partial<NewTaskView> = {}): NewTaskView {
  const taskId = '0123456789abcdef0123456789abcdef';
  return {
    scope: { accountId: '123456789012', region: 'us-east-1' },
    now: instant(1_000),
    names: {
      taskId,
      containerUuids: ['uuid-1', 'uuid-2', 'uuid-3'],
      taskRoleCredentialsId: 'credentials-1',
      executionRoleCredentialsId: 'credentials-2',
    },
    cluster: {
      clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/default',
      clusterName: 'default',
      status: 'ACTIVE',
      createdAt: instant(0),
      settings: [],
      capacityProviders: [],
      defaultCapacityProviderStrategy: [],
      tags: [],
    },
    definition: aTaskDefinition(),
    launchType: 'FARGATE',
    group: 'family:web',
    tags: [],
    enableExecuteCommand: false,
    instanceArn: 'arn:aws:ecs:us-east-1:123456789012:container-instance/gantry-fargate-pool/1',
    networkInterface: {
      attachmentId: 'attachment-1',
      status: 'PRECREATED',
      networkInterfaceId: 'eni-1',
      subnetId: 'subnet-1',
      vpcId: 'vpc-1',
      availabilityZone: 'us-east-1a',
      securityGroupIds: ['sg-1'],
      macAddress: '0a:00:00:00:00:01',
      privateIpv4Address: '172.31.0.4',
      privateDnsName: 'ip-172-31-0-4.ec2.internal',
      gatewayCidr: '172.31.0.1/20',
    },
    ...view,
  };
}

/** For tests: a FARGATE task of one container, PROVISIONING unless told otherwise. */
export const aTask = (task: Partial<Task> = {}): Task => ({ ...newTask(aNewTaskView()), ...task });

/** For tests: an essential container, PENDING unless told otherwise. */
export const aContainer = (container: Partial<TaskContainer> = {}): TaskContainer => ({
  containerArn: `container/${container.name ?? 'app'}`,
  name: 'app',
  image: 'nginx:1',
  essential: true,
  lastStatus: 'PENDING',
  networkBindings: [],
  cpu: '0',
  ...container,
});

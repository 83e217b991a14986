import { createCluster } from '../api/ecs/create-cluster.ts';
import { createService } from '../api/ecs/create-service.ts';
import { registerContainerInstance } from '../api/ecs/register-container-instance.ts';
import { registerTaskDefinition } from '../api/ecs/register-task-definition.ts';
import { subnets } from '../records/collections.ts';
import { bootstrapNetwork } from '../records/network.ts';
import type { CreateServiceRequest, DeploymentConfiguration } from '../shapes/generated/ecs.ts';
import { REVISIONS, type Revision, type Scenario } from './scenario.ts';
import type { World } from './world.ts';

/** The name of the one service of a run. */
export const SERVICE = 'web';

const TASK_CPU_UNITS = 256;
const TASK_MEMORY_MIB = 512;

/** Makes the network, the cluster, a definition of each revision, the hosts and the service. */
export async function setUp(world: World, scenario: Scenario): Promise<void> {
  const { launchType, hostCount, tasksPerHost, isUnreliable } = scenario;
  const context = world.context();
  await context.store.write((tx) => {
    bootstrapNetwork(tx, {
      cidrBlock: '172.31.0.0/16',
      region: context.installation.region,
      ids: context.ids,
    });
  });
  await createCluster(context, {});
  for (const revision of REVISIONS) await registerTaskDefinition(context, definitionOf(scenario, revision));
  for (let count = 0; count < hostCount; count += 1) {
    const { containerInstance } = await registerContainerInstance(context, {
      attributes:
        launchType === 'FARGATE'
          ? [{ name: 'gantry.pool', value: 'FARGATE' }]
          : [...CAPABILITIES, { name: 'ecs.availability-zone', value: `us-east-1${'ab'[count % 2]}` }],
      totalResources: [
        { name: 'CPU', type: 'INTEGER', integerValue: TASK_CPU_UNITS * tasksPerHost },
        { name: 'MEMORY', type: 'INTEGER', integerValue: TASK_MEMORY_MIB * tasksPerHost },
      ],
    });
    world.addHost(containerInstance?.containerInstanceArn ?? '', { isUnreliable });
  }
  await createService(context, serviceOf(world, scenario));
  await world.settle();
}

/** What the definitions ask of a host. */
const CAPABILITIES = [
  'com.amazonaws.ecs.capability.docker-remote-api.1.18',
  'com.amazonaws.ecs.capability.docker-remote-api.1.24',
  'ecs.capability.container-health-check',
].map((name) => ({ name }));

const networkOf = (world: World) => ({
  awsvpcConfiguration: { subnets: world.store.read((tx) => tx.all(subnets)).map(({ subnetId }) => subnetId) },
});

function definitionOf({ launchType, holdsPort }: Scenario, revision: Revision) {
  const hasCheck = revision === 'checked' || revision === 'sick';
  const container = {
    name: 'main',
    image: revision,
    essential: true,
    cpu: TASK_CPU_UNITS,
    memory: TASK_MEMORY_MIB,
    ...(hasCheck ? { healthCheck: { command: ['CMD', 'true'] } } : {}),
    ...(holdsPort && launchType === 'EC2' ? { portMappings: [{ containerPort: 80, hostPort: 80 }] } : {}),
  };
  if (launchType === 'EC2') return { family: revision, containerDefinitions: [container] };
  return {
    family: revision,
    containerDefinitions: [container],
    networkMode: 'awsvpc' as const,
    requiresCompatibilities: ['FARGATE'] as const,
    cpu: `${TASK_CPU_UNITS}`,
    memory: `${TASK_MEMORY_MIB}`,
  };
}

/** The service as the scenario wants it at first. */
export function serviceOf(world: World, scenario: Scenario): CreateServiceRequest {
  const { desiredCount, launchType, hasBreaker, firstRevision } = scenario;
  return {
    serviceName: SERVICE,
    taskDefinition: firstRevision,
    desiredCount,
    launchType,
    networkConfiguration: launchType === 'FARGATE' ? networkOf(world) : undefined,
    ...placementOf(scenario),
    deploymentConfiguration: {
      ...possiblePercents(scenario.maximumPercent, scenario.minimumHealthyPercent),
      deploymentCircuitBreaker: { enable: hasBreaker, rollback: hasBreaker },
      ...extraOf(scenario),
    },
  };
}

/** The one alarm of a run. */
export const ALARM = 'errors';

function extraOf({ extra, minimumHealthyPercent }: Scenario): DeploymentConfiguration {
  switch (extra) {
    case 'pause':
      return {
        lifecycleHooks: (['PRE_SCALE_UP', 'POST_SCALE_UP'] as const).map((stage) => ({
          targetType: 'PAUSE',
          lifecycleStages: [stage],
          timeoutConfiguration: { timeoutInMinutes: 5, action: 'CONTINUE' },
        })),
      };
    case 'alarms':
      return { alarms: { alarmNames: [ALARM], enable: true, rollback: true }, bakeTimeInMinutes: 2 };
    case 'early-blocking':
    case 'early-deferred':
      return {
        earlySuccessCriteria: {
          enable: true,
          healthyPercent: Math.max(60, minimumHealthyPercent),
          sourceServiceRevisionCleanup: extra === 'early-blocking' ? 'BLOCKING' : 'DEFERRED',
        },
      };
    default:
      return {};
  }
}

function placementOf({ launchType, placement }: Scenario): Partial<CreateServiceRequest> {
  if (launchType === 'FARGATE' || placement === 'default') return {};
  if (placement === 'distinct') return { placementConstraints: [{ type: 'distinctInstance' }] };
  const strategy = { type: placement, ...(placement === 'binpack' ? { field: 'memory' } : {}) } as const;
  return { placementStrategy: [strategy] };
}

/** The API refuses the one pair that blocks every deployment. */
export const possiblePercents = (maximumPercent: number, minimumHealthyPercent: number) =>
  maximumPercent === 100 && minimumHealthyPercent === 100
    ? { maximumPercent, minimumHealthyPercent: 0 }
    : { maximumPercent, minimumHealthyPercent };

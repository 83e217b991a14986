import { createCluster } from '../api/ecs/create-cluster.ts';
import { createService } from '../api/ecs/create-service.ts';
import { registerTaskDefinition } from '../api/ecs/register-task-definition.ts';
import { bootstrapNetwork } from '../records/network.ts';
import type {
  RegisterContainerInstanceRequest,
  RegisterTaskDefinitionRequest,
} from '../shapes/generated/ecs.ts';
import {
  DAEMON_CPU_UNITS,
  DAEMON_MEMORY_MIB,
  makeDaemon,
  PROVIDER_ATTRIBUTE,
  prepareDaemon,
} from './managed-daemon.ts';
import { REVISIONS, type Revision, type Scenario, type ServicePlan } from './scenario.ts';
import { familyOf, type PlannedService, plannedServices, serviceRequest } from './service-requests.ts';
import type { World } from './world.ts';

const TASK_CPU_UNITS = 256;
const TASK_MEMORY_MIB = 512;

/** Makes the network, the cluster, definitions of each revision, the hosts and the services. */
export async function setUp(world: World, scenario: Scenario): Promise<void> {
  const context = world.context();
  const { installation, ids } = context;
  const planned = plannedServices(scenario);
  await world.within(
    context.store.write((tx) => {
      bootstrapNetwork(tx, { cidrBlock: '172.31.0.0/16', region: installation.region, ids });
    }),
  );
  await world.within(createCluster(context, { capacityProviders: ['FARGATE', 'FARGATE_SPOT'] }));
  for (const definition of definitionsOf(planned))
    await world.within(registerTaskDefinition(context, definition));
  const { managedDaemon } = scenario;
  if (managedDaemon !== undefined) await prepareDaemon(world);
  for (const host of hostsOf(scenario))
    await world.within(world.addHost(host, { isUnreliable: scenario.isUnreliable }));
  if (managedDaemon !== undefined) await makeDaemon(world, managedDaemon);
  for (const service of planned) await world.within(createService(context, serviceRequest(world, service)));
  await world.settle();
}

/** What the definitions ask of a host. */
const CAPABILITIES = [
  'com.amazonaws.ecs.capability.docker-remote-api.1.18',
  'com.amazonaws.ecs.capability.docker-remote-api.1.24',
  'ecs.capability.container-health-check',
].map((name) => ({ name }));

/** True for a host of the FARGATE pool: all of them, or every second one where services want both kinds. */
export function isPoolHost({ services }: Scenario, index: number): boolean {
  const isOnEc2 = ({ capacity }: ServicePlan): boolean => capacity === 'EC2';
  if (services.every(isOnEc2)) return false;
  return services.some(isOnEc2) ? index % 2 === 1 : true;
}

/** Every fourth host is red, all others are blue. */
export const colorOf = (index: number): 'blue' | 'red' => (index % 4 === 3 ? 'red' : 'blue');

/** How many hosts the managed daemon is to run on. */
export const daemonHostCountOf = (scenario: Scenario): number =>
  Array.from({ length: hostCountOf(scenario) }, (_, index) => index).filter(
    (index) => !isPoolHost(scenario, index),
  ).length;

/** At least one host of each kind that a service asks for. */
export function hostCountOf(scenario: Scenario): number {
  const hasBoth = isPoolHost(scenario, 1) && !isPoolHost(scenario, 0);
  return hasBoth ? Math.max(2, scenario.hostCount) : scenario.hostCount;
}

function hostsOf(scenario: Scenario): readonly RegisterContainerInstanceRequest[] {
  const { tasksPerHost } = scenario;
  // Every second host is short of memory, every other one of CPU: each bound decides somewhere.
  const isManaged = scenario.managedDaemon !== undefined;
  const cpuUnits = (index: number) =>
    TASK_CPU_UNITS * (tasksPerHost + (index % 2)) + (isManaged ? DAEMON_CPU_UNITS : 0);
  const memoryMib = (index: number) =>
    TASK_MEMORY_MIB * (tasksPerHost + ((index + 1) % 2)) + (isManaged ? DAEMON_MEMORY_MIB : 0);
  const resources = (index: number) => [
    { name: 'CPU', type: 'INTEGER', integerValue: cpuUnits(index) },
    { name: 'MEMORY', type: 'INTEGER', integerValue: memoryMib(index) },
  ];
  return Array.from({ length: hostCountOf(scenario) }, (_, index) => ({
    totalResources: resources(index),
    attributes: isPoolHost(scenario, index)
      ? [{ name: 'gantry.pool', value: 'FARGATE' }]
      : [
          ...CAPABILITIES,
          ...(isManaged ? [PROVIDER_ATTRIBUTE] : []),
          { name: 'ecs.availability-zone', value: `us-east-1${'ab'[index % 2]}` },
          { name: 'color', value: colorOf(index) },
        ],
  }));
}

function definitionsOf(planned: readonly PlannedService[]): readonly RegisterTaskDefinitionRequest[] {
  const made = new Map<string, RegisterTaskDefinitionRequest>();
  for (const { plan } of planned) {
    for (const revision of REVISIONS) made.set(familyOf(plan, revision), definitionOf(plan, revision));
  }
  return [...made.values()];
}

function definitionOf(plan: ServicePlan, revision: Revision): RegisterTaskDefinitionRequest {
  const hasCheck = revision === 'checked' || revision === 'sick';
  const container = {
    name: 'main',
    image: revision,
    essential: true,
    cpu: TASK_CPU_UNITS,
    memory: TASK_MEMORY_MIB,
    versionConsistency: plan.isPinned ? ('enabled' as const) : ('disabled' as const),
    ...(hasCheck ? { healthCheck: { command: ['CMD', 'true'] } } : {}),
    ...(plan.holdsPort && plan.capacity === 'EC2'
      ? { portMappings: [{ containerPort: 80, hostPort: 80 }] }
      : {}),
  };
  const family = familyOf(plan, revision);
  if (plan.capacity === 'EC2') return { family, containerDefinitions: [container] };
  return {
    family,
    containerDefinitions: [container],
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: `${TASK_CPU_UNITS}`,
    memory: `${TASK_MEMORY_MIB}`,
  };
}

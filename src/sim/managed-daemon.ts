import { createDaemon } from '../api/ecs/create-daemon.ts';
import { createCapacityProvider } from '../api/ecs/own-capacity-providers.ts';
import { registerDaemonTaskDefinition } from '../api/ecs/register-daemon-task-definition.ts';
import { updateDaemon } from '../api/ecs/update-daemon.ts';
import { isReady } from '../core/daemon/daemon-view.ts';
import { isDaemonDeploymentOver } from '../core/daemon/follow-deployment.ts';
import type { DaemonDeployment } from '../domain/daemon.ts';
import { tasks } from '../records/collections.ts';
import { daemonDeployments, daemons } from '../records/daemons.ts';
import { type DaemonPlan, REVISIONS, type Revision } from './scenario.ts';
import type { World } from './world.ts';

/** The ARN of the daemon of a run. */
export const DAEMON = 'arn:aws:ecs:us-east-1:000000000000:daemon/default/agent';
const DEFINITION = 'arn:aws:ecs:us-east-1:000000000000:daemon-task-definition/';
const PROVIDERS = ['arn:aws:ecs:us-east-1:000000000000:capacity-provider/own'];

/** What hosts of the daemon's provider say of themselves. */
export const PROVIDER_ATTRIBUTE = { name: 'gantry.capacity-provider', value: 'own' };

/** What its task takes of a host. */
export const DAEMON_CPU_UNITS = 10;
export const DAEMON_MEMORY_MIB = 64;

/** Makes the provider and a definition of each revision; the cluster is there. */
export async function prepareDaemon(world: World): Promise<void> {
  const context = world.context();
  await world.within(
    createCapacityProvider(context, {
      name: 'own',
      managedInstancesProvider: {
        infrastructureRoleArn: 'arn:aws:iam::000000000000:role/infrastructure',
        instanceLaunchTemplate: {
          ec2InstanceProfileArn: 'arn:aws:iam::000000000000:instance-profile/hosts',
          networkConfiguration: {},
        },
      },
    }),
  );
  const container = { name: 'main', cpu: DAEMON_CPU_UNITS, memory: DAEMON_MEMORY_MIB };
  for (const revision of REVISIONS) {
    const hasCheck = revision === 'checked' || revision === 'sick';
    const healthCheck = hasCheck ? { command: ['CMD', 'true'] } : undefined;
    const containerDefinitions = [{ ...container, image: revision, healthCheck }];
    await world.within(registerDaemonTaskDefinition(context, { family: revision, containerDefinitions }));
  }
}

/** Makes the daemon, of a revision that works. */
export const makeDaemon = async (world: World, { isCritical, drainPercent }: DaemonPlan): Promise<void> => {
  await world.within(
    createDaemon(world.context(), {
      daemonName: 'agent',
      daemonTaskDefinitionArn: `${DEFINITION}good:1`,
      capacityProviderArns: PROVIDERS,
      critical: isCritical,
      deploymentConfiguration: { drainPercent },
    }),
  );
};

/** Asks for another revision of the daemon. */
export const deployDaemon = (world: World, revision: Revision): void =>
  world.call(updateDaemon, {
    daemonArn: DAEMON,
    daemonTaskDefinitionArn: `${DEFINITION}${revision}:1`,
    capacityProviderArns: PROVIDERS,
  });

/** The newest deployment of the daemon; undefined while the control plane is away. */
export const newestDeployment = (world: World): DaemonDeployment | undefined =>
  world.isUp
    ? world.store.read((tx) => tx.get(daemonDeployments, tx.get(daemons, DAEMON)?.deploymentArn ?? ''))
    : undefined;

/** Whether the newest deployment has ended as asked, and each of so many hosts has one task, which works. */
export function hasCome(world: World, status: DaemonDeployment['status'], hostCount: number): boolean {
  const deployment = newestDeployment(world);
  if (deployment === undefined || !isDaemonDeploymentOver(deployment)) return false;
  return deployment.status === status && workingHosts(world) === hostCount;
}

/** On how many hosts the daemon works, in the revision that is wanted, with one task. */
export function workingHosts(world: World): number {
  if (!world.isUp) return 0;
  const wanted = world.store.read((tx) => tx.get(daemons, DAEMON)?.targetRevisionArn);
  return world.hosts.filter(({ instanceArn }) => {
    const onHost = world.store.read((tx) => tx.find(tasks, 'spread', `${DAEMON} ${instanceArn}`));
    const [task, second] = onHost;
    return task !== undefined && second === undefined && task.daemonRevisionArn === wanted && isReady(task);
  }).length;
}

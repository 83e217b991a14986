import { createDaemon } from '../../api/ecs/create-daemon.ts';
import { createCapacityProvider } from '../../api/ecs/own-capacity-providers.ts';
import { registerContainerInstance } from '../../api/ecs/register-container-instance.ts';
import { registerDaemonTaskDefinition } from '../../api/ecs/register-daemon-task-definition.ts';
import { aCluster, aContext, type TestContext } from '../../api/testing.ts';
import type { Task } from '../../domain/task.ts';
import { containerInstances, tasks } from '../../records/collections.ts';
import { updateTask } from '../../records/tasks.ts';
import type { CreateDaemonRequest } from '../../shapes/generated/ecs.ts';
import { startDaemonScheduler } from './start-daemon-scheduler.ts';

const ROOT = 'arn:aws:ecs:us-east-1:123456789012';

/** For tests: the ARN of a capacity provider. */
export const providerArn = (name: string): string => `${ROOT}:capacity-provider/${name}`;

/** For tests: the ARN of a revision of `agent`. */
export const definitionArn = (revision: number): string => `${ROOT}:daemon-task-definition/agent:${revision}`;

/** For tests: what CreateDaemon needs: `agent:1` on the hosts of the provider `own`. */
export const A_DAEMON: CreateDaemonRequest = {
  daemonName: 'agent',
  daemonTaskDefinitionArn: definitionArn(1),
  capacityProviderArns: [providerArn('own')],
};

/** For tests: a cluster with the provider `own`, `agent:1` and `agent:2`, and a scheduler that runs when told to. */
export async function aDaemonLab() {
  const context = await aContext();
  await aCluster(context);
  await aProvider(context, 'own');
  for (let revision = 1; revision <= 2; revision += 1) await aDefinition(context);
  const scheduler = startDaemonScheduler(context);
  /** Lets the scheduler do what is due, after `ms`. */
  const run = async (ms = 0): Promise<void> => {
    for (let left = ms; left >= 0; left -= 1000) {
      await scheduler.idle();
      if (left > 0) context.clock.advance(Math.min(1000, left));
    }
    await scheduler.idle();
  };
  const live = (): readonly Task[] =>
    context.store.read((tx) => tx.all(tasks).filter(({ lastStatus }) => lastStatus !== 'STOPPED'));
  const create = async (request: Partial<CreateDaemonRequest> = {}) => {
    const made = await createDaemon(context, { ...A_DAEMON, ...request });
    await run();
    return made;
  };
  return { context, run, live, create };
}

/** For tests: another provider of the cluster. */
export const aProvider = (context: TestContext, name: string) =>
  createCapacityProvider(context, {
    name,
    managedInstancesProvider: {
      infrastructureRoleArn: 'arn:aws:iam::123456789012:role/infrastructure',
      instanceLaunchTemplate: {
        ec2InstanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/hosts',
        networkConfiguration: {},
      },
    },
  });

/** For tests: the next revision of `agent`. */
export const aDefinition = (context: TestContext, memory = 64) =>
  registerDaemonTaskDefinition(context, {
    family: 'agent',
    containerDefinitions: [{ name: 'agent', image: 'agent', memory, cpu: 10 }],
  });

/** For tests: a connected host of the provider with 1 vCPU and 1 GiB; answers its ARN. */
export async function aDaemonHost(context: TestContext, provider = 'own'): Promise<string> {
  const { containerInstance } = await registerContainerInstance(context, {
    totalResources: [
      { name: 'CPU', type: 'INTEGER', integerValue: 1024 },
      { name: 'MEMORY', type: 'INTEGER', integerValue: 1024 },
    ],
    attributes: [
      { name: 'gantry.capacity-provider', value: provider },
      { name: 'ecs.capability.container-ordering' },
      ...Array.from({ length: 28 }, (_, index) => ({
        name: `com.amazonaws.ecs.capability.docker-remote-api.1.${17 + index}`,
      })),
    ],
  });
  const arn = containerInstance?.containerInstanceArn ?? '';
  await connect(context, arn, true);
  return arn;
}

/** For tests: says that the host's agent is there, or not. */
export const connect = (context: TestContext, arn: string, agentConnected: boolean): Promise<void> =>
  context.store.write((tx) => {
    const host = tx.get(containerInstances, arn);
    if (host !== undefined) tx.put(containerInstances, { ...host, agentConnected });
  });

/** For tests: what agents would report by now: what is to run runs, what is to stop has stopped. */
export const agentsReport = (context: TestContext): Promise<void> =>
  context.store.write((tx) => {
    const now = context.clock.now();
    for (const task of tx.all(tasks)) {
      if (task.lastStatus === 'STOPPED') continue;
      if (task.desiredStatus === 'STOPPED')
        updateTask(tx, { ...task, lastStatus: 'STOPPED', stoppedAt: now });
      else if (task.lastStatus !== 'RUNNING')
        updateTask(tx, { ...task, lastStatus: 'RUNNING', startedAt: now });
    }
  });

/** For tests: tasks end by themselves before they run. */
export const failTasks = (context: TestContext, failed: readonly Task[]): Promise<void> =>
  context.store.write((tx) => {
    const end = { lastStatus: 'STOPPED', desiredStatus: 'STOPPED', stopCode: 'TaskFailedToStart' } as const;
    for (const { taskArn } of failed) {
      const task = tx.get(tasks, taskArn);
      if (task !== undefined)
        updateTask(tx, {
          ...task,
          ...end,
          stoppedReason: 'Task failed to start',
          stoppedAt: context.clock.now(),
        });
    }
  });

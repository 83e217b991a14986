import type { Cluster } from '../../domain/cluster.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Task } from '../../domain/task.ts';
import type { TaskDefinition } from '../../domain/task-definition.ts';
import { findInstance, instanceArnOf } from '../../records/instances.ts';
import { launchTasks } from '../../records/launch-task.ts';
import type { EcsOperations, Failure, StartTaskRequest } from '../../shapes/generated/ecs.ts';
import type { WriteTx } from '../../store/store.ts';
import type { Context, Operation } from '../operation.ts';
import { readActiveDefinition } from './launch-rules.ts';
import { checkStartTaskMembers } from './run-task-rules.ts';
import { activeCluster } from './service-reference.ts';
import { failuresOfHosts, readTaskRequest } from './task-request.ts';
import { taskShape } from './task-shape.ts';

type Shapes = EcsOperations['StartTask'];

/** Starts one task on each of the instances that the caller has chosen, or says why not. (TSK-46) */
export const startTask: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  checkStartTaskMembers(input);
  return context.store.write((tx) => {
    const cluster = activeCluster(tx, context.installation, input.cluster);
    const definition = readActiveDefinition(tx, context.installation, input.taskDefinition);
    const started: Task[] = [];
    const failures: Failure[] = [];
    for (const name of input.containerInstances) {
      const arn = instanceArnOf(cluster.clusterArn, name);
      const instance = findInstance(tx, cluster.clusterArn, name);
      if (instance === undefined) failures.push({ arn, reason: 'MISSING' });
      else if (instance.status === 'INACTIVE') failures.push({ arn, reason: 'INACTIVE' });
      else {
        const outcome = startOn(tx, context, { cluster, definition, instance, input });
        started.push(...outcome.tasks);
        failures.push(...failuresOfHosts(outcome.refusals));
      }
    }
    return { tasks: started.map((task) => taskShape(tx, task, true)), failures };
  });
};

interface Start {
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  readonly instance: ContainerInstance;
  readonly input: StartTaskRequest;
}

function startOn(tx: WriteTx, context: Context, { cluster, definition, instance, input }: Start) {
  const { installation, ids, clock } = context;
  const { launchType, containerInstanceArn: hostArn } = instance;
  const request = readTaskRequest(tx, installation, { input, cluster, definition, launchType });
  const deps = { tx, ids, now: clock.now(), scope: installation };
  return launchTasks(deps, { ...request, hostArn, capacity: { launchType }, count: 1 });
}

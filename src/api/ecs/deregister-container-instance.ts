import { lastSegment } from '../../domain/arn.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import { refuse } from '../../lib/service-error.ts';
import { containerInstances, tasks } from '../../records/collections.ts';
import { findHostCluster, findInstance } from '../../records/instances.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { instanceShape } from './instance-shape.ts';

type Shapes = EcsOperations['DeregisterContainerInstance'];

/**
 * Takes a host out of its cluster for good. With tasks on it only by force: what runs there runs on, but ECS gives it
 * up, and services start other tasks in its place. (INS-9)
 */
export const deregisterContainerInstance: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const { store, clock, installation } = context;
  return store.write((tx) => {
    const owner = findHostCluster(tx, installation, input.cluster) ?? refuse(ecsErrors.clusterNotFound());
    const instance =
      findInstance(tx, owner, input.containerInstance) ??
      refuse(ecsErrors.referencedInstanceNotFound(lastSegment(input.containerInstance)));
    if (instance.status === 'INACTIVE') throw ecsErrors.instanceInactive(instance.instanceId);
    if (input.force !== true && tx.count(tasks, 'instance', instance.containerInstanceArn) > 0) {
      throw ecsErrors.instanceHasTasks();
    }
    const gone: ContainerInstance = {
      ...instance,
      status: 'INACTIVE',
      deregisteredAt: clock.now(),
      version: instance.version + 1,
    };
    tx.put(containerInstances, gone);
    return { containerInstance: instanceShape(tx, gone, new Set(['TAGS'])) };
  });
};

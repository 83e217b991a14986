import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import type { ContainerInstance as InstanceRow } from '../../domain/container-instance.ts';
import { refuse } from '../../lib/service-error.ts';
import { containerInstances } from '../../records/collections.ts';
import { findHostCluster, findInstance, instanceArnOf } from '../../records/instances.ts';
import type { ContainerInstance, EcsOperations, Failure } from '../../shapes/generated/ecs.ts';
import type { WriteTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { instanceShape } from './instance-shape.ts';

type Shapes = EcsOperations['UpdateContainerInstancesState'];

const UPDATE_MAX_COUNT = SERVICE_QUOTAS.containerInstancesPerUpdate;

/** Makes instances DRAINING, which empties them of services' tasks, or ACTIVE again. (INS-11, INS-12) */
export const updateContainerInstancesState: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  const { containerInstances: names, status } = input;
  if (names.length === 0) throw ecsErrors.instancesEmpty();
  if (names.length > UPDATE_MAX_COUNT) throw ecsErrors.instancesTooMany(UPDATE_MAX_COUNT);
  if (status !== 'ACTIVE' && status !== 'DRAINING') throw ecsErrors.instanceStatus();
  return store.write((tx) => {
    const owner = findHostCluster(tx, installation, input.cluster) ?? refuse(ecsErrors.clusterNotFound());
    const changed: ContainerInstance[] = [];
    const failures: Failure[] = [];
    for (const name of names) {
      const instance = findInstance(tx, owner, name);
      if (instance === undefined) failures.push({ arn: instanceArnOf(owner, name), reason: 'MISSING' });
      else if (instance.status === 'INACTIVE')
        failures.push({ arn: instance.containerInstanceArn, reason: 'INACTIVE' });
      else changed.push(instanceShape(tx, withStatus(tx, instance, status), new Set()));
    }
    return { containerInstances: changed, failures };
  });
};

/** A status that is there already makes no new version. */
function withStatus(tx: WriteTx, before: InstanceRow, status: 'ACTIVE' | 'DRAINING'): InstanceRow {
  if (before.status === status) return before;
  const after: InstanceRow = { ...before, status, version: before.version + 1 };
  tx.put(containerInstances, after);
  return after;
}

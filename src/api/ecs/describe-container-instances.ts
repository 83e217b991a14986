import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { refuse } from '../../lib/service-error.ts';
import { findHostCluster, findInstance, instanceArnOf } from '../../records/instances.ts';
import type { ContainerInstance, EcsOperations, Failure } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { instanceShape } from './instance-shape.ts';

type Shapes = EcsOperations['DescribeContainerInstances'];

const DESCRIBE_MAX_COUNT = SERVICE_QUOTAS.containerInstancesPerDescribe;

/** Describes instances of one cluster in the order of the request, INACTIVE ones too. (INS-7) */
export const describeContainerInstances: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const { store, installation } = context;
  const { containerInstances: names } = input;
  if (names.length === 0) throw ecsErrors.instancesEmpty();
  if (names.length > DESCRIBE_MAX_COUNT) throw ecsErrors.instancesTooMany(DESCRIBE_MAX_COUNT);
  const include = new Set(input.include ?? []);
  return store.read((tx) => {
    const owner = findHostCluster(tx, installation, input.cluster) ?? refuse(ecsErrors.clusterNotFound());
    const found: ContainerInstance[] = [];
    const failures: Failure[] = [];
    for (const name of names) {
      const instance = findInstance(tx, owner, name);
      if (instance === undefined) failures.push({ arn: instanceArnOf(owner, name), reason: 'MISSING' });
      else found.push(instanceShape(tx, instance, include));
    }
    return { containerInstances: found, failures };
  });
};

import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { updateCluster } from './update-cluster.ts';

type Shapes = EcsOperations['UpdateClusterSettings'];

/** Replaces the cluster's settings, of which there has to be one. (CLU-11) */
export const updateClusterSettings: Operation<Shapes['input'], Shapes['output']> = (
  context,
  { cluster, settings },
) => {
  if (settings.length === 0) throw ecsErrors.invalid('Settings cannot be empty.');
  return updateCluster(context, { cluster, settings });
};

import { refuse } from '../../lib/service-error.ts';
import { findHostCluster, findInstance } from '../../records/instances.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['UpdateContainerAgent'];

/** There is never an update to hand out: agents are installed and updated by whoever installed them. (INS-13) */
export const updateContainerAgent: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) =>
  store.read((tx) => {
    const owner = findHostCluster(tx, installation, input.cluster) ?? refuse(ecsErrors.clusterNotFound());
    const instance = findInstance(tx, owner, input.containerInstance) ?? refuse(ecsErrors.instanceNotFound());
    if (instance.status === 'INACTIVE') throw ecsErrors.instanceInactive(instance.instanceId);
    if (instance.launchType === 'EXTERNAL') {
      throw ecsErrors.invalid('UpdateContainerAgent is not supported for the EXTERNAL launch type.');
    }
    throw instance.agentVersion === undefined ? ecsErrors.agentVersionUnknown() : ecsErrors.noAgentUpdate();
  });

import { refuse } from '../../lib/service-error.ts';
import {
  daemonTaskDefinitions,
  findDaemonDefinition,
  settleDaemonDefinitions,
} from '../../records/daemon-definitions.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['DeleteDaemonTaskDefinition'];

/** Begins to delete a revision; it goes once no daemon and no task uses it. Deleting it again answers the same. (MDM-5) */
export const deleteDaemonTaskDefinition: Operation<Shapes['input'], Shapes['output']> = (
  { store, clock, installation },
  input,
) => {
  const isRevision = /:[1-9]\d*$/.test(input.daemonTaskDefinition);
  if (!isRevision) throw ecsErrors.revisionMissing();
  return store.write((tx) => {
    const row =
      findDaemonDefinition(tx, installation, input.daemonTaskDefinition) ??
      refuse(ecsErrors.daemonDefinitionUnknown());
    const now = clock.now();
    if (row.status === 'ACTIVE') {
      tx.put(daemonTaskDefinitions, { ...row, status: 'DELETE_IN_PROGRESS', deleteRequestedAt: now });
      settleDaemonDefinitions(tx, now);
    }
    return { daemonTaskDefinitionArn: row.daemonTaskDefinitionArn };
  });
};

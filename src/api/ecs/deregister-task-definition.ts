import type { TaskDefinition } from '../../domain/task-definition.ts';
import { refuse } from '../../lib/service-error.ts';
import { taskDefinitions } from '../../records/collections.ts';
import {
  findTaskDefinition,
  parseRevision,
  readTaskDefinitionReference,
} from '../../records/task-definitions.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['DeregisterTaskDefinition'];

/** Makes a revision INACTIVE: no new task or service takes it, running ones go on. Twice is the same as once. (TDF-41) */
export const deregisterTaskDefinition: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const { store, clock, installation } = context;
  const reference = readTaskDefinitionReference(installation, input.taskDefinition);
  if (reference === undefined) throw ecsErrors.taskDefinitionUnknown();
  const { revision } = reference;
  if (revision === undefined || revision === '') throw ecsErrors.revisionMissing();
  if (parseRevision(revision) === undefined) throw ecsErrors.revisionInvalid(revision);
  return store.write((tx) => {
    const row =
      findTaskDefinition(tx, installation, input.taskDefinition) ?? refuse(ecsErrors.taskDefinitionUnknown());
    if (row.status !== 'ACTIVE') return { taskDefinition: row.document };
    const document = { ...row.document, status: 'INACTIVE', deregisteredAt: clock.now() } as const;
    const inactive: TaskDefinition = { ...row, status: 'INACTIVE', document };
    tx.put(taskDefinitions, inactive);
    return { taskDefinition: document };
  });
};

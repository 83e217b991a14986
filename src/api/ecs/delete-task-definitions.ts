import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { taskDefinitionArn } from '../../domain/arn.ts';
import type { TaskDefinition } from '../../domain/task-definition.ts';
import type { Instant } from '../../lib/clock.ts';
import { taskDefinitions } from '../../records/collections.ts';
import {
  findTaskDefinition,
  parseRevision,
  readTaskDefinitionReference,
} from '../../records/task-definitions.ts';
import type {
  EcsOperations,
  Failure,
  TaskDefinition as TaskDefinitionShape,
} from '../../shapes/generated/ecs.ts';
import type { WriteTx } from '../../store/store.ts';
import type { Context, Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['DeleteTaskDefinitions'];

const UNREADABLE =
  'The specified task definition identifier is invalid. Specify a valid name or ARN and try again.';
const UNKNOWN =
  'The specified task definition does not exist. Specify a valid account, family, revision and try again.';
const STILL_ACTIVE =
  'The specified task definition is still in ACTIVE status. Please deregister the target and try again.';

/** Begins to delete INACTIVE revisions; they go once nothing refers to them. (TDF-44, TDF-45) */
export const deleteTaskDefinitions: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const { taskDefinitions: names } = input;
  const most = SERVICE_QUOTAS.taskDefinitionsPerDelete;
  if (names.length === 0) throw ecsErrors.invalid('taskDefinitions cannot be empty.');
  if (names.length > most) throw ecsErrors.invalid(`taskDefinitions can have at most ${most} items.`);
  return context.store.write((tx) => {
    const deleted: TaskDefinitionShape[] = [];
    const failures: Failure[] = [];
    for (const name of new Set(names)) {
      const outcome = deleteOne(tx, context, name);
      if ('reason' in outcome) failures.push(outcome);
      else deleted.push(outcome.document);
    }
    return { taskDefinitions: deleted, failures };
  });
};

function deleteOne(
  tx: WriteTx,
  { installation, clock }: Context,
  name: string,
): TaskDefinition | (Failure & { readonly reason: string }) {
  const reference = readTaskDefinitionReference(installation, name);
  const revision = parseRevision(reference?.revision ?? '');
  if (reference === undefined || revision === undefined) return { arn: name, reason: UNREADABLE };
  const row = findTaskDefinition(tx, installation, name);
  const arn = name.startsWith('arn:') ? name : taskDefinitionArn(installation, reference.family, revision);
  if (row === undefined) return { arn, reason: UNKNOWN };
  if (row.status === 'ACTIVE') return { arn, reason: STILL_ACTIVE };
  return row.status === 'INACTIVE' ? markForDeletion(tx, row, clock.now()) : row;
}

function markForDeletion(tx: WriteTx, row: TaskDefinition, now: Instant): TaskDefinition {
  const status = 'DELETE_IN_PROGRESS';
  const marked: TaskDefinition = {
    ...row,
    status,
    document: { ...row.document, status, deleteRequestedAt: now },
  };
  tx.put(taskDefinitions, marked);
  return marked;
}

import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { prepareTaskDefinition } from '../../core/task-definition/prepare.ts';
import { taskDefinitionArn } from '../../domain/arn.ts';
import type { TaskDefinition } from '../../domain/task-definition.ts';
import { taskDefinitionFamilies, taskDefinitions } from '../../records/collections.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['RegisterTaskDefinition'];

/** Makes the next revision of a family; the same content twice makes two. (TDF-6) */
export const registerTaskDefinition: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const { store, clock, caller, installation } = context;
  const prepared = prepareTaskDefinition(input, installation.accountId);
  if (prepared.kind === 'refused') throw ecsErrors.client(prepared.message);
  const { family } = input;
  const tags = input.tags ?? [];
  return store.write((tx) => {
    const revision = (tx.get(taskDefinitionFamilies, family)?.lastRevision ?? 0) + 1;
    const most = SERVICE_QUOTAS.revisionsPerFamily;
    if (revision > most)
      throw ecsErrors.limitExceeded(`The limit of ${most} revisions in a family is reached.`);
    const arn = taskDefinitionArn(installation, family, revision);
    const document = {
      taskDefinitionArn: arn,
      ...prepared.document,
      revision,
      status: 'ACTIVE',
      registeredAt: clock.now(),
      registeredBy: caller.arn,
    } as const;
    const row: TaskDefinition = {
      taskDefinitionArn: arn,
      family,
      revision,
      status: 'ACTIVE',
      document,
      tags,
    };
    tx.put(taskDefinitionFamilies, { family, lastRevision: revision });
    tx.put(taskDefinitions, row);
    return { taskDefinition: document, ...(tags.length > 0 ? { tags } : {}) };
  });
};

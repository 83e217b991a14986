import { refuse } from '../../lib/service-error.ts';
import { findTaskDefinition } from '../../records/task-definitions.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['DescribeTaskDefinition'];

/** Answers one revision; a bare family means its latest ACTIVE one. Tags only when asked for. (TDF-40) */
export const describeTaskDefinition: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) =>
  store.read((tx) => {
    const row =
      findTaskDefinition(tx, installation, input.taskDefinition) ?? refuse(ecsErrors.taskDefinitionUnknown());
    const wantsTags = input.include?.includes('TAGS') === true;
    return { taskDefinition: row.document, ...(wantsTags ? { tags: row.tags } : {}) };
  });

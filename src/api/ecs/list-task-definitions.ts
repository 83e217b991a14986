import type { TaskDefinition } from '../../domain/task-definition.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { taskDefinitionKey, taskDefinitions } from '../../records/collections.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { pageSize } from './page-size.ts';

type Shapes = EcsOperations['ListTaskDefinitions'];

const FAMILY = /^[a-zA-Z0-9\-_]+$/;

/** Lists ARNs by family, then by revision as a number. `familyPrefix` is a whole family here. (TDF-42) */
export const listTaskDefinitions: Operation<Shapes['input'], Shapes['output']> = ({ store }, input) => {
  const { familyPrefix: family, status = 'ACTIVE', sort = 'ASC' } = input;
  if (family !== undefined && !FAMILY.test(family)) throw ecsErrors.familyInvalid();
  const size = pageSize(input.maxResults);
  const after = readPageToken(input.nextToken);
  const index = family === undefined ? status : `${status} ${family}`;
  const range = { index, after, limit: size + 1 };
  const rows = store.read((tx) => (sort === 'ASC' ? ascending(tx, range) : descending(tx, range)));
  const page = pageOf(rows, size, keyOf);
  return { taskDefinitionArns: page.rows.map((row) => row.taskDefinitionArn), nextToken: page.nextToken };
};

interface Wanted {
  readonly index: string;
  readonly after: string | undefined;
  readonly limit: number;
}

const ascending = (tx: ReadTx, { index, after, limit }: Wanted): readonly TaskDefinition[] =>
  tx.find(taskDefinitions, 'status', index, { after, limit });

/** The store lists upwards only, so a page downwards reads the whole list. */
function descending(tx: ReadTx, { index, after, limit }: Wanted): readonly TaskDefinition[] {
  const rows = tx.find(taskDefinitions, 'status', index).toReversed();
  const remaining = after === undefined ? rows : rows.filter((row) => keyOf(row) < after);
  return remaining.slice(0, limit);
}

const keyOf = (row: TaskDefinition): string => taskDefinitionKey(row.family, row.revision);

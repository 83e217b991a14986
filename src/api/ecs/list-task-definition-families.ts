import type { TaskDefinitionFamily } from '../../domain/task-definition.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { taskDefinitionFamilies, taskDefinitions } from '../../records/collections.ts';
import type { EcsOperations, TaskDefinitionFamilyStatus } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { pageSize } from './page-size.ts';

type Shapes = EcsOperations['ListTaskDefinitionFamilies'];

const FAMILY = /^[a-zA-Z0-9\-_]+$/;

/** How many families are read at once while looking for those that match. */
const CHUNK_COUNT = 200;

/** Lists families whose name starts with `familyPrefix`. One is ACTIVE when one of its revisions is. (TDF-43) */
export const listTaskDefinitionFamilies: Operation<Shapes['input'], Shapes['output']> = (
  { store },
  input,
) => {
  const { familyPrefix: prefix = '', status = 'ALL' } = input;
  if (prefix !== '' && !FAMILY.test(prefix)) throw ecsErrors.familyInvalid();
  const size = pageSize(input.maxResults);
  const after = readPageToken(input.nextToken);
  const families = store.read((tx) => matching(tx, { prefix, status, after, limit: size + 1 }));
  const page = pageOf(families, size, (family) => family);
  return { families: page.rows, nextToken: page.nextToken };
};

interface Wanted {
  readonly prefix: string;
  readonly status: TaskDefinitionFamilyStatus;
  readonly after: string | undefined;
  readonly limit: number;
}

function matching(tx: ReadTx, { prefix, status, after, limit }: Wanted): readonly string[] {
  const found: string[] = [];
  for (const family of familiesFrom(tx, prefix, after)) {
    if (!family.startsWith(prefix)) break;
    if (status === 'ALL' || (status === 'ACTIVE') === isActive(tx, family)) found.push(family);
    if (found.length === limit) break;
  }
  return found;
}

/** All families after `after`, or from `prefix` on, in order. */
function* familiesFrom(tx: ReadTx, prefix: string, after: string | undefined): Generator<string> {
  if (after === undefined && tx.get(taskDefinitionFamilies, prefix) !== undefined) yield prefix;
  let last: string | undefined = after ?? prefix;
  while (last !== undefined) {
    const rows: readonly TaskDefinitionFamily[] = tx.all(taskDefinitionFamilies, {
      after: last,
      limit: CHUNK_COUNT,
    });
    for (const row of rows) yield row.family;
    last = rows.length < CHUNK_COUNT ? undefined : rows.at(-1)?.family;
  }
}

const isActive = (tx: ReadTx, family: string): boolean =>
  tx.count(taskDefinitions, 'status', `ACTIVE ${family}`) > 0;

import type { DaemonTaskDefinition } from '../../domain/daemon.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import {
  daemonDefinitionFamilies,
  daemonDefinitionKey,
  daemonTaskDefinitions,
} from '../../records/daemon-definitions.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { pageSize } from './page-size.ts';

type Shapes = EcsOperations['ListDaemonTaskDefinitions'];

/** Lists revisions by family, then by number, those that are ACTIVE unless asked otherwise. (MDM-6) */
export const listDaemonTaskDefinitions: Operation<Shapes['input'], Shapes['output']> = ({ store }, input) => {
  const size = pageSize(input.maxResults ?? undefined);
  const after = readPageToken(input.nextToken);
  const isDescending = input.sort === 'DESC';
  return store.read((tx) => {
    const listed = candidates(tx, input).filter((row) => isListed(tx, row, input));
    const ordered = isDescending ? listed.toReversed() : listed;
    const rows = ordered.filter(
      (row) => after === undefined || (isDescending ? keyOf(row) < after : keyOf(row) > after),
    );
    const page = pageOf(rows.slice(0, size + 1), size, keyOf);
    return { daemonTaskDefinitions: page.rows.map(summaryOf), nextToken: page.nextToken };
  });
};

const candidates = (tx: ReadTx, { family }: Shapes['input']): readonly DaemonTaskDefinition[] =>
  family ? tx.find(daemonTaskDefinitions, 'family', family) : tx.all(daemonTaskDefinitions);

function isListed(
  tx: ReadTx,
  row: DaemonTaskDefinition,
  { familyPrefix, revision, status }: Shapes['input'],
): boolean {
  const wanted = status ?? 'ACTIVE';
  if (wanted !== 'ALL' && row.status !== wanted) return false;
  if (familyPrefix && !row.family.startsWith(familyPrefix)) return false;
  return (
    revision !== 'LAST_REGISTERED' ||
    tx.get(daemonDefinitionFamilies, row.family)?.lastRevision === row.revision
  );
}

const keyOf = ({ family, revision }: DaemonTaskDefinition): string => daemonDefinitionKey(family, revision);

const summaryOf = (row: DaemonTaskDefinition) => ({
  arn: row.daemonTaskDefinitionArn,
  registeredAt: row.registeredAt,
  registeredBy: row.registeredBy,
  deleteRequestedAt: row.deleteRequestedAt,
  status: row.status,
});

import { parseArn, type Scope } from '../domain/arn.ts';
import type { DaemonTaskDefinition } from '../domain/daemon.ts';
import type { Task } from '../domain/task.ts';
import type { TaskDefinition } from '../domain/task-definition.ts';
import { type Instant, plusMs } from '../lib/clock.ts';
import type { Collection, ReadTx, WriteTx } from '../store/store.ts';
import { sortableNumber, taskDefinitionKey, taskDefinitions, tasks } from './collections.ts';
import { daemonRevisions, daemons } from './daemons.ts';
import { parseRevision } from './task-definitions.ts';

/** Revisions of daemon task definitions, in the order of family and number. */
export const daemonTaskDefinitions: Collection<DaemonTaskDefinition, 'family' | 'status'> = {
  name: 'daemon-task-definitions',
  key: (row) => daemonDefinitionKey(row.family, row.revision),
  indexes: { family: (row) => row.family, status: (row) => row.status },
};

/** The counter of a family's revisions; numbers are never used again. */
export const daemonDefinitionFamilies: Collection<{
  readonly family: string;
  readonly lastRevision: number;
}> = { name: 'daemon-task-definition-families', key: (row) => row.family, indexes: {} };

/** The key of a revision. A space sorts before every character of a family's name. */
export const daemonDefinitionKey = (family: string, revision: number): string =>
  `${family} ${sortableNumber(revision)}`;

/** What a daemon task definition is called: a family, `family:revision`, or an ARN of ours. */
function nameOf({ accountId, region }: Scope, text: string): string | undefined {
  if (!text.startsWith('arn:')) return text;
  const arn = parseArn(text);
  const isOurs = arn?.service === 'ecs' && arn.region === region && arn.accountId === accountId;
  return isOurs ? /^daemon-task-definition\/(.+)$/.exec(arn.resource)?.[1] : undefined;
}

/** The definition that a request names; a bare family means its newest ACTIVE revision. (MDM-4) */
export function findDaemonDefinition(
  tx: ReadTx,
  scope: Scope,
  text: string,
): DaemonTaskDefinition | undefined {
  const [family = '', number] = nameOf(scope, text)?.split(':') ?? [];
  if (number === undefined) {
    return tx
      .find(daemonTaskDefinitions, 'family', family)
      .filter(({ status }) => status === 'ACTIVE')
      .at(-1);
  }
  const revision = parseRevision(number);
  return revision === undefined
    ? undefined
    : tx.get(daemonTaskDefinitions, daemonDefinitionKey(family, revision));
}

/** The definition that a task was started with: a daemon's, or one of the others. */
export const definitionOfTask = (
  tx: ReadTx,
  { daemonArn, family, revision }: Pick<Task, 'daemonArn' | 'family' | 'revision'>,
): DaemonTaskDefinition | TaskDefinition | undefined =>
  daemonArn === undefined
    ? tx.get(taskDefinitions, taskDefinitionKey(family, revision))
    : tx.get(daemonTaskDefinitions, daemonDefinitionKey(family, revision));

/** True when `settleDaemonDefinitions` may have work. */
export const hasLeavingDaemonDefinitions = (tx: ReadTx): boolean =>
  (['DELETE_IN_PROGRESS', 'DELETED'] as const).some(
    (status) => tx.count(daemonTaskDefinitions, 'status', status) > 0,
  );

/** How long a deleted definition stays describable. AWS names no time. (MDM-5) */
const DELETED_LIFE_MS = 24 * 60 * 60 * 1000;

/**
 * Ends the deletion of definitions that nothing uses any more: no task, and no revision that a daemon runs or could go
 * back to. Forgets those that were deleted long ago. (MDM-5)
 */
export function settleDaemonDefinitions(tx: WriteTx, now: Instant): void {
  const leaving = tx.find(daemonTaskDefinitions, 'status', 'DELETE_IN_PROGRESS');
  const used = leaving.length === 0 ? new Set<string>() : usedDefinitions(tx);
  for (const row of leaving) {
    const arn = row.daemonTaskDefinitionArn;
    if (!used.has(arn) && tx.count(tasks, 'definition', arn) === 0)
      tx.put(daemonTaskDefinitions, { ...row, status: 'DELETED' });
  }
  for (const row of tx.find(daemonTaskDefinitions, 'status', 'DELETED')) {
    if (plusMs(row.deleteRequestedAt ?? row.registeredAt, DELETED_LIFE_MS) <= now)
      tx.delete(daemonTaskDefinitions, daemonTaskDefinitions.key(row));
  }
}

const usedDefinitions = (tx: ReadTx): ReadonlySet<string> =>
  new Set(
    tx
      .all(daemons)
      .filter(({ status }) => status !== 'DELETED')
      .flatMap(({ targetRevisionArn, lastDeployedRevisionArn }) => [
        targetRevisionArn,
        lastDeployedRevisionArn ?? targetRevisionArn,
      ])
      .flatMap((arn) => tx.get(daemonRevisions, arn)?.daemonTaskDefinitionArn ?? []),
  );

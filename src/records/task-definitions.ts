import { parseArn, type Scope } from '../domain/arn.ts';
import type { TaskDefinition } from '../domain/task-definition.ts';
import type { ReadTx } from '../store/store.ts';
import { taskDefinitionFamilies, taskDefinitionKey, taskDefinitions } from './collections.ts';

/** What a `taskDefinition` member names: a family, or one revision of it. */
export interface TaskDefinitionReference {
  readonly family: string;
  /** The text after the colon; undefined when there is none, which means the latest ACTIVE one. */
  readonly revision?: string | undefined;
}

/**
 * Reads `family`, `family:revision` or an ARN. Undefined for an ARN of another kind, account or region, which names
 * nothing of ours. (TDF-40)
 */
export function readTaskDefinitionReference(scope: Scope, text: string): TaskDefinitionReference | undefined {
  const name = text.startsWith('arn:') ? nameInArn(scope, text) : text;
  if (name === undefined) return undefined;
  const colon = name.indexOf(':');
  return colon < 0 ? { family: name } : { family: name.slice(0, colon), revision: name.slice(colon + 1) };
}

/**
 * The definition that a `taskDefinition` member means; undefined when there is none. A bare family means its latest
 * ACTIVE revision; a revision is answered whatever its status. (TDF-40)
 */
export function findTaskDefinition(tx: ReadTx, scope: Scope, text: string): TaskDefinition | undefined {
  const reference = readTaskDefinitionReference(scope, text);
  if (reference === undefined) return undefined;
  if (reference.revision === undefined) return latestActive(tx, reference.family);
  const revision = parseRevision(reference.revision);
  return revision === undefined
    ? undefined
    : tx.get(taskDefinitions, taskDefinitionKey(reference.family, revision));
}

/** A revision number: 1 or more, in digits. Undefined for other text. */
export function parseRevision(text: string): number | undefined {
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}

/** The highest revision of the family that is ACTIVE. */
export function latestActive(tx: ReadTx, family: string): TaskDefinition | undefined {
  const counter = tx.get(taskDefinitionFamilies, family);
  if (counter === undefined) return undefined;
  const newest = tx.get(taskDefinitions, taskDefinitionKey(family, counter.lastRevision));
  // Nearly always the newest is ACTIVE; the search costs as much as the family is long.
  return newest?.status === 'ACTIVE' ? newest : tx.find(taskDefinitions, 'status', `ACTIVE ${family}`).at(-1);
}

function nameInArn(scope: Scope, arn: string): string | undefined {
  const parsed = parseArn(arn);
  const isOurs =
    parsed?.service === 'ecs' && parsed.region === scope.region && parsed.accountId === scope.accountId;
  return isOurs ? /^task-definition\/(.+)$/.exec(parsed.resource)?.[1] : undefined;
}

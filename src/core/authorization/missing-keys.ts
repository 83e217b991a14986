import { isObject, type JsonObject, listOf, parseJson } from '../identity/policy-json.ts';
import type { ConditionKeys } from './condition-keys.ts';
import type { AccessRequest } from './evaluate.ts';
import type { Statement } from './policy.ts';
import type { SourcedPolicy } from './policy-source.ts';

/**
 * The keys without a value that statements on a request's action and resource ask for, in their conditions and as
 * variables, as they are written there. A statement whose resource cannot be told for want of a key counts. (IAM-24)
 */
export function missingKeys(request: AccessRequest, sources: readonly SourcedPolicy[]): readonly string[] {
  const missing = new Map<string, string>();
  for (const { text, policy } of sources) {
    const relevant = policy.statements.filter((statement) => isAsked(request, statement));
    if (relevant.length === 0) continue;
    const document = parseJson(text);
    if (!isObject(document)) continue;
    for (const { index } of relevant) {
      for (const name of keyNames(document, index)) {
        const key = name.toLowerCase();
        if (request.keys(key) === undefined && !missing.has(key)) missing.set(key, name);
      }
    }
  }
  return [...missing.values()];
}

function isAsked({ action, resource, keys }: AccessRequest, { names, covers }: Statement): boolean {
  if (!names(action.toLowerCase())) return false;
  let lacks = false;
  const recording: ConditionKeys = (name) => {
    const values = keys(name);
    lacks ||= values === undefined;
    return values;
  };
  return covers(resource, recording) || lacks;
}

/** The names of keys that a statement uses, each once or more. Variables with a default can do without. */
function keyNames(document: JsonObject, index: number): readonly string[] {
  const statement = listOf(document['Statement'])[index];
  if (!isObject(statement)) return [];
  const condition = isObject(statement['Condition']) ? Object.values(statement['Condition']) : [];
  const named = condition.flatMap((keys) => (isObject(keys) ? Object.keys(keys) : []));
  if (document['Version'] !== '2012-10-17') return named;
  const texts = [statement['Resource'], statement['NotResource'], ...condition.flatMap(valuesOf)]
    .flatMap(listOf)
    .filter((text) => typeof text === 'string');
  return [...named, ...texts.flatMap(variableNames)];
}

const valuesOf = (keys: unknown): readonly unknown[] => (isObject(keys) ? Object.values(keys) : []);

const variableNames = (text: string): readonly string[] =>
  [...text.matchAll(/\$\{\s*([^},*?$]+?)\s*\}/g)].map((match) => match[1] ?? '');

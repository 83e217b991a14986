import { isObject, type JsonObject, listOf, parseJson, textsOf } from '../identity/policy-json.ts';
import { wantedResource } from './arn-pattern.ts';
import { type Condition, conditionOf } from './condition.ts';
import type { ConditionKeys } from './condition-keys.ts';
import { type Matcher, wildcardMatcher } from './pattern.ts';
import { type PrincipalElement, principalElementOf } from './principal.ts';
import type { Wanted } from './template.ts';

/** A statement, compiled. */
export interface Statement {
  /** Its place in the document's list. */
  readonly index: number;
  readonly effect: 'Allow' | 'Deny';
  /** Of statements of resource policies. */
  readonly principal: PrincipalElement | undefined;
  /** `lowerCaseAction` is e.g. `ecs:runtask`: actions have no case. */
  readonly names: (lowerCaseAction: string) => boolean;
  readonly covers: (resource: string, keys: ConditionKeys) => boolean;
  readonly condition: Condition | undefined;
}

/** A policy document, compiled once and asked often. */
export interface Policy {
  readonly statements: readonly Statement[];
}

/** A policy that says nothing. */
export const EMPTY_POLICY: Policy = { statements: [] };

/**
 * Compiles a policy document. Documents are checked when they are stored; of text that is none, nothing is left, which
 * allows nothing. (AUTH-1)
 */
export function policyOf(text: string): Policy {
  const document = parseJson(text);
  if (!isObject(document)) return EMPTY_POLICY;
  const variables = document['Version'] === '2012-10-17';
  const statements = listOf(document['Statement']).flatMap((statement, index) =>
    isObject(statement) ? statementOf(statement, { index, variables }) : [],
  );
  return { statements };
}

function statementOf(
  statement: JsonObject,
  { index, variables }: { readonly index: number; readonly variables: boolean },
): readonly Statement[] {
  const effect = statement['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') return [];
  const isDeny = effect === 'Deny';
  const principal = principalElementOf(statement, isDeny);
  return [
    {
      index,
      effect,
      principal,
      names: actionsOf(statement),
      covers: resourcesOf(statement, { variables, whenAbsent: principal !== undefined }),
      condition: conditionOf(statement['Condition'], { variables, isDeny }),
    },
  ];
}

function actionsOf(statement: JsonObject): Statement['names'] {
  if (!('NotAction' in statement)) return actionMatcher(statement['Action']);
  const matches = actionMatcher(statement['NotAction']);
  return (action) => !matches(action);
}

function actionMatcher(element: unknown): Matcher {
  const texts = (textsOf(element) ?? []).map((text) => text.toLowerCase());
  if (texts.includes('*')) return () => true;
  const exact = new Set(texts.filter((text) => !/[*?]/.test(text)));
  const wild = texts.filter((text) => !exact.has(text)).map(wildcardMatcher);
  return (action) => exact.has(action) || wild.some((matcher) => matcher(action));
}

/** A statement of a resource policy without `Resource` means the resource that it is attached to. */
function resourcesOf(
  statement: JsonObject,
  { variables, whenAbsent }: { readonly variables: boolean; readonly whenAbsent: boolean },
): Statement['covers'] {
  const isNegated = 'NotResource' in statement;
  const element = statement[isNegated ? 'NotResource' : 'Resource'];
  if (element === undefined) return () => whenAbsent;
  const texts = textsOf(element) ?? [];
  if (texts.includes('*')) return () => !isNegated;
  const wanted = texts.map((text) => wantedResource(text, variables));
  return isNegated ? outside(wanted) : inside(wanted);
}

const inside =
  (wanted: readonly Wanted[]): Statement['covers'] =>
  (resource, keys) =>
    wanted.some((of) => of(keys)?.(resource) === true);

/** With a variable that has no value the statement does not apply, rather than to everything. (AUTH-8) */
const outside =
  (wanted: readonly Wanted[]): Statement['covers'] =>
  (resource, keys) =>
    wanted.every((of) => of(keys)?.(resource) === false);

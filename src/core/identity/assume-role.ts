import type { Caller } from '../../domain/caller.ts';
import { wildcardMatcher } from '../authorization/pattern.ts';
import { isObject, type JsonObject, listOf, parseJson, textsOf } from './policy-json.ts';

/** Who wants to assume a role, and with what. */
export interface AssumeRequest {
  readonly caller: Caller;
  readonly sessionName: string;
  readonly externalId?: string | undefined;
}

/** What a trust policy says about it. */
export type TrustDecision =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'explicitly-denied' }
  /** A condition that decides here uses an operator or key that cannot be weighed. Counts as a refusal. */
  | { readonly kind: 'unknown-condition'; readonly name: string };

/**
 * Whether a trust policy (JSON text) lets a caller assume its role: a Deny that fits refuses, else an Allow that fits
 * lets in. What cannot be weighed never lets in. The caller's own permissions are another matter. (IAM-7)
 */
export function decideTrust(trustPolicy: string, request: AssumeRequest): TrustDecision {
  const document = parseJson(trustPolicy);
  const statements = isObject(document) ? listOf(document['Statement']).filter(isObject) : [];
  const fitting = statements
    .filter((statement) => namesAction(statement) && namesCaller(statement['Principal'], request.caller))
    .map((statement) => ({ effect: statement['Effect'], outcome: weigh(statement['Condition'], request) }));
  const denies = fitting.filter(({ effect }) => effect !== 'Allow').map(({ outcome }) => outcome);
  const allows = fitting.filter(({ effect }) => effect === 'Allow').map(({ outcome }) => outcome);
  if (denies.some(({ kind }) => kind === 'met')) return { kind: 'explicitly-denied' };
  const unknownDeny = denies.find(isUnknown);
  if (unknownDeny !== undefined) return { kind: 'unknown-condition', name: unknownDeny.name };
  if (allows.some(({ kind }) => kind === 'met')) return { kind: 'allowed' };
  const unknownAllow = allows.find(isUnknown);
  return unknownAllow === undefined
    ? { kind: 'denied' }
    : { kind: 'unknown-condition', name: unknownAllow.name };
}

function namesAction(statement: JsonObject): boolean {
  const actions = textsOf(statement['Action']) ?? [];
  return actions.some((action) => isLike('sts:assumerole', action.toLowerCase()));
}

/** The account's own ARN or number stands for everybody in it. */
function namesCaller(principal: unknown, caller: Caller): boolean {
  const names = principal === '*' ? ['*'] : isObject(principal) ? (textsOf(principal['AWS']) ?? []) : [];
  const mine = new Set([
    '*',
    caller.accountId,
    `arn:aws:iam::${caller.accountId}:root`,
    caller.arn,
    caller.roleArn,
  ]);
  return names.some((name) => mine.has(name));
}

type Outcome =
  | { readonly kind: 'met' }
  | { readonly kind: 'unmet' }
  | { readonly kind: 'unknown'; readonly name: string };

const isUnknown = (outcome: Outcome): outcome is Extract<Outcome, { kind: 'unknown' }> =>
  outcome.kind === 'unknown';

/** All keys of all operators must be met. One that is surely unmet decides, even beside one that is unknown. */
function weigh(condition: unknown, request: AssumeRequest): Outcome {
  if (!isObject(condition)) return { kind: 'met' };
  const outcomes = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(isObject(keys) ? keys : {}).map(([key, values]) =>
      weighKey(operator, key, { values: textsOf(values) ?? [], request }),
    ),
  );
  if (outcomes.some(({ kind }) => kind === 'unmet')) return { kind: 'unmet' };
  return outcomes.find(isUnknown) ?? { kind: 'met' };
}

type Comparison = (value: string, wanted: string) => boolean;

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringEqualsIgnoreCase: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  StringLike: isLike,
  ArnEquals: isLike,
  ArnLike: isLike,
};

function weighKey(
  operator: string,
  key: string,
  { values, request }: { readonly values: readonly string[]; readonly request: AssumeRequest },
): Outcome {
  const mayBeMissing = operator.endsWith('IfExists');
  const base = mayBeMissing ? operator.slice(0, -'IfExists'.length) : operator;
  const isNegated = base.includes('Not');
  const name = base.replace('Not', '');
  const compare = Object.hasOwn(COMPARISONS, name) ? COMPARISONS[name] : undefined;
  const context = contextOf(request);
  const lowerKey = key.toLowerCase();
  if (compare === undefined || !context.has(lowerKey)) return { kind: 'unknown', name: `${operator} ${key}` };
  const value = context.get(lowerKey);
  const isMet =
    value === undefined
      ? isNegated || mayBeMissing
      : values.some((wanted) => compare(value, wanted)) !== isNegated;
  return { kind: isMet ? 'met' : 'unmet' };
}

/** The keys that can be weighed, in lower case because their names have none; a value of undefined is "not sent". */
const contextOf = ({
  caller,
  sessionName,
  externalId,
}: AssumeRequest): ReadonlyMap<string, string | undefined> =>
  new Map([
    ['sts:externalid', externalId],
    ['sts:rolesessionname', sessionName],
    ['aws:principalarn', caller.roleArn ?? caller.arn],
    ['aws:principalaccount', caller.accountId],
    ['aws:userid', caller.userId],
    ['aws:username', caller.kind === 'user' ? caller.arn.slice(caller.arn.lastIndexOf('/') + 1) : undefined],
    // Only calls that a service makes for somebody carry these.
    ['aws:sourceaccount', undefined],
    ['aws:sourcearn', undefined],
  ]);

/** `*` stands for any characters, `?` for one. */
function isLike(value: string, pattern: string): boolean {
  return wildcardMatcher(pattern)(value);
}

import { type ConditionKeys, singleValue } from './condition-keys.ts';
import { type Codes, codesOf, type Matcher } from './pattern.ts';

/** A policy variable: `${key}` or `${key, 'fallback'}`. */
interface Variable {
  readonly key: string;
  readonly fallback: string | undefined;
}

/** Text of a policy, which may hold wildcards and variables. */
type Template = readonly (Codes | Variable)[];

/** How a text of a policy is read. */
export interface Reading {
  /** Whether `*` and `?` stand for other text. */
  readonly wildcards: boolean;
  /** Whether `${…}` is a variable: only in policies of version 2012-10-17. (AUTH-8) */
  readonly variables: boolean;
}

/** What a text of a policy asks for in one request; undefined when a variable in it has no value. */
export type Wanted = (keys: ConditionKeys) => Matcher | undefined;

/**
 * Compiles a text of a policy. Without variables all work is done here, once. What a variable stands for is taken
 * literally: a `*` in a user's name is no wildcard. (AUTH-8)
 */
export function wantedOf(text: string, reading: Reading, toMatcher: (codes: Codes) => Matcher): Wanted {
  const template = reading.variables ? templateOf(text, reading) : [codesOf(text, reading)];
  if (template.every(isCodes)) {
    const matcher = toMatcher(template.flat());
    return () => matcher;
  }
  return (keys) => {
    const codes = resolve(template, keys);
    return codes && toMatcher(codes);
  };
}

const isCodes = (piece: Codes | Variable): piece is Codes => Array.isArray(piece);

function resolve(template: Template, keys: ConditionKeys): Codes | undefined {
  const codes: number[] = [];
  for (const piece of template) {
    const resolved = isCodes(piece) ? piece : codesOfVariable(piece, keys);
    if (resolved === undefined) return undefined;
    codes.push(...resolved);
  }
  return codes;
}

function codesOfVariable({ key, fallback }: Variable, keys: ConditionKeys): Codes | undefined {
  const value = singleValue(keys, key) ?? fallback;
  return value === undefined ? undefined : codesOf(value, { wildcards: false });
}

function templateOf(text: string, reading: Reading): Template {
  const pieces: (Codes | Variable)[] = [];
  let from = 0;
  for (const match of text.matchAll(/\$\{([^}]*)\}/g)) {
    pieces.push(codesOf(text.slice(from, match.index), reading), variableOf(match[1] ?? ''));
    from = match.index + match[0].length;
  }
  pieces.push(codesOf(text.slice(from), reading));
  return pieces;
}

/** `${*}`, `${?}` and `${$}` are the characters themselves. */
function variableOf(inner: string): Codes | Variable {
  if (inner === '*' || inner === '?' || inner === '$') return codesOf(inner, { wildcards: false });
  const [, key = '', fallback] = /^\s*([^,]*?)\s*(?:,\s*'([^']*)'\s*)?$/.exec(inner) ?? [];
  return { key: key.toLowerCase(), fallback };
}

import { type Codes, codesOf, type Matcher, matcherOf } from './pattern.ts';
import { type Wanted, wantedOf } from './template.ts';

const COLON = ':'.charCodeAt(0);
const PARTS_COUNT = 6;

/**
 * Makes the matcher of an ARN pattern: six parts, each compared by itself; a wildcard does not cross a colon but in the
 * last part, which holds everything after the fifth. Text of fewer parts, such as `*`, is compared as a whole. (AUTH-7)
 */
export function arnMatcherOf(codes: Codes): Matcher {
  const parts = splitCodes(codes);
  if (parts.length < PARTS_COUNT) return matcherOf(codes);
  return matchAll(parts.map(matcherOf));
}

/** The same of the text of a `Resource` element, in which variables may stand after the fifth colon. (AUTH-8) */
export function wantedResource(text: string, variables: boolean): Wanted {
  const parts = splitArn(text);
  const last = parts[PARTS_COUNT - 1];
  if (last === undefined) return wantedOf(text, { wildcards: true, variables: false }, matcherOf);
  const heads = parts.slice(0, -1).map((part) => matcherOf(codesOf(part, { wildcards: true })));
  return wantedOf(last, { wildcards: true, variables }, (codes) => matchAll([...heads, matcherOf(codes)]));
}

function matchAll(matchers: readonly Matcher[]): Matcher {
  return (value) => {
    const parts = splitArn(value);
    return parts.length === PARTS_COUNT && matchers.every((matcher, at) => matcher(parts[at] ?? ''));
  };
}

/** The parts before each of the first five colons, and the rest. */
function splitArn(text: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  while (parts.length < PARTS_COUNT - 1) {
    const colon = text.indexOf(':', from);
    if (colon < 0) break;
    parts.push(text.slice(from, colon));
    from = colon + 1;
  }
  parts.push(text.slice(from));
  return parts;
}

function splitCodes(codes: Codes): readonly Codes[] {
  const parts: Codes[] = [];
  let from = 0;
  while (parts.length < PARTS_COUNT - 1) {
    const colon = codes.indexOf(COLON, from);
    if (colon < 0) break;
    parts.push(codes.slice(from, colon));
    from = colon + 1;
  }
  parts.push(codes.slice(from));
  return parts;
}

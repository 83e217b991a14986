/** Stands for any text, the empty one included, among the codes of a pattern. */
export const ANY_TEXT = -1;
/** Stands for exactly one character among the codes of a pattern. */
export const ANY_CHARACTER = -2;

/** UTF-16 codes, among which `ANY_TEXT` and `ANY_CHARACTER` are wildcards. */
export type Codes = readonly number[];

/** Whether a value is what was asked for. */
export type Matcher = (value: string) => boolean;

/** The codes of a text. Without `wildcards`, `*` and `?` are characters like all others. */
export function codesOf(text: string, { wildcards }: { readonly wildcards: boolean }): Codes {
  const codes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    codes.push(wildcards ? (WILDCARDS.get(code) ?? code) : code);
  }
  return codes;
}

const WILDCARDS: ReadonlyMap<number, number> = new Map([
  ['*'.charCodeAt(0), ANY_TEXT],
  ['?'.charCodeAt(0), ANY_CHARACTER],
]);

/** Whether there is a wildcard among the codes. */
const isWild = (codes: Codes): boolean => codes.some((code) => code < 0);

/** The text of codes without wildcards. */
const textOf = (codes: Codes): string => codes.map((code) => String.fromCharCode(code)).join('');

/** Makes the matcher of a whole text. The forms that policies use most cost a comparison. (AUTH-7) */
export function matcherOf(codes: Codes): Matcher {
  if (!isWild(codes)) {
    const text = textOf(codes);
    return (value) => value === text;
  }
  const head = codes.slice(0, -1);
  if (codes.at(-1) === ANY_TEXT && !isWild(head)) {
    const prefix = textOf(head);
    return (value) => value.startsWith(prefix);
  }
  return (value) => matches(codes, value);
}

/** Makes the matcher of a text with wildcards. */
export const wildcardMatcher = (text: string): Matcher => matcherOf(codesOf(text, { wildcards: true }));

/**
 * Looks back to the last `ANY_TEXT` only: what an earlier one could take, the last one can take as well. So the cost is
 * at most the product of both lengths.
 */
function matches(codes: Codes, value: string): boolean {
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (at < value.length) {
    const code = codes[from];
    if (code === ANY_TEXT) {
      star = from;
      mark = at;
      from += 1;
    } else if (code === ANY_CHARACTER || code === value.charCodeAt(at)) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      mark += 1;
      at = mark;
      from = star + 1;
    } else return false;
  }
  while (codes[from] === ANY_TEXT) from += 1;
  return from === codes.length;
}

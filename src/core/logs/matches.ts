/** Whether a message matches. */
export type Matches = (message: string) => boolean;

/** `=` and `!=` compare text, `*` standing for any characters; the others compare numbers. */
export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** Whether `text` is `pattern`, in which `*` stands for any number of characters. Linear in the text. */
export function globMatches(pattern: string, text: string): boolean {
  const [head = '', ...parts] = pattern.split('*');
  const tail = parts.pop();
  if (tail === undefined) return text === pattern;
  if (!text.startsWith(head)) return false;
  let at = head.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}

/** The number that a text is, e.g. `500`, `-1.5` or `1e-3`; undefined for other text. */
export const numberOf = (text: string): number | undefined =>
  /^[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : undefined;

/** Compares numbers; `=` and `!=` are left to the caller, who may compare text. */
export function compareNumbers(operator: Operator, value: number, bound: number): boolean {
  switch (operator) {
    case '=':
      return value === bound;
    case '!=':
      return value !== bound;
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
  }
}

/** The text of a quoted token: without its quotes, `\"` read as `"` and `\\` as `\`. */
export const unquoted = (token: string): string => token.slice(1, -1).replace(/\\(["\\])/g, '$1');

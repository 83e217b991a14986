import { filterExpression } from './filter-expression.ts';
import { compareNumbers, globMatches, type Matches, numberOf, type Operator, unquoted } from './matches.ts';

/** Whether one word of a message fulfils the conditions of its field. */
type WordMatches = (word: string) => boolean;

/** A field of the pattern; `rest` is `...`, which stands for any number of words. */
type Field = 'rest' | WordMatches;

/** `name operator value`, e.g. `status>=400`, `ip="10.0.*"` or `w1!=ERROR`. */
const CONDITION = /^([\p{L}\p{N}_]+)\s*(!=|<=|>=|=|<|>)\s*("(?:[^"\\]|\\.)*"|%[^%]+%|[^\s"=<>!&|,]+)$/u;
const NAME = /^[\p{L}\p{N}_]+$/u;
/** Text in quotes or brackets is one word, without them. */
const WORD = /"([^"]*)"|\[([^\]]*)\]|(\S+)/g;

/**
 * Reads `[ … ]`: one field per word of a message, or `...` once for the rest. A message with another number of words
 * does not match. Undefined for text that is no such pattern. (LOG-8)
 */
export function parseWordPattern(text: string): Matches | undefined {
  if (!text.endsWith(']')) return undefined;
  const fields = splitOutsideQuotes(text.slice(1, -1), ',').map(parseField);
  if (!fields.every((field) => field !== undefined)) return undefined;
  const rest = fields.indexOf('rest');
  if (rest !== fields.lastIndexOf('rest')) return undefined;
  const tests = fields.filter((field) => field !== 'rest');
  return (message) => {
    const words = [...message.matchAll(WORD)].map(
      ([, quoted, bracketed, bare]) => quoted ?? bracketed ?? bare ?? '',
    );
    if (rest < 0 ? words.length !== tests.length : words.length < tests.length) return false;
    const skipped = words.length - tests.length;
    return tests.every((test, index) =>
      test(words[rest >= 0 && index >= rest ? index + skipped : index] ?? ''),
    );
  };
}

function parseField(text: string): Field | undefined {
  const field = text.trim();
  if (field === '...') return 'rest';
  if (NAME.test(field)) return () => true;
  const names = new Set<string>();
  const alternatives: WordMatches[][] = [];
  for (const alternative of splitOutsideQuotes(field, '||')) {
    const conditions: WordMatches[] = [];
    for (const part of splitOutsideQuotes(alternative, '&&')) {
      const [, name, operator, value] = CONDITION.exec(part.trim()) ?? [];
      if (name === undefined || value === undefined) return undefined;
      const condition = wordCondition(operator as Operator, value);
      if (condition === undefined) return undefined;
      names.add(name);
      conditions.push(condition);
    }
    alternatives.push(conditions);
  }
  if (names.size !== 1) return undefined;
  return (word) => alternatives.some((conditions) => conditions.every((condition) => condition(word)));
}

function wordCondition(operator: Operator, value: string): WordMatches | undefined {
  if (value.startsWith('%')) {
    const expression = filterExpression(value);
    if (expression === undefined || (operator !== '=' && operator !== '!=')) return undefined;
    return (word) => expression.test(word) === (operator === '=');
  }
  const isQuoted = value.startsWith('"');
  const text = isQuoted ? unquoted(value) : value;
  const bound = isQuoted ? undefined : numberOf(text);
  if (operator !== '=' && operator !== '!=') {
    if (bound === undefined) return undefined;
    return (word) => {
      const number = numberOf(word);
      return number !== undefined && compareNumbers(operator, number, bound);
    };
  }
  const isEqual = (word: string): boolean =>
    globMatches(text, word) || (bound !== undefined && numberOf(word) === bound);
  return (word) => isEqual(word) === (operator === '=');
}

function splitOutsideQuotes(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') isQuoted = !isQuoted;
    else if (!isQuoted && text.startsWith(separator, at)) {
      parts.push(text.slice(start, at));
      at += separator.length - 1;
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

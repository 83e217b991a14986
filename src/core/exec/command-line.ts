/** The words of a command line, or why it has none. */
export type CommandWords =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'broken'; readonly message: string };

/** What runs when a command line is empty. (EXE-11) */
const DEFAULT_COMMAND = 'sh';

/**
 * Splits a command line into words as a shell would quote them, and does nothing else of a shell: no variables, pipes
 * or patterns. Blank text is `sh`. (EXE-11)
 */
export function commandWords(text: string): CommandWords {
  const words: string[] = [];
  let rest = text;
  while (rest.trim() !== '') {
    rest = rest.trimStart();
    const word = nextWord(rest);
    if (word === undefined) return { kind: 'broken', message: 'a quotation does not end' };
    words.push(word.text);
    rest = rest.slice(word.length);
  }
  return { kind: 'words', words: words.length === 0 ? [DEFAULT_COMMAND] : words };
}

/** A part of a word: single quotes keep everything, double quotes know `\"` and `\\`, a backslash keeps one character. */
const PART = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y;

function nextWord(rest: string): { readonly text: string; readonly length: number } | undefined {
  let text = '';
  let at = 0;
  while (at < rest.length && !/\s/.test(rest[at] ?? '')) {
    PART.lastIndex = at;
    const match = PART.exec(rest);
    if (match === null) return undefined;
    const [whole, single, double, escaped, plain] = match;
    text += single ?? double?.replace(/\\(["\\])/g, '$1') ?? escaped ?? plain ?? '';
    at += whole.length;
  }
  return { text, length: at };
}

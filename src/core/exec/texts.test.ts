import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandWords } from './command-line.ts';
import { plainLines } from './plain-text.ts';

const wordsOf = (text: string): readonly string[] | string => {
  const found = commandWords(text);
  return found.kind === 'words' ? found.words : found.message;
};

describe('command lines', () => {
  test.each([
    ['/bin/bash', ['/bin/bash']],
    ['  ls   -l\t/tmp ', ['ls', '-l', '/tmp']],
    ['', ['sh']],
    ['   ', ['sh']],
    [`sh -c 'echo "a b" | wc -c'`, ['sh', '-c', 'echo "a b" | wc -c']],
    [`sh -c "echo \\"x\\" \\\\ \\n 'y'"`, ['sh', '-c', `echo "x" \\ \\n 'y'`]],
    [`a\\ b c'd'"e"`, ['a b', 'cde']],
    [`'' ""`, ['', '']],
    ['echo $HOME && ls *', ['echo', '$HOME', '&&', 'ls', '*']],
  ])('[EXE-11] %s is split as a shell quotes, and nothing else is done', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  test.each([`echo 'a`, `echo "a`, 'echo a\\'])('[EXE-11] %s is refused', (text) => {
    expect(wordsOf(text)).toBe('a quotation does not end');
  });

  test('[EXE-11] whatever is quoted comes back as it was', () => {
    const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (words) => {
        expect(wordsOf(words.map(quoted).join(' '))).toEqual(words);
      }),
    );
  });
});

describe('plain text of a terminal', () => {
  test.each([
    ['\x1b[1;32mroot\x1b[0m# ls\r', ['root# ls']],
    ['\x1b]0;title\x07$ ', ['$ ']],
    ['\ta\x08b\x7f', ['\tab']],
    ['\r', []],
    ['abcdef', ['abcd', 'ef']],
  ])('[EXE-52] %j', (line, parts) => {
    expect(plainLines(line, 4 + (line.length > 6 ? 100 : 0))).toEqual(parts);
  });
});

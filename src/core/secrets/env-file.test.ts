import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergedEnvFiles, parseEnvFile } from './env-file.ts';

const aName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.]{0,10}$/);
const aValue = fc.string({ maxLength: 20 }).filter((text) => !/[\r\n]/.test(text) && text === text.trim());

describe('parseEnvFile', () => {
  test('[TSC-5] what is written is read, between comments, blank lines and lines without a name', () => {
    fc.assert(
      fc.property(fc.dictionary(aName, aValue), fc.constantFrom('\n', '\r\n'), (variables, end) => {
        const lines = Object.entries(variables).flatMap(([name, value]) => [
          '# comment=1',
          '',
          'no equals sign',
          '=value',
          `${name}=${value}`,
        ]);
        expect(parseEnvFile(lines.join(end))).toEqual({ ...variables });
      }),
    );
  });

  test('[TSC-5] nothing is unquoted, expanded or cut at a second sign', () => {
    expect(parseEnvFile('A="x"\nB=$A\nC=1=2\nexport D=1\nE=\n  F=1  \nG=a # b')).toEqual({
      A: '"x"',
      B: '$A',
      C: '1=2',
      'export D': '1',
      E: '',
      F: '1',
      G: 'a # b',
    });
  });

  test('[TSC-5] the first file that has a name wins', () => {
    expect(mergedEnvFiles([{ A: '1' }, { A: '2', B: '2' }, { B: '3', C: '3' }])).toEqual({
      A: '1',
      B: '2',
      C: '3',
    });
  });
});

import { describe, expect, test } from 'vitest';
import { UsageError } from '../usage-error.ts';
import { withLaterOptions } from './exec-command.ts';

const BEFORE = { dataDir: '/d', cluster: 'lab' };

describe('options of gantry exec', () => {
  test.each([
    [[], [], BEFORE],
    [['ls', '-l'], ['ls', '-l'], BEFORE],
    [['--container', 'db', 'ls'], ['ls'], { ...BEFORE, container: 'db' }],
    [
      ['--cluster=c', '--data-dir', '/x', 'ls', '--container', 'y'],
      ['ls', '--container', 'y'],
      { dataDir: '/x', cluster: 'c' },
    ],
    [['--', '--container', 'x'], ['--container', 'x'], BEFORE],
  ])('[EXE-60] after the task: %j', (given, words, options) => {
    expect(withLaterOptions(given, BEFORE)).toEqual({ words, options });
  });

  test('[EXE-60] an option without its value is refused', () => {
    expect(() => withLaterOptions(['--container'], BEFORE)).toThrow(UsageError);
  });
});

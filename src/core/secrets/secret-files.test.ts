import { describe, expect, test } from 'vitest';
import { brokenSecretFiles } from './secret-files.ts';

describe('brokenSecretFiles', () => {
  test.each([
    [{ 'gantry.secret-file.A': '/run/secrets/a' }, undefined],
    [{ 'gantry.secret-file.A': '/a', 'gantry.secret-file.B': '/b', plain: 'x' }, undefined],
    [{ 'gantry.secret-file.C': '/a' }, 'names no member of secrets'],
    [{ 'gantry.secret-file.A': 'a' }, 'needs the absolute path'],
    [{ 'gantry.secret-file.A': '/a/' }, 'needs the absolute path'],
    [{ 'gantry.secret-file.A': '/a/../b' }, 'needs the absolute path'],
    [{ 'gantry.secret-file.A': '/a:/b' }, 'needs the absolute path'],
    [{ 'gantry.secret-file.A': '/a', 'gantry.secret-file.B': '/a' }, 'same file'],
  ])('[TSC-8] %o', (labels, expected) => {
    const broken = brokenSecretFiles(labels, ['A', 'B']);
    if (expected === undefined) expect(broken).toBeUndefined();
    else expect(broken).toContain(expected);
  });
});

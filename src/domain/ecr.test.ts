import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instant } from '../lib/clock.ts';
import { isDigest, isImageTag, isRepositoryName, isTagImmutable, type Repository } from './ecr.ts';

const repository = (filter: string): Repository => ({
  repositoryName: 'web',
  repositoryArn: 'arn',
  createdAt: instant(0),
  imageTagMutability: 'MUTABLE_WITH_EXCLUSION',
  imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter }],
  tags: [],
});

describe('isTagImmutable', () => {
  test('[ECR-7] a filter fits as the obvious regular expression does', () => {
    const pattern = fc.array(fc.constantFrom('a', 'b', '*'), { minLength: 1, maxLength: 8 });
    const tag = fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 });
    fc.assert(
      fc.property(pattern, tag, (letters, name) => {
        const source = letters.map((letter) => (letter === '*' ? '.*' : letter)).join('');
        const fits = isTagImmutable(repository(letters.join('')), name.join(''));
        expect(fits).toBe(new RegExp(`^${source}$`).test(name.join('')));
      }),
    );
  });
});

describe('names', () => {
  test.each([
    ['a', true],
    ['team/web-app_2', true],
    ['a__b', true],
    ['A', false],
    ['a//b', false],
    ['/a', false],
    ['a/', false],
    ['-a', false],
    ['a'.repeat(257), false],
  ])('repository %s: %s', (name, isOne) => {
    expect(isRepositoryName(name)).toBe(isOne);
  });

  test.each([
    ['latest', true],
    ['_1.2-x', true],
    ['a'.repeat(128), true],
    ['a'.repeat(129), false],
    ['.a', false],
    ['a+b', false],
    ['', false],
  ])('tag %s: %s', (name, isOne) => {
    expect(isImageTag(name)).toBe(isOne);
  });

  test.each([
    [`sha256:${'a'.repeat(64)}`, true],
    [`sha512:${'0'.repeat(128)}`, true],
    [`sha256:${'A'.repeat(64)}`, false],
    [`sha256:${'a'.repeat(63)}`, false],
    [`md5:${'a'.repeat(32)}`, false],
  ])('digest %s: %s', (name, isOne) => {
    expect(isDigest(name)).toBe(isOne);
  });
});

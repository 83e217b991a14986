import { describe, expect, test } from 'vitest';
import { readVerdict, writeRefusal } from './conditions.ts';

const facts = { etag: '"abc"', lastModified: 10_500 };

describe('readVerdict', () => {
  test.each([
    [{}, 'ok'],
    [{ IfMatch: '"abc"' }, 'ok'],
    [{ IfMatch: 'abc' }, 'ok'],
    [{ IfMatch: '"x", "abc"' }, 'ok'],
    [{ IfMatch: '"x"' }, 'If-Match'],
    [{ IfMatch: '"abc"', IfUnmodifiedSince: 0 }, 'ok'],
    [{ IfUnmodifiedSince: 10_000 }, 'ok'],
    [{ IfUnmodifiedSince: 9_999 }, 'If-Unmodified-Since'],
    [{ IfNoneMatch: '"abc"' }, 'not-modified'],
    [{ IfNoneMatch: '*' }, 'not-modified'],
    [{ IfNoneMatch: '"x"', IfModifiedSince: 20_000 }, 'ok'],
    [{ IfModifiedSince: 10_000 }, 'not-modified'],
    [{ IfModifiedSince: 9_999 }, 'ok'],
  ] as const)('[S3-5] %o is %s', (conditions, verdict) => {
    expect(readVerdict(conditions, facts)).toBe(verdict);
  });
});

describe('writeRefusal', () => {
  test.each([
    [{}, facts, undefined],
    [{ IfNoneMatch: '*' }, facts, 'If-None-Match'],
    [{ IfNoneMatch: '*' }, undefined, undefined],
    [{ IfMatch: '"abc"' }, facts, undefined],
    [{ IfMatch: '"x"' }, facts, 'If-Match'],
    [{ IfMatch: '"abc"' }, undefined, 'If-Match'],
  ] as const)('[S3-4] %o over %o: %s', (conditions, known, refusal) => {
    expect(writeRefusal(conditions, known)).toBe(refusal);
  });
});

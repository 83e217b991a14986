import { describe, expect, test } from 'vitest';
import { brokenTags } from './tag-rules.ts';

const tag = (key: string, value = ''): { key: string; value: string } => ({ key, value });

describe('brokenTags', () => {
  test.each([
    { name: 'fifty tags', tags: Array.from({ length: 50 }, (_, index) => tag(`k${index}`)) },
    { name: 'the longest key and value', tags: [tag('k'.repeat(128), 'v'.repeat(256))] },
    { name: 'an empty value', tags: [tag('k')] },
    { name: 'keys that differ by case', tags: [tag('k'), tag('K')] },
    { name: 'letters of any language and the signs', tags: [tag('Käse 7_.:/=+-@', '東京 +-=._:/@')] },
    { name: 'no tag', tags: [] },
  ])('[TAG-1] takes $name', ({ tags }) => {
    expect(brokenTags(tags)).toBeUndefined();
  });

  test.each([
    { name: 'fifty-one tags', tags: Array.from({ length: 51 }, (_, index) => tag(`k${index}`)) },
    { name: 'a key too long', tags: [tag('k'.repeat(129))] },
    { name: 'a value too long', tags: [tag('k', 'v'.repeat(257))] },
    { name: 'no key', tags: [tag('')] },
    { name: 'a reserved key', tags: [tag('AWS:x')] },
    { name: 'another sign in a key', tags: [tag('a#b')] },
    { name: 'another sign in a value', tags: [tag('k', 'a\n')] },
    { name: 'a key twice', tags: [tag('k'), tag('k', 'v')] },
  ])('[TAG-1] refuses $name', ({ tags }) => {
    expect(brokenTags(tags)).toBeTypeOf('string');
  });
});

import type { CapitalTag } from '../../domain/secret.ts';
import { ssmErrors } from './errors.ts';

const TAGS_MAX_COUNT = 50;

/** The tags with those of `added`, which win. */
export function withTags(
  current: readonly CapitalTag[],
  added: readonly CapitalTag[],
): readonly CapitalTag[] {
  const tags = new Map(current.map(({ Key, Value }) => [Key, Value]));
  for (const { Key, Value } of added) {
    if (Key.length < 1 || Key.length > 128) throw ssmErrors.tag('A tag key has 1 to 128 characters.');
    if (Value.length > 256) throw ssmErrors.tag('A tag value has at most 256 characters.');
    if (/^aws:/i.test(Key)) throw ssmErrors.tag('Tag keys that begin with aws: are reserved.');
    tags.set(Key, Value);
  }
  if (tags.size > TAGS_MAX_COUNT) throw ssmErrors.tooManyTags();
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

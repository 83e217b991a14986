import type { Tag } from '../../shapes/generated/ecr.ts';
import { ecrErrors } from './errors.ts';

/** A repository has at most this many tags. */
const TAGS_MAX_COUNT = 50;

/** Adds or replaces tags and checks the outcome. A key that comes twice in `added` is refused. (ECR-10) */
export function withTags(current: readonly Tag[], added: readonly Tag[]): readonly Tag[] {
  const keys = new Set(added.map(({ Key }) => Key));
  if (keys.size !== added.length) throw ecrErrors.invalidTag('Duplicate tag keys found.');
  for (const { Key, Value } of added) checkTag(Key, Value);
  const tags = [...current.filter(({ Key }) => !keys.has(Key)), ...added];
  if (tags.length > TAGS_MAX_COUNT) throw ecrErrors.tooManyTags();
  return tags;
}

function checkTag(key: string, value: string): void {
  if (key.length < 1 || key.length > 128) throw ecrErrors.invalidTag('A tag key has 1 to 128 characters.');
  if (value.length > 256) throw ecrErrors.invalidTag('A tag value has at most 256 characters.');
  if (/^aws:/i.test(key)) throw ecrErrors.invalidTag('Tag keys that begin with aws: are reserved.');
}

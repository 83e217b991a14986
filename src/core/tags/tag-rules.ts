import type { Tag } from '../../shapes/generated/ecs.ts';

const TAGS_MAX_COUNT = 50;
const TAG_KEY_MAX_LENGTH = 128;
const TAG_VALUE_MAX_LENGTH = 256;

/** The text for tags that break a rule of ECS resources; undefined when all are well. (TAG-1) */
export function brokenTags(tags: readonly Tag[]): string | undefined {
  if (tags.length > TAGS_MAX_COUNT) return `Too many tags. The maximum number of tags is ${TAGS_MAX_COUNT}.`;
  const keys = new Set<string>();
  for (const { key = '', value = '' } of tags) {
    if (key === '' || key.length > TAG_KEY_MAX_LENGTH) {
      return `Invalid tag key. A tag key has 1 to ${TAG_KEY_MAX_LENGTH} characters.`;
    }
    if (value.length > TAG_VALUE_MAX_LENGTH) {
      return `Invalid tag value. A tag value has at most ${TAG_VALUE_MAX_LENGTH} characters.`;
    }
    if (key.toLowerCase().startsWith('aws:'))
      return "Invalid tag key. Keys that start with 'aws:' are reserved.";
    if (keys.has(key)) return `Duplicate tag key: ${key}.`;
    keys.add(key);
  }
  return undefined;
}

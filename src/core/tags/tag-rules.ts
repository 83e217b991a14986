import type { Tag } from '../../shapes/generated/ecs.ts';
import { SERVICE_QUOTAS } from '../service-quotas.ts';

const {
  tagsPerResource: TAGS_MAX_COUNT,
  tagKeyLength: TAG_KEY_MAX_LENGTH,
  tagValueLength: TAG_VALUE_MAX_LENGTH,
} = SERVICE_QUOTAS;

/** Letters, numbers, spaces of any language, and these signs. */
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The text for a key that only AWS may set and take away. */
export const RESERVED = "Invalid tag key. Keys that start with 'aws:' are reserved.";

/** Whether only AWS may set and take away this key. */
export const isReservedKey = (key: string): boolean => key.toLowerCase().startsWith('aws:');

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
    if (isReservedKey(key)) return RESERVED;
    if (!ALLOWED.test(key)) return `Invalid tag key: ${key}.`;
    if (!ALLOWED.test(value)) return `Invalid tag value: ${value}.`;
    if (keys.has(key)) return `Duplicate tag key: ${key}.`;
    keys.add(key);
  }
  return undefined;
}

import type { LogGroup } from '../../domain/logs.ts';
import { logGroups } from '../../records/logs.ts';
import type { WriteTx } from '../../store/store.ts';
import { logsErrors } from './errors.ts';

type Tags = Readonly<Record<string, string>>;

/** A group has at most this many tags. */
const TAGS_MAX_COUNT = 50;

/** The tags with those of `added`, which win. */
export function checkedTags(tags: Tags, added: Tags): Tags {
  const all = { ...tags, ...added };
  if (Object.keys(all).length > TAGS_MAX_COUNT) throw logsErrors.tooManyTags();
  return all;
}

/** Stores the group with `added` among its tags. */
export function tagGroup(tx: WriteTx, group: LogGroup, added: Tags): void {
  tx.put(logGroups, { ...group, tags: checkedTags(group.tags, added) });
}

/** Stores the group without the tags of these keys; a key it does not have is no error. */
export function untagGroup(tx: WriteTx, group: LogGroup, keys: readonly string[]): void {
  const tags = Object.fromEntries(Object.entries(group.tags).filter(([key]) => !keys.includes(key)));
  tx.put(logGroups, { ...group, tags });
}

import { groupNamed } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';

/** The older form of ListTagsForResource, by the name of the group. */
export const listTagsLogGroup: LogsOperation<'ListTagsLogGroup'> = (context, input) =>
  context.store.read((tx) => ({ tags: groupNamed(tx, input.logGroupName).tags }));

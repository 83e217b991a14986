import { groupNamed } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';
import { untagGroup } from './tags.ts';

/** The older form of UntagResource, by the name of the group. */
export const untagLogGroup: LogsOperation<'UntagLogGroup'> = (context, input) =>
  context.store.write((tx) => {
    untagGroup(tx, groupNamed(tx, input.logGroupName), input.tags);
    return {};
  });

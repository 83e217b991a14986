import { groupNamed } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';
import { tagGroup } from './tags.ts';

/** The older form of TagResource, by the name of the group. */
export const tagLogGroup: LogsOperation<'TagLogGroup'> = (context, input) =>
  context.store.write((tx) => {
    tagGroup(tx, groupNamed(tx, input.logGroupName), input.tags);
    return {};
  });

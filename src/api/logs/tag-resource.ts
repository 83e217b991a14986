import { groupIdentified } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';
import { tagGroup } from './tags.ts';

/** Adds tags to the group of an ARN; a key that is there gets the new value. */
export const tagResource: LogsOperation<'TagResource'> = (context, input) =>
  context.store.write((tx) => {
    tagGroup(tx, groupIdentified(context, tx, input.resourceArn), input.tags);
    return {};
  });

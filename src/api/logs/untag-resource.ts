import { groupIdentified } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';
import { untagGroup } from './tags.ts';

/** Takes tags from the group of an ARN; a key that is not there is no error. */
export const untagResource: LogsOperation<'UntagResource'> = (context, input) =>
  context.store.write((tx) => {
    untagGroup(tx, groupIdentified(context, tx, input.resourceArn), input.tagKeys);
    return {};
  });

import { groupIdentified } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';

/** The tags of the group of an ARN. */
export const listTagsForResource: LogsOperation<'ListTagsForResource'> = (context, input) =>
  context.store.read((tx) => ({ tags: groupIdentified(context, tx, input.resourceArn).tags }));

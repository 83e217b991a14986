import { listTagsForResource } from './list-tags-for-resource.ts';
import type { EcsOperationRecord } from './operation-record.ts';
import { tagResource } from './tag-resource.ts';
import { untagResource } from './untag-resource.ts';

/** The operations of the tag family. */
export const tagOperations: EcsOperationRecord = {
  ListTagsForResource: listTagsForResource,
  TagResource: tagResource,
  UntagResource: untagResource,
};

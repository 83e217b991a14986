import { s3Objects } from '../../records/s3.ts';
import { requireObject } from './bucket-reference.ts';
import { checkedTags } from './object-tags.ts';
import type { S3Operation } from './operation-record.ts';

/** The tags of an object. */
export const getObjectTagging: S3Operation<'GetObjectTagging'> = (context, input) =>
  context.store.read((tx) => ({ TagSet: requireObject(tx, context, input).tags }));

/** Replaces the tags of an object. */
export const putObjectTagging: S3Operation<'PutObjectTagging'> = (context, input) => {
  const tags = checkedTags(input.Tagging.TagSet);
  return context.store.write((tx) => {
    tx.put(s3Objects, { ...requireObject(tx, context, input), tags });
    return {};
  });
};

/** Removes all tags of an object. */
export const deleteObjectTagging: S3Operation<'DeleteObjectTagging'> = (context, input) =>
  context.store.write((tx) => {
    tx.put(s3Objects, { ...requireObject(tx, context, input), tags: [] });
    return {};
  });

import type { CapitalTag } from '../../domain/secret.ts';
import { s3Errors } from './errors.ts';

/** An object has at most this many tags. */
const TAGS_MAX_COUNT = 10;

/** Stops unless an object may have these tags. */
export function checkedTags(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[],
): readonly CapitalTag[] {
  if (tags.length > TAGS_MAX_COUNT) throw s3Errors.invalidTag('Object tags cannot be greater than 10');
  const checked = tags.map(({ Key = '', Value = '' }) => ({ Key, Value }));
  for (const { Key, Value } of checked) {
    if (Key.length < 1 || Key.length > 128 || /^aws:/i.test(Key)) {
      throw s3Errors.invalidTag('The TagKey you have provided is invalid');
    }
    if (Value.length > 256) throw s3Errors.invalidTag('The TagValue you have provided is invalid');
  }
  if (new Set(checked.map(({ Key }) => Key)).size < checked.length) {
    throw s3Errors.invalidTag('Cannot provide multiple Tags with the same key');
  }
  return checked;
}

/** The tags of a `x-amz-tagging` header, which is written like a query. */
export const tagsOfHeader = (text: string | undefined): readonly CapitalTag[] =>
  checkedTags([...new URLSearchParams(text ?? '')].map(([Key, Value]) => ({ Key, Value })));

import type { ObjectFiles } from '../domain/object-files.ts';
import type { Bucket, S3Object } from '../domain/s3.ts';
import type { Collection, ReadTx, Store } from '../store/store.ts';

/** Buckets by name. */
export const buckets: Collection<Bucket> = { name: 'buckets', key: (row) => row.name, indexes: {} };

/** Objects by bucket and key. Bucket names have no slash, so the objects of a bucket stay together, by key. */
export const s3Objects: Collection<S3Object, 'bucket' | 'file'> = {
  name: 's3-objects',
  key: (row) => s3ObjectKey(row.bucket, row.key),
  indexes: { bucket: (row) => row.bucket, file: (row) => row.fileId },
};

/** The key of an object's row. */
export const s3ObjectKey = (bucket: string, key: string): string => `${bucket}/${key}`;

/** How a bucket is listed. */
export interface ListingRequest {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  /** Only what sorts after this key or common prefix. */
  readonly after: string;
  readonly maxCount: number;
}

/** A part of a bucket's listing. Keys and common prefixes count alike. */
export interface Listing {
  readonly objects: readonly S3Object[];
  readonly commonPrefixes: readonly string[];
  /** There is more after this. */
  readonly last: string | undefined;
}

/** Rows that are looked at in one step. */
const STEP_COUNT = 1000;
/** Sorts after every character that follows a common prefix. */
const END = '\uffff';

/** Lists objects by key; those whose keys have the delimiter after the prefix are told by their common prefix alone. (S3-8) */
export function listObjects(tx: ReadTx, request: ListingRequest): Listing {
  const { prefix, delimiter, maxCount } = request;
  const objects: S3Object[] = [];
  const commonPrefixes: string[] = [];
  let last: string | undefined;
  for (const row of rowsFrom(tx, request)) {
    if (objects.length + commonPrefixes.length >= maxCount) return { objects, commonPrefixes, last };
    const common = commonPrefixOf(row.key, prefix, delimiter);
    last = common ?? row.key;
    if (common === undefined) objects.push(row);
    else commonPrefixes.push(common);
  }
  return { objects, commonPrefixes, last: undefined };
}

/** Every object with the prefix, in order; of those below a common prefix only the first. */
function* rowsFrom(tx: ReadTx, request: ListingRequest): Generator<S3Object> {
  const { bucket, prefix, delimiter } = request;
  let after = startOf(request);
  // The key that is the prefix itself sorts first of all, and `after` would leave it out.
  const itself = prefix > request.after ? tx.get(s3Objects, s3ObjectKey(bucket, prefix)) : undefined;
  let rows: readonly S3Object[] = [...(itself === undefined ? [] : [itself]), ...step(tx, bucket, after)];
  while (rows.length > 0) {
    for (const row of rows) {
      if (!row.key.startsWith(prefix)) return;
      yield row;
      const common = commonPrefixOf(row.key, prefix, delimiter);
      after = common === undefined ? row.key : `${common}${END}`;
      if (common !== undefined) break;
    }
    rows = step(tx, bucket, after);
  }
}

const step = (tx: ReadTx, bucket: string, after: string): readonly S3Object[] =>
  tx.find(s3Objects, 'bucket', bucket, { after: s3ObjectKey(bucket, after), limit: STEP_COUNT });

/** Where the listing begins: after a common prefix everything below it has been told. */
function startOf({ prefix, delimiter, after }: ListingRequest): string {
  const isCommon = delimiter !== '' && after.startsWith(prefix) && after.endsWith(delimiter);
  const from = isCommon && commonPrefixOf(after, prefix, delimiter) === after ? `${after}${END}` : after;
  return from > prefix ? from : prefix;
}

function commonPrefixOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '') return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** Removes files that were written before an instant and belong to no object. (S3-9) */
export async function removeOrphanFiles(
  store: Store,
  files: ObjectFiles,
  writtenBeforeMs: number,
): Promise<number> {
  const old = await files.olderThan(writtenBeforeMs);
  const orphans = store.read((tx) => old.filter((fileId) => tx.count(s3Objects, 'file', fileId) === 0));
  for (const fileId of orphans) await files.remove(fileId);
  return orphans.length;
}

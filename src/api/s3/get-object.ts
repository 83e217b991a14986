import { byteRange } from '../../core/s3/byte-range.ts';
import { readVerdict } from '../../core/s3/conditions.ts';
import type { ObjectFiles } from '../../domain/object-files.ts';
import type { S3Object } from '../../domain/s3.ts';
import type { GetObjectRequest, HeadObjectRequest } from '../../shapes/generated/s3.ts';
import type { Context } from '../operation.ts';
import { requireObject } from './bucket-reference.ts';
import { checksumMembers } from './checksums.ts';
import { s3Errors } from './errors.ts';
import type { S3Operation } from './operation-record.ts';
import { refuseMembers } from './unsupported.ts';

type ReadRequest = GetObjectRequest | HeadObjectRequest;

/** An object that is replaced while it is read is looked for again, this often. */
const READS_MAX_COUNT = 3;

/** Reads an object or a range of it, under the request's conditions. (S3-5) */
export const getObject =
  (files: ObjectFiles): S3Operation<'GetObject'> =>
  async (context, input) => {
    for (let attempt = 0; attempt < READS_MAX_COUNT; attempt += 1) {
      const found = wanted(context, input);
      const range = rangeOf(found, input.Range);
      const bytes = await files.read(found.fileId, range);
      if (bytes !== undefined) return { ...described(found, input, range), Body: bytes };
    }
    throw s3Errors.noSuchKey(input.Key);
  };

/** The same without the bytes. */
export const headObject: S3Operation<'HeadObject'> = (context, input) => {
  const found = wanted(context, input);
  return described(found, input, rangeOf(found, input.Range));
};

function wanted(context: Context, input: ReadRequest): S3Object {
  refuseMembers(input, ['SSECustomerAlgorithm', 'SSECustomerKey', 'SSECustomerKeyMD5', 'PartNumber']);
  const found = context.store.read((tx) => requireObject(tx, context, input));
  const verdict = readVerdict(input, found);
  if (verdict === 'not-modified') throw s3Errors.notModified();
  if (verdict !== 'ok') throw s3Errors.preconditionFailed(verdict);
  return found;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function rangeOf({ size }: S3Object, header: string | undefined): Range | undefined {
  const range = byteRange(header, size);
  if (range === 'unsatisfiable') throw s3Errors.invalidRange(header ?? '', size);
  return range;
}

function described(found: S3Object, input: ReadRequest, range: Range | undefined) {
  const isChecked = input.ChecksumMode === 'ENABLED' && range === undefined;
  return {
    AcceptRanges: 'bytes',
    LastModified: found.lastModified,
    ContentLength: range === undefined ? found.size : range.end - range.start + 1,
    ETag: found.etag,
    ...(range === undefined ? {} : { ContentRange: `bytes ${range.start}-${range.end}/${found.size}` }),
    ...found.headers,
    ...overridden(input),
    Metadata: found.metadata,
    ...(found.tags.length === 0 ? {} : { TagCount: found.tags.length }),
    ...(isChecked ? checksumMembers(found) : {}),
  };
}

/** A reader may ask for other headers than the object has. */
function overridden(input: ReadRequest): Readonly<Record<string, string>> {
  const asked = {
    CacheControl: input.ResponseCacheControl,
    ContentDisposition: input.ResponseContentDisposition,
    ContentEncoding: input.ResponseContentEncoding,
    ContentLanguage: input.ResponseContentLanguage,
    ContentType: input.ResponseContentType,
  };
  return Object.fromEntries(
    Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

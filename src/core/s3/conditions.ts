/** What the conditional headers of a request are compared with. Instants are epoch milliseconds. */
export interface ConditionFacts {
  /** With its quotes. */
  readonly etag: string;
  readonly lastModified: number;
}

/** The conditional headers. */
export interface Conditions {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
  readonly IfModifiedSince?: number | undefined;
  readonly IfUnmodifiedSince?: number | undefined;
}

/** What a reading answers: the object, that it is not modified, or which condition failed. */
export type Verdict = 'ok' | 'not-modified' | 'If-Match' | 'If-Unmodified-Since';

/** Whole seconds: what a header can say. */
const seconds = (epochMs: number): number => Math.floor(epochMs / 1000);

const isNamed = (header: string, etag: string): boolean =>
  header
    .split(',')
    .map((part) => part.trim().replace(/^W\//, ''))
    .some((part) => part === '*' || part === etag || `"${part}"` === etag);

/** Weighs the conditions of a reading: `If-Match` outranks `If-Unmodified-Since`, `If-None-Match` outranks `If-Modified-Since`. (S3-5; API_GetObject) */
export function readVerdict(conditions: Conditions, { etag, lastModified }: ConditionFacts): Verdict {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions;
  if (IfMatch !== undefined) {
    if (!isNamed(IfMatch, etag)) return 'If-Match';
  } else if (IfUnmodifiedSince !== undefined && seconds(lastModified) > seconds(IfUnmodifiedSince)) {
    return 'If-Unmodified-Since';
  }
  if (IfNoneMatch !== undefined) return isNamed(IfNoneMatch, etag) ? 'not-modified' : 'ok';
  const isOld = IfModifiedSince !== undefined && seconds(lastModified) <= seconds(IfModifiedSince);
  return isOld ? 'not-modified' : 'ok';
}

/** Weighs the conditions of a writing against what is there; the name of the header that fails, if any. (S3-4; conditional-writes) */
export function writeRefusal(
  { IfMatch, IfNoneMatch }: Conditions,
  known: ConditionFacts | undefined,
): 'If-Match' | 'If-None-Match' | undefined {
  if (IfMatch !== undefined && (known === undefined || !isNamed(IfMatch, known.etag))) return 'If-Match';
  return IfNoneMatch !== undefined && known !== undefined && isNamed(IfNoneMatch, known.etag)
    ? 'If-None-Match'
    : undefined;
}

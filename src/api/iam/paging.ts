import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { iamErrors } from './errors.ts';

/** The paging members of an IAM list request. */
export interface MarkerPage {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

/** A page of an IAM list. */
export interface MarkedPage<Row> {
  readonly rows: readonly Row[];
  readonly IsTruncated: boolean;
  readonly Marker: string | undefined;
}

const DEFAULT_MAX_ITEMS = 100;
const MAX_ITEMS_MAX = 1_000;

/**
 * Cuts `rows` to the page that the request asks for. They are in the order of `key`, and each key is different: IAM's
 * lists are short (a quota bounds each), so that a page is cut out of the whole. (IAM-9)
 */
export function markedPage<Row>(
  rows: readonly Row[],
  { Marker, MaxItems = DEFAULT_MAX_ITEMS }: MarkerPage,
  key: (row: Row) => string,
): MarkedPage<Row> {
  if (MaxItems < 1) {
    throw iamErrors.constraint(MaxItems, 'maxItems', 'Member must have value greater than or equal to 1');
  }
  if (MaxItems > MAX_ITEMS_MAX) {
    throw iamErrors.constraint(
      MaxItems,
      'maxItems',
      `Member must have value less than or equal to ${MAX_ITEMS_MAX}`,
    );
  }
  const after = readPageToken(Marker, 'ValidationError') ?? '';
  const page = pageOf(
    rows.filter((row) => key(row) > after),
    MaxItems,
    key,
  );
  return { rows: page.rows, IsTruncated: page.nextToken !== undefined, Marker: page.nextToken };
}

/** Sorts by a key in the order of UTF-16 units, which is the order of the store. */
export const sortedBy = <Row>(rows: readonly Row[], key: (row: Row) => string): readonly Row[] =>
  rows.toSorted((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0));

import { pageOf, readPageToken } from '../../lib/pagination.ts';
import type { Filter } from '../../shapes/generated/ec2.ts';
import { ec2Errors } from './errors.ts';
import { type FilterTable, filterTest } from './filters.ts';

const PAGE_MIN_COUNT = 5;
const PAGE_MAX_COUNT = 1000;

/** The members that most Describe calls have. */
export interface ListingRequest {
  readonly Filters?: readonly Filter[] | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly DryRun?: boolean | undefined;
}

/** How rows of one kind are named and filtered. */
export interface Listing<Row> {
  readonly id: (row: Row) => string;
  readonly filters: FilterTable<Row>;
}

/** Refuses a dry run, as the service does, once the caller may make the call. (EC2-2) */
export function checkDryRun(request: ListingRequest): void {
  if (request.DryRun === true) throw ec2Errors.dryRun();
}

/** Filters, sorts by id and cuts to a page. (EC2-1, EC2-2) */
export function listPage<Row>(
  rows: readonly Row[],
  request: ListingRequest,
  listing: Listing<Row>,
): { readonly rows: readonly Row[]; readonly nextToken?: string | undefined } {
  const { MaxResults, NextToken, Filters = [] } = request;
  if (MaxResults !== undefined && (MaxResults < PAGE_MIN_COUNT || MaxResults > PAGE_MAX_COUNT)) {
    throw ec2Errors.invalidParameterValue(
      String(MaxResults),
      'maxResults',
      `Expecting a value between ${PAGE_MIN_COUNT} and ${PAGE_MAX_COUNT}.`,
    );
  }
  const after = readPageToken(NextToken, 'InvalidParameterValue') ?? '';
  const kept = rows.filter(filterTest(Filters, listing.filters)).filter((row) => listing.id(row) > after);
  const sorted = kept.sort((one, other) => (listing.id(one) < listing.id(other) ? -1 : 1));
  return pageOf(sorted, MaxResults ?? PAGE_MAX_COUNT, listing.id);
}

/** The rows with these ids, all rows when there is no id; an id that is not there is refused. (EC2-3) */
export function rowsById<Row>(
  rows: readonly Row[],
  ids: readonly string[] | undefined,
  choice: { readonly id: (row: Row) => string; readonly missing: (id: string) => Error },
): readonly Row[] {
  if (ids === undefined || ids.length === 0) return rows;
  const byId = new Map(rows.map((row) => [choice.id(row), row]));
  return [...new Set(ids)].map((id) => {
    const row = byId.get(id);
    if (row === undefined) throw choice.missing(id);
    return row;
  });
}

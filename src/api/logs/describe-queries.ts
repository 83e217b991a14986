import { pageOf } from '../../lib/pagination.ts';
import type { LogsOperation } from './operation-record.ts';
import type { QueryBook } from './query-book.ts';
import { readListToken } from './tokens.ts';

/** Queries in one answer, unless fewer are asked for. */
const PAGE_MAX_COUNT = 1_000;

/** Lists the queries that this process remembers, the newest first. (LOG-36) */
export const describeQueries =
  (queries: QueryBook): LogsOperation<'DescribeQueries'> =>
  (_context, input) => {
    const { logGroupName, status, queryLanguage = 'CWLI', maxResults = PAGE_MAX_COUNT } = input;
    const all = queries
      .all()
      .filter((query) => queryLanguage === 'CWLI' && (status === undefined || query.status === status))
      .filter(({ logGroupNames }) => logGroupName === undefined || logGroupNames.includes(logGroupName));
    const after = readListToken(input.nextToken);
    const from = after === undefined ? 0 : all.findIndex(({ queryId }) => queryId === after) + 1;
    const page = pageOf(all.slice(from, from + maxResults + 1), maxResults, ({ queryId }) => queryId);
    return {
      queries: page.rows.map((query) => ({
        queryLanguage: 'CWLI',
        queryId: query.queryId,
        queryString: query.queryString,
        status: query.status,
        createTime: query.createdAt,
        logGroupName: query.logGroupNames[0],
        bytesScanned: query.bytesScanned,
        ...(query.endedAt === undefined ? {} : { queryDuration: query.endedAt - query.createdAt }),
        userIdentity: query.userArn,
      })),
      ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }),
    };
  };

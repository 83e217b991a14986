import { refuse } from '../../lib/service-error.ts';
import { logsErrors } from './errors.ts';
import type { LogsOperation } from './operation-record.ts';
import type { QueryBook } from './query-book.ts';

/** The rows of a query and how far it has come. While it runs there are none yet. (LOG-36) */
export const getQueryResults =
  (queries: QueryBook): LogsOperation<'GetQueryResults'> =>
  (_context, input) => {
    const query = queries.get(input.queryId) ?? refuse(logsErrors.queryNotFound());
    return {
      queryLanguage: 'CWLI',
      results: query.results.map((row) => row.map(([field, value]) => ({ field, value }))),
      statistics: {
        recordsMatched: query.recordsMatched,
        recordsScanned: query.recordsScanned,
        bytesScanned: query.bytesScanned,
        logGroupsScanned: query.logGroupNames.length,
      },
      status: query.status,
    };
  };

import { refuse } from '../../lib/service-error.ts';
import { logsErrors } from './errors.ts';
import type { LogsOperation } from './operation-record.ts';
import type { QueryBook } from './query-book.ts';

/** Ends a query that runs; one that has ended is an error, as in AWS. (LOG-36) */
export const stopQuery =
  (queries: QueryBook): LogsOperation<'StopQuery'> =>
  (_context, input) => {
    const query = queries.get(input.queryId) ?? refuse(logsErrors.queryNotFound());
    if (query.endedAt !== undefined) throw logsErrors.queryHasEnded(query.status);
    query.isStopped = true;
    return { success: true };
  };

import { logGroups } from '../../records/logs.ts';
import { logsErrors } from './errors.ts';
import { groupNamed } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';

/** The retentions there are, in days. (LOG-5) */
const RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Sets after how many days events expire. Those that have are no longer answered from now on. (LOG-5) */
export const putRetentionPolicy: LogsOperation<'PutRetentionPolicy'> = (context, input) => {
  const { retentionInDays } = input;
  if (!RETENTION_DAYS.includes(retentionInDays))
    throw logsErrors.retentionDays(retentionInDays, RETENTION_DAYS);
  return context.store.write((tx) => {
    tx.put(logGroups, { ...groupNamed(tx, input.logGroupName), retentionInDays });
    return {};
  });
};

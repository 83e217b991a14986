import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { ecsErrors } from './errors.ts';

/** The most that a listing answers at once, and what it answers when the caller does not say. (LST-1) */
const LIST_MAX_COUNT: number = SERVICE_QUOTAS.listPage;

/** Reads `maxResults`: 1 to `most`, `fallback` when absent. */
export function pageSize(
  maxResults: number | undefined,
  fallback = LIST_MAX_COUNT,
  most = LIST_MAX_COUNT,
): number {
  if (maxResults === undefined) return fallback;
  if (!Number.isInteger(maxResults) || maxResults < 1 || maxResults > most) {
    throw ecsErrors.invalid(`maxResults must be between 1 and ${most}.`);
  }
  return maxResults;
}

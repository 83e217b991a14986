import { foldHealth, type ReportedCheck } from '../core/instance/health.ts';
import type { Instant } from '../lib/clock.ts';
import type { ReadTx, WriteTx } from '../store/store.ts';
import { containerInstances } from './collections.ts';

/** What a host said of itself, and when. */
export interface HealthReport {
  readonly statuses: readonly ReportedCheck[];
  readonly now: Instant;
}

/** True when the report is worth a write: most say what was known. (INS-14) */
export function isNewsOfHealth(tx: ReadTx, instanceArn: string, { statuses, now }: HealthReport): boolean {
  const instance = tx.get(containerInstances, instanceArn);
  if (instance === undefined) return false;
  const { health = [] } = instance;
  return foldHealth(health, statuses, now) !== health;
}

/** Keeps what a host says of its own health. Clients see no new version. (INS-14) */
export function recordInstanceHealth(tx: WriteTx, instanceArn: string, report: HealthReport): void {
  const instance = tx.get(containerInstances, instanceArn);
  if (instance === undefined) return;
  const health = foldHealth(instance.health ?? [], report.statuses, report.now);
  tx.put(containerInstances, { ...instance, health });
}

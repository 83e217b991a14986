import type { ServiceDeployment } from '../domain/service-deployment.ts';
import { serviceDeployments } from '../records/service-deployments.ts';
import type { Commit, ReadTx } from '../store/store.ts';
import type { Report } from './violation.ts';

/** What may come of each status in one or several moves: AWS's table, written down again here. */
const MAY_END_UP: Readonly<Record<string, readonly string[]>> = {
  PENDING: [
    'IN_PROGRESS',
    'SUCCESSFUL',
    'STOP_REQUESTED',
    'STOPPED',
    'ROLLBACK_REQUESTED',
    'ROLLBACK_IN_PROGRESS',
    'ROLLBACK_FAILED',
    'ROLLBACK_SUCCESSFUL',
  ],
  IN_PROGRESS: [
    'SUCCESSFUL',
    'STOP_REQUESTED',
    'STOPPED',
    'ROLLBACK_REQUESTED',
    'ROLLBACK_IN_PROGRESS',
    'ROLLBACK_FAILED',
    'ROLLBACK_SUCCESSFUL',
  ],
  STOP_REQUESTED: ['STOPPED'],
  ROLLBACK_REQUESTED: [
    'ROLLBACK_IN_PROGRESS',
    'ROLLBACK_FAILED',
    'ROLLBACK_SUCCESSFUL',
    'SUCCESSFUL',
    'STOPPED',
  ],
  ROLLBACK_IN_PROGRESS: ['ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED'],
};

/** Checks the records of rollouts that a commit touches. (SIM-11, SIM-12) */
export function checkRecords(tx: ReadTx, commit: Commit, report: Report): void {
  for (const { collection, before: was, after: is, key } of commit.changes) {
    if (collection !== serviceDeployments.name) continue;
    const [before, after] = [was as ServiceDeployment | undefined, is as ServiceDeployment | undefined];
    if (after === undefined) continue;
    const isMoved = before !== undefined && before.status !== after.status;
    if (isMoved && MAY_END_UP[before.status]?.includes(after.status) !== true)
      report('SIM-11', `${key} went from ${before.status} to ${after.status}`);
    if (before?.finishedAt !== undefined && JSON.stringify(before) !== JSON.stringify(after))
      report('SIM-11', `${key} changed after its end`);
    const moving = tx
      .find(serviceDeployments, 'service', after.serviceArn)
      .filter(({ status }) => status === 'IN_PROGRESS');
    if (moving.length > 1) report('SIM-12', `${after.serviceArn} has ${moving.length} rollouts under way`);
  }
}

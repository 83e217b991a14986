import type { Daemon, DaemonDeployment, DaemonRevision } from '../domain/daemon.ts';
import { type Instant, plusMs } from '../lib/clock.ts';
import type { Collection, ReadTx, WriteTx } from '../store/store.ts';

/** Daemons by ARN. */
export const daemons: Collection<Daemon, 'cluster'> = {
  name: 'daemons',
  key: (row) => row.daemonArn,
  indexes: {
    /** Those that are not deleted. */
    cluster: (row) => (row.status === 'DELETED' ? undefined : row.clusterArn),
  },
};

/** Revisions of daemons by ARN. */
export const daemonRevisions: Collection<DaemonRevision, 'daemon'> = {
  name: 'daemon-revisions',
  key: (row) => row.daemonRevisionArn,
  indexes: { daemon: (row) => row.daemonArn },
};

/** Deployments of daemons by ARN. */
export const daemonDeployments: Collection<DaemonDeployment, 'daemon'> = {
  name: 'daemon-deployments',
  key: (row) => row.daemonDeploymentArn,
  indexes: { daemon: (row) => row.daemonArn },
};

/** A daemon that is not deleted. */
export function findDaemon(tx: ReadTx, arn: string): Daemon | undefined {
  const daemon = tx.get(daemons, arn);
  return daemon?.status === 'DELETED' ? undefined : daemon;
}

/** How long a deployment of a daemon that is over stays describable, as with services. (MDM-31, SDP-8) */
const HISTORY_LIFE_MS = 90 * 24 * 60 * 60 * 1000;
/** How long a deleted daemon's deployments and revisions stay describable. AWS names no time. (MDM-31) */
const DELETED_LIFE_MS = 60 * 60 * 1000;

/** Deployments of a daemon, newest first. */
export const deploymentsOfDaemon = (tx: ReadTx, daemonArn: string): readonly DaemonDeployment[] =>
  tx
    .find(daemonDeployments, 'daemon', daemonArn)
    .toSorted(
      (one, other) =>
        other.createdAt - one.createdAt || (one.daemonDeploymentArn < other.daemonDeploymentArn ? 1 : -1),
    );

/** True when `forgetRetiredDaemons` has work. */
export const hasRetiredDaemons = (tx: ReadTx, now: Instant): boolean =>
  tx.all(daemons).some((daemon) => isRetired(daemon, now)) ||
  tx.all(daemonDeployments).some((row) => isOld(tx, row, now));

/** Forgets daemons that were deleted long ago with all their history, and old deployments of the others. (MDM-31) */
export function forgetRetiredDaemons(tx: WriteTx, now: Instant): void {
  for (const daemon of tx.all(daemons)) if (isRetired(daemon, now)) forgetDaemon(tx, daemon);
  for (const row of tx.all(daemonDeployments)) {
    if (isOld(tx, row, now)) tx.delete(daemonDeployments, row.daemonDeploymentArn);
  }
}

/** Forgets a daemon with its revisions and deployments: it was deleted long ago, or one of its name is made anew. */
export function forgetDaemon(tx: WriteTx, { daemonArn }: Daemon): void {
  for (const row of tx.find(daemonDeployments, 'daemon', daemonArn))
    tx.delete(daemonDeployments, row.daemonDeploymentArn);
  for (const row of tx.find(daemonRevisions, 'daemon', daemonArn))
    tx.delete(daemonRevisions, row.daemonRevisionArn);
  tx.delete(daemons, daemonArn);
}

const isRetired = ({ status, deletedAt, updatedAt }: Daemon, now: Instant): boolean =>
  status === 'DELETED' && plusMs(deletedAt ?? updatedAt, DELETED_LIFE_MS) <= now;

const isOld = (
  tx: ReadTx,
  { daemonArn, daemonDeploymentArn, finishedAt }: DaemonDeployment,
  now: Instant,
): boolean =>
  finishedAt !== undefined &&
  plusMs(finishedAt, HISTORY_LIFE_MS) <= now &&
  tx.get(daemons, daemonArn)?.deploymentArn !== daemonDeploymentArn;

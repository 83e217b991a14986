import { isDaemonDeploymentOver } from '../core/daemon/follow-deployment.ts';
import { failureThreshold } from '../core/deployment/circuit-breaker.ts';
import { daemonDeploymentArn, daemonRevisionArn } from '../domain/arn.ts';
import type { Daemon, DaemonDeployment, DaemonRevision } from '../domain/daemon.ts';
import type { WriteTx } from '../store/store.ts';
import type { BeginDeps } from './begin-deployment.ts';
import { tasks } from './collections.ts';
import { hostsOfRevision } from './daemon-places.ts';
import { daemonDeployments, daemonRevisions, daemons } from './daemons.ts';

/** What a revision of a daemon says besides its names. */
export type RevisionSpec = Omit<
  DaemonRevision,
  'daemonRevisionArn' | 'daemonArn' | 'clusterArn' | 'createdAt'
>;

const SUPERSEDED = 'Daemon deployment stopped because a newer daemon deployment began.';

/**
 * Writes a new revision of a daemon and the deployment that brings it to the hosts, and the daemon's row with them. A
 * deployment that is under way stops. (MDM-12)
 */
export function beginDaemonDeployment(deps: BeginDeps, daemon: Daemon, spec: RevisionSpec): Daemon {
  const { tx, ids, now, scope } = deps;
  const { daemonArn, clusterArn } = daemon;
  const revision: DaemonRevision = {
    ...spec,
    daemonRevisionArn: daemonRevisionArn(scope, daemon, ids.uuid()),
    daemonArn,
    clusterArn,
    createdAt: now,
  };
  tx.put(daemonRevisions, revision);
  return writeDeployment(deps, daemon, { revision, isDeletion: false });
}

/** Writes the deployment that takes a daemon away, and the daemon's row with it. (MDM-29) */
export function beginDaemonDeletion(deps: BeginDeps, daemon: Daemon): Daemon {
  const revision = deps.tx.get(daemonRevisions, daemon.targetRevisionArn);
  const leaving: Daemon = { ...daemon, status: 'DELETE_IN_PROGRESS' };
  return revision === undefined ? leaving : writeDeployment(deps, leaving, { revision, isDeletion: true });
}

function writeDeployment(
  { tx, ids, now, scope }: BeginDeps,
  daemon: Daemon,
  { revision, isDeletion }: { readonly revision: DaemonRevision; readonly isDeletion: boolean },
): Daemon {
  stopOpen(tx, daemon, now);
  const deployment: DaemonDeployment = {
    daemonDeploymentArn: daemonDeploymentArn(scope, daemon, ids.secret(21)),
    daemonArn: daemon.daemonArn,
    clusterArn: daemon.clusterArn,
    status: 'PENDING',
    isDeletion,
    targetRevisionArn: revision.daemonRevisionArn,
    sourceRevisionArns: deployedRevisions(tx, daemon.daemonArn),
    deploymentConfiguration: daemon.deploymentConfiguration,
    createdAt: now,
    updatedAt: now,
    failureCount: 0,
    failureThreshold: failureThreshold(undefined, hostsOfRevision(tx, revision).length),
    rollbackFailureCount: 0,
    ignoredAlarmNames: [],
    triggeredAlarmNames: [],
  };
  tx.put(daemonDeployments, deployment);
  const after: Daemon = {
    ...daemon,
    updatedAt: now,
    targetRevisionArn: revision.daemonRevisionArn,
    deploymentArn: deployment.daemonDeploymentArn,
    setbacks: {},
  };
  tx.put(daemons, after);
  return after;
}

function stopOpen(tx: WriteTx, { deploymentArn }: Daemon, now: BeginDeps['now']): void {
  const open = tx.get(daemonDeployments, deploymentArn);
  if (open === undefined || isDaemonDeploymentOver(open)) return;
  const end = { status: 'STOPPED', stoppedAt: now, finishedAt: now, updatedAt: now } as const;
  tx.put(daemonDeployments, { ...open, ...end, statusReason: SUPERSEDED });
}

/** What its tasks are of now. */
const deployedRevisions = (tx: WriteTx, daemonArn: string): readonly string[] => [
  ...new Set(
    tx
      .find(tasks, 'daemon', daemonArn)
      .flatMap(({ lastStatus, daemonRevisionArn: arn }) => (lastStatus === 'STOPPED' ? [] : (arn ?? []))),
  ),
];

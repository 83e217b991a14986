import type { Daemon, DaemonDeployment, DaemonRevision } from '../domain/daemon.ts';
import type { Collection } from '../store/store.ts';

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

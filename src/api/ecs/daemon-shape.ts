import { isReady } from '../../core/daemon/daemon-view.ts';
import { isDaemonDeploymentOver } from '../../core/daemon/follow-deployment.ts';
import { capacityProviderArn, type Scope } from '../../domain/arn.ts';
import type { Daemon, DaemonDeployment, DaemonRevision } from '../../domain/daemon.ts';
import type { Task } from '../../domain/task.ts';
import { providerOfHost } from '../../records/capacity-providers.ts';
import { tasks } from '../../records/collections.ts';
import { findDaemonDefinition } from '../../records/daemon-definitions.ts';
import { hostsOfRevision } from '../../records/daemon-places.ts';
import { daemonRevisions, daemons } from '../../records/daemons.ts';
import type {
  DaemonDetail,
  DaemonRevisionDetail,
  DaemonDeploymentRevisionDetail as DeploymentRevisionDetail,
  DaemonDeployment as DeploymentShape,
  DaemonDeploymentSummary as DeploymentSummary,
  DaemonDeploymentRollbackMonitorsStatus as MonitorStatus,
  DaemonRevision as RevisionShape,
} from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';

/** Tasks of a daemon that are not STOPPED. */
const liveTasks = (tx: ReadTx, daemonArn: string): readonly Task[] =>
  tx.find(tasks, 'daemon', daemonArn).filter(({ lastStatus }) => lastStatus !== 'STOPPED');

/** A daemon as DescribeDaemon answers it: the revision that is wanted, and others that have tasks. (MDM-13) */
export function daemonShape(tx: ReadTx, scope: Scope, daemon: Daemon): DaemonDetail {
  const live = liveTasks(tx, daemon.daemonArn);
  const arns = [
    daemon.targetRevisionArn,
    ...live.flatMap(({ daemonRevisionArn }) => daemonRevisionArn ?? []),
  ];
  return {
    daemonArn: daemon.daemonArn,
    clusterArn: daemon.clusterArn,
    status: daemon.status === 'ACTIVE' ? 'ACTIVE' : 'DELETE_IN_PROGRESS',
    currentRevisions: [...new Set(arns)].map((arn) => revisionDetail(tx, { scope, daemon, live }, arn)),
    deploymentArn: daemon.deploymentArn,
    createdAt: daemon.createdAt,
    updatedAt: daemon.updatedAt,
  };
}

interface Counting {
  readonly scope: Scope;
  readonly daemon: Daemon | undefined;
  readonly live: readonly Task[];
}

interface ProviderCount {
  readonly name: string;
  readonly running: number;
  readonly without: number;
  readonly draining: number;
}

/** What runs of a revision on the hosts of each of its providers, and where the daemon is missing. (MDM-13) */
function countsOf(tx: ReadTx, { daemon, live }: Counting, arn: string): readonly ProviderCount[] {
  const revision = tx.get(daemonRevisions, arn);
  if (revision === undefined) return [];
  const isTarget = daemon?.status === 'ACTIVE' && daemon.targetRevisionArn === arn;
  const served = new Set(live.filter(isReady).map(({ instanceArn }) => instanceArn));
  // Hosts of critical daemons do not count: they take nothing else, so they are not without it but not in use.
  const missing =
    isTarget && !revision.critical
      ? hostsOfRevision(tx, revision).filter(
          ({ status, containerInstanceArn }) => status === 'ACTIVE' && !served.has(containerInstanceArn),
        )
      : [];
  return revision.capacityProviderNames.map((name) => {
    const own = live.filter((task) => task.daemonRevisionArn === arn && task.capacityProviderName === name);
    return {
      name,
      running: own.filter(({ lastStatus, desiredStatus }) => isRunning(lastStatus, desiredStatus)).length,
      without: missing.filter((host) => providerOfHost(host) === name).length,
      draining: own.filter(({ desiredStatus }) => desiredStatus === 'STOPPED').length,
    };
  });
}

const isRunning = (lastStatus: Task['lastStatus'], desiredStatus: Task['desiredStatus']): boolean =>
  lastStatus === 'RUNNING' && desiredStatus === 'RUNNING';

const sum = (counts: readonly ProviderCount[], member: 'running' | 'without' | 'draining'): number =>
  counts.reduce((total, count) => total + count[member], 0);

function revisionDetail(tx: ReadTx, counting: Counting, arn: string): DaemonRevisionDetail {
  const counts = countsOf(tx, counting, arn);
  return {
    arn,
    capacityProviders: counts.map(({ name, running, without }) => ({
      arn: capacityProviderArn(counting.scope, name),
      runningCount: running,
      withoutDaemonCount: without,
    })),
    totalRunningCount: sum(counts, 'running'),
    totalWithoutDaemonCount: sum(counts, 'without'),
  };
}

function deploymentRevision(tx: ReadTx, counting: Counting, arn: string): DeploymentRevisionDetail {
  const counts = countsOf(tx, counting, arn);
  return {
    arn,
    capacityProviders: counts.map(({ name, running, without, draining }) => ({
      arn: capacityProviderArn(counting.scope, name),
      runningInstanceCount: running,
      withoutDaemonInstanceCount: without,
      drainingInstanceCount: draining,
    })),
    totalRunningInstanceCount: sum(counts, 'running'),
    totalWithoutDaemonInstanceCount: sum(counts, 'without'),
    totalDrainingInstanceCount: sum(counts, 'draining'),
  };
}

/** A deployment as ListDaemonDeployments answers it. */
export const daemonDeploymentSummary = (row: DaemonDeployment): DeploymentSummary => ({
  daemonDeploymentArn: row.daemonDeploymentArn,
  daemonArn: row.daemonArn,
  clusterArn: row.clusterArn,
  status: row.status,
  statusReason: row.statusReason,
  targetDaemonRevisionArn: row.targetRevisionArn,
  createdAt: row.createdAt,
  startedAt: row.startedAt,
  stoppedAt: row.stoppedAt,
  finishedAt: row.finishedAt,
});

/** A deployment as DescribeDaemonDeployments answers it; counts are those of now. (MDM-14) */
export function daemonDeploymentShape(tx: ReadTx, scope: Scope, row: DaemonDeployment): DeploymentShape {
  const daemon = tx.get(daemons, row.daemonArn);
  const counting = { scope, daemon, live: liveTasks(tx, row.daemonArn) };
  const { daemonArn: _, targetDaemonRevisionArn: __, ...summary } = daemonDeploymentSummary(row);
  const { alarms } = row.deploymentConfiguration;
  return {
    ...summary,
    targetDaemonRevision: deploymentRevision(tx, counting, row.targetRevisionArn),
    sourceDaemonRevisions: row.sourceRevisionArns.map((arn) => deploymentRevision(tx, counting, arn)),
    circuitBreaker: {
      failureCount: row.failureCount,
      status: monitorStatus(row, !row.isDeletion, 'circuit-breaker'),
      threshold: row.failureThreshold,
    },
    alarms: {
      status: monitorStatus(row, alarms?.enable === true, 'alarm'),
      alarmNames: alarms?.alarmNames ?? [],
      triggeredAlarmNames: row.triggeredAlarmNames,
    },
    rollback: rollbackShape(tx, scope, row),
    deploymentConfiguration: row.deploymentConfiguration,
  };
}

function rollbackShape(
  tx: ReadTx,
  scope: Scope,
  { rollback }: DaemonDeployment,
): DeploymentShape['rollback'] {
  if (rollback === undefined) return undefined;
  const target = tx.get(daemonRevisions, rollback.rollbackTargetDaemonRevisionArn ?? '');
  const names = target?.capacityProviderNames ?? [];
  return { ...rollback, rollbackCapacityProviders: names.map((name) => capacityProviderArn(scope, name)) };
}

function monitorStatus(
  row: DaemonDeployment,
  isEnabled: boolean,
  cause: DaemonDeployment['failureCause'],
): MonitorStatus {
  if (!isEnabled) return 'DISABLED';
  if (row.failureCause === cause) return 'TRIGGERED';
  return isDaemonDeploymentOver(row) ? 'MONITORING_COMPLETE' : 'MONITORING';
}

/** A revision as the API answers it, with the digests that its tasks know of its images. (MDM-14) */
export function daemonRevisionShape(tx: ReadTx, scope: Scope, row: DaemonRevision): RevisionShape {
  const definition = findDaemonDefinition(tx, scope, row.daemonTaskDefinitionArn);
  const containers = liveTasks(tx, row.daemonArn)
    .filter(({ daemonRevisionArn }) => daemonRevisionArn === row.daemonRevisionArn)
    .flatMap((task) => task.containers);
  return {
    daemonRevisionArn: row.daemonRevisionArn,
    clusterArn: row.clusterArn,
    daemonArn: row.daemonArn,
    daemonTaskDefinitionArn: row.daemonTaskDefinitionArn,
    createdAt: row.createdAt,
    containerImages: (definition?.document.containerDefinitions ?? []).map(({ name, image }) => ({
      containerName: name,
      image,
      imageDigest:
        row.imageDigests?.[image ?? ''] ??
        containers.find((each) => each.name === name && each.imageDigest)?.imageDigest,
    })),
    propagateTags: row.propagateTags,
    enableECSManagedTags: row.enableEcsManagedTags,
    enableExecuteCommand: row.enableExecuteCommand,
    critical: row.critical,
  };
}

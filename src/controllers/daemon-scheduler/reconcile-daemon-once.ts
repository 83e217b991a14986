import { setbackAfter } from '../../core/daemon/count-failures.ts';
import type { DaemonDecision, DaemonView } from '../../core/daemon/daemon-view.ts';
import { reconcileDaemon } from '../../core/daemon/reconcile-daemon.ts';
import type { Daemon, DaemonDeployment } from '../../domain/daemon.ts';
import type { Instant } from '../../lib/clock.ts';
import { tasks } from '../../records/collections.ts';
import { settleDaemonDefinitions } from '../../records/daemon-definitions.ts';
import { daemonViewOf } from '../../records/daemon-views.ts';
import { daemonDeployments, daemonRevisions, daemons } from '../../records/daemons.ts';
import { stopTask } from '../../records/stop-task.ts';
import { markTaskCounted } from '../../records/tasks.ts';
import type { DaemonApplyDeps, DaemonSchedulerDeps } from './daemon-scheduler-deps.ts';
import { launchDaemonTask } from './launch-daemon-task.ts';

/** The rows that a look changes. */
interface Rows {
  readonly daemon: Daemon;
  readonly deployment: DaemonDeployment;
}

/**
 * Looks at a daemon once: reads it, asks the core, and writes what it decided in one transaction. Running it twice does no
 * more than once. Answers when to look again, whatever happens.
 */
export async function reconcileDaemonOnce(
  deps: DaemonSchedulerDeps,
  daemonArn: string,
): Promise<Instant | undefined> {
  const { store, clock, alarms } = deps;
  const seen = store.read((tx) => daemonViewOf(tx, { daemonArn, alarms, now: clock.now() }));
  if (seen === undefined) return undefined;
  const decisions = reconcileDaemon(seen);
  if (decisions.every(({ kind }) => kind === 'wake-at')) return wakeOf(decisions);
  return store.write((tx) => {
    const now = clock.now();
    const view = daemonViewOf(tx, { daemonArn, alarms, now });
    return view === undefined ? undefined : act({ ...deps, tx, now }, view);
  });
}

function act(deps: DaemonApplyDeps, view: DaemonView): Instant | undefined {
  const decisions = reconcileDaemon(view);
  const before: Rows = view;
  const after = decisions.reduce((rows, decision) => apply(deps, rows, decision), before);
  const { tx, now } = deps;
  if (after.deployment !== before.deployment)
    tx.put(daemonDeployments, { ...after.deployment, updatedAt: now });
  if (after.daemon !== before.daemon) tx.put(daemons, after.daemon);
  if (after.daemon.status === 'DELETED') settleDaemonDefinitions(tx, now);
  return wakeOf(decisions);
}

const wakeOf = (decisions: readonly DaemonDecision[]): Instant | undefined =>
  decisions.find((decision) => decision.kind === 'wake-at')?.at;

function apply(deps: DaemonApplyDeps, rows: Rows, decision: DaemonDecision): Rows {
  const { tx, now, log } = deps;
  switch (decision.kind) {
    case 'count-task': {
      const task = tx.get(tasks, decision.taskArn);
      if (task !== undefined) markTaskCounted(tx, task, 'STOPPED');
      return rows;
    }
    case 'stop-task': {
      const { taskArn, reason } = decision;
      const task = tx.get(tasks, taskArn);
      if (task === undefined || task.lastStatus === 'STOPPED') return rows;
      stopTask({ tx, now }, task, { stopCode: 'ServiceSchedulerInitiated', reason });
      log.info('daemon.task-stopped', { taskArn, reason });
      return rows;
    }
    case 'start-task':
      return start(deps, rows, decision.instanceArn);
    case 'change-deployment': {
      const { status } = decision.change;
      const { daemonDeploymentArn } = rows.deployment;
      if (status !== undefined) log.info('daemon.deployment-changed', { daemonDeploymentArn, status });
      return { ...rows, deployment: { ...rows.deployment, ...decision.change } };
    }
    case 'change-daemon':
      return { ...rows, daemon: { ...rows.daemon, ...decision.change } };
    case 'pin-images': {
      const revision = tx.get(daemonRevisions, rows.daemon.targetRevisionArn);
      const { imageDigests } = decision;
      if (revision !== undefined) tx.put(daemonRevisions, { ...revision, imageDigests });
      return rows;
    }
    case 'wake-at':
      return rows;
  }
}

/** A start that is not possible is a failed one: it counts, and is tried again after a pause. (MDM-25, MDM-26) */
function start(deps: DaemonApplyDeps, { daemon, deployment }: Rows, instanceArn: string): Rows {
  const { now, log } = deps;
  const reason = launchDaemonTask(deps, daemon, instanceArn);
  if (reason === undefined) return { daemon, deployment };
  log.warn('daemon.task-not-started', { daemonArn: daemon.daemonArn, instanceArn, reason });
  const failure = { failureType: 'TASK_CREATION_FAILED', reason, now } as const;
  const setback = setbackAfter(daemon.setbacks[instanceArn], failure);
  return {
    daemon: { ...daemon, setbacks: { ...daemon.setbacks, [instanceArn]: setback } },
    deployment: blamed(deployment),
  };
}

function blamed(deployment: DaemonDeployment): DaemonDeployment {
  const { status, failureCount, rollbackFailureCount } = deployment;
  if (status === 'IN_PROGRESS') return { ...deployment, failureCount: failureCount + 1 };
  if (status !== 'ROLLBACK_IN_PROGRESS') return deployment;
  return { ...deployment, rollbackFailureCount: rollbackFailureCount + 1 };
}

import { isReady } from '../core/daemon/daemon-view.ts';
import { drainBatch, REPLACED_REASON } from '../core/daemon/plan-hosts.ts';
import type { Task } from '../domain/task.ts';
import { containerInstances, tasks } from '../records/collections.ts';
import { awaitedDaemon, daemonPlacesOf } from '../records/daemon-places.ts';
import { daemonDeployments, findDaemon } from '../records/daemons.ts';
import type { Change, Commit, ReadTx } from '../store/store.ts';
import type { Report } from './violation.ts';

/** Checks what a commit does with managed daemons. (SIM-60 to SIM-62) */
export function checkDaemons(tx: ReadTx, commit: Commit, report: Report): void {
  const changes = commit.changes.filter(
    ({ collection, after }) => collection === tasks.name && after !== undefined,
  );
  for (const change of changes) if (change.before === undefined) checkPlace(tx, change.after as Task, report);
  const replaced = changes.filter(isReplacement).map(({ after }) => after as Task);
  for (const daemonArn of new Set(replaced.flatMap((task) => task.daemonArn ?? [])))
    checkBatch(tx, daemonArn, report);
}

function checkPlace(tx: ReadTx, { taskArn, daemonArn, instanceArn = '' }: Task, report: Report): void {
  const host = tx.get(containerInstances, instanceArn);
  if (daemonArn === undefined) {
    const awaited = host && awaitedDaemon(tx, host);
    if (awaited !== undefined)
      report('SIM-62', `${taskArn} is placed where the daemon ${awaited} does not work`);
    return;
  }
  if (tx.count(tasks, 'spread', `${daemonArn} ${instanceArn}`) > 1)
    report('SIM-60', `${taskArn} is the second of its daemon on its host`);
}

/** A task that worked makes way for another revision. */
function isReplacement({ before, after }: Change): boolean {
  const task = after as Task;
  const wasReady = before !== undefined && isReady(before as Task);
  return wasReady && task.desiredStatus === 'STOPPED' && task.stoppedReason === REPLACED_REASON;
}

function checkBatch(tx: ReadTx, daemonArn: string, report: Report): void {
  const daemon = findDaemon(tx, daemonArn);
  const deployment = daemon && tx.get(daemonDeployments, daemon.deploymentArn);
  if (daemon === undefined || deployment === undefined) return;
  const wanted = daemonPlacesOf(tx, daemon).filter(({ state }) => state === 'wanted');
  const without = wanted.filter(
    ({ instanceArn }) => !tx.find(tasks, 'spread', `${daemonArn} ${instanceArn}`).some(isReady),
  ).length;
  const batch = drainBatch(wanted.length, deployment.deploymentConfiguration.drainPercent ?? 100);
  if (without > batch)
    report(
      'SIM-61',
      `${without} of ${wanted.length} hosts are without ${daemon.daemonName}, ${batch} may be`,
    );
}

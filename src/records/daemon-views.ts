import type { DaemonView } from '../core/daemon/daemon-view.ts';
import type { Instant } from '../lib/clock.ts';
import type { ReadTx } from '../store/store.ts';
import type { AlarmSource } from './alarms.ts';
import { tasks } from './collections.ts';
import { daemonPlacesOf } from './daemon-places.ts';
import { daemonDeployments, daemonRevisions, findDaemon } from './daemons.ts';

const NONE: Readonly<Record<string, string>> = {};

/** A daemon as its scheduler sees it; undefined for one that is gone. */
export function daemonViewOf(
  tx: ReadTx,
  {
    daemonArn,
    alarms,
    now,
  }: { readonly daemonArn: string; readonly alarms: AlarmSource; readonly now: Instant },
): DaemonView | undefined {
  const daemon = findDaemon(tx, daemonArn);
  const deployment = daemon && tx.get(daemonDeployments, daemon.deploymentArn);
  if (daemon === undefined || deployment === undefined) return undefined;
  const open = tx.find(tasks, 'daemon', daemonArn);
  const { alarms: watched } = deployment.deploymentConfiguration;
  return {
    daemon,
    deployment,
    places: daemonPlacesOf(tx, daemon),
    imageDigests: tx.get(daemonRevisions, daemon.targetRevisionArn)?.imageDigests ?? NONE,
    tasks: open.filter(({ lastStatus }) => lastStatus !== 'STOPPED'),
    endedTasks: open.filter(({ lastStatus }) => lastStatus === 'STOPPED'),
    raisedAlarms: watched?.enable === true ? alarms(tx, watched.alarmNames ?? []) : [],
    now,
  };
}

import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Task } from '../../domain/task.ts';
import type { AlarmSource } from '../../records/alarms.ts';
import { alarms, storedAlarms } from '../../records/alarms.ts';
import { containerInstances, tasks } from '../../records/collections.ts';
import { daemonsConcernedBy } from '../../records/daemon-places.ts';
import { daemonDeployments, daemons } from '../../records/daemons.ts';
import type { Change, Store } from '../../store/store.ts';
import { createWorkQueue } from '../work-queue.ts';
import type { DaemonSchedulerDeps } from './daemon-scheduler-deps.ts';
import { reconcileDaemonOnce } from './reconcile-daemon-once.ts';

/** What the scheduler of daemons needs. */
export type DaemonSchedulerOptions = Omit<DaemonSchedulerDeps, 'alarms'> & {
  /** Who knows which alarms are raised; the store unless said otherwise. */
  readonly alarms?: AlarmSource | undefined;
};

/** A running controller. */
export interface DaemonScheduler {
  /** Ends the loop; what is under way runs to its end. */
  stop(): void;
  /** Resolves when nothing is left to do now; what waits for an instant does not count. */
  idle(): Promise<void>;
}

/**
 * Keeps every daemon at one task on each host of its capacity providers. Level-triggered: a change of a daemon, of one of
 * its tasks or of a host has the daemon looked at, and all that a decision depends on is in the store. (MDM-20)
 */
export function startDaemonScheduler(options: DaemonSchedulerOptions): DaemonScheduler {
  const { store, clock, log } = options;
  const deps: DaemonSchedulerDeps = { ...options, alarms: options.alarms ?? storedAlarms };
  const queue = createWorkQueue({
    name: 'daemon-scheduler',
    clock,
    log,
    handle: async (daemonArn) => {
      const wakeAt = await reconcileDaemonOnce(deps, daemonArn);
      if (wakeAt !== undefined) queue.addAt(daemonArn, wakeAt);
    },
  });
  const unwatch = store.watch(({ changes }) => {
    for (const change of changes) for (const daemonArn of concerned(store, change)) queue.add(daemonArn);
  });
  for (const { daemonArn } of store.read((tx) => tx.all(daemons))) queue.add(daemonArn);
  return {
    stop: () => {
      unwatch();
      queue.stop();
    },
    idle: () => queue.idle(),
  };
}

type Host = ContainerInstance | undefined;

/** The daemons that a change may matter to. */
function concerned(store: Store, change: Change): readonly string[] {
  switch (change.collection) {
    case daemons.name:
      return change.after === undefined ? [] : [change.key];
    case tasks.name: {
      const { daemonArn } = (change.after ?? change.before) as Task;
      return daemonArn === undefined ? [] : [daemonArn];
    }
    case containerInstances.name:
      return store.read((tx) => daemonsConcernedBy(tx, change.before as Host, change.after as Host));
    case alarms.name:
      return watching(store, change.key);
    default:
      return [];
  }
}

/** Daemons whose deployment an alarm can fail. Alarms change seldom, so all daemons are gone through. */
const watching = (store: Store, alarmName: string): readonly string[] =>
  store.read((tx) =>
    tx
      .all(daemons)
      .filter(({ deploymentArn }) =>
        tx
          .get(daemonDeployments, deploymentArn)
          ?.deploymentConfiguration.alarms?.alarmNames?.includes(alarmName),
      )
      .map(({ daemonArn }) => daemonArn),
  );

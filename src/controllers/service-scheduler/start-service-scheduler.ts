import { isReady } from '../../core/daemon/daemon-view.ts';
import { DEFAULT_SCHEDULER_SETTINGS, type SchedulerSettings } from '../../core/deployment/service-view.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Task } from '../../domain/task.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Installation } from '../../lib/config.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Log } from '../../lib/log.ts';
import { type AlarmSource, alarms, storedAlarms } from '../../records/alarms.ts';
import { containerInstances, services, tasks } from '../../records/collections.ts';
import { daemonsOnHost } from '../../records/daemon-hosts.ts';
import { tasksOfInstance } from '../../records/tasks.ts';
import type { Change, Store } from '../../store/store.ts';
import { createWorkQueue } from '../work-queue.ts';
import { ClusterZones } from './cluster-zones.ts';
import { FoundHosts } from './found-hosts.ts';
import { LookRests } from './look-rests.ts';
import { reconcileServiceOnce } from './reconcile-service-once.ts';
import { WaitingForRoom } from './waiting-for-room.ts';

/** What the service scheduler needs. */
export interface ServiceSchedulerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly installation: Installation;
  readonly settings?: Partial<SchedulerSettings> | undefined;
  /** Who knows which alarms are raised; the store unless said otherwise. */
  readonly alarms?: AlarmSource | undefined;
}

/** A running controller. */
export interface ServiceScheduler {
  /** Ends the loop; what is under way runs to its end. */
  stop(): void;
  /** Resolves when nothing is left to do now; what waits for an instant does not count. */
  idle(): Promise<void>;
}

/**
 * Keeps every service at what it wants. Level-triggered: a change of a service or of one of its tasks has the service
 * looked at, and all that a decision depends on is in the store. Services that found no host are looked at again when
 * a host has more room. (SVC-20, SVC-22)
 */
export function startServiceScheduler(options: ServiceSchedulerOptions): ServiceScheduler {
  const { store, clock, log } = options;
  const settings = { ...DEFAULT_SCHEDULER_SETTINGS, ...options.settings };
  const found = new FoundHosts(clock);
  const zones = new ClusterZones(store.read((tx) => tx.all(containerInstances)));
  const all = store.read((tx) => tx.all(services));
  const rests = new LookRests(clock, all);
  const queue = createWorkQueue({
    name: 'service-scheduler',
    clock,
    log,
    handle: async (serviceArn) => {
      const { room } = waiting;
      const outcome = await reconcileServiceOnce(
        {
          ...options,
          settings,
          alarms: options.alarms ?? storedAlarms,
          zones,
          found,
          mayFind: (arn, search) => waiting.mayFind(arn, search),
        },
        serviceArn,
      );
      const { isWaitingForRoom: isWaiting, hasStarted, vain } = outcome;
      const retryAt = waiting.looked(serviceArn, room, { isWaiting, hasStarted, vain });
      if (retryAt !== undefined) queue.addAt(serviceArn, retryAt);
      rests.looked(serviceArn, outcome.taskCount);
      if (outcome.wakeAt !== undefined) queue.addAt(serviceArn, outcome.wakeAt);
      // One look starts a few of the tasks that are wanted. (SVC-24)
      if (hasStarted && outcome.goesOn) queue.addNext(serviceArn);
      else if (hasStarted) queue.add(serviceArn);
    },
  });
  const wake = (serviceArn: string): void => queue.addAt(serviceArn, rests.until(serviceArn));
  const waiting = new WaitingForRoom(clock, wake);
  const unwatch = store.watch(({ changes }) => {
    for (const change of changes) {
      rests.changed(change);
      if (change.collection === containerInstances.name) zones.changed(change);
      for (const serviceArn of concerned(store, change)) wake(serviceArn);
    }
    if (!waiting.isEmpty && changes.some(isMoreRoom)) waiting.roomCame();
  });
  for (const { serviceArn } of all) queue.add(serviceArn);
  return {
    stop: () => {
      unwatch();
      queue.stop();
    },
    idle: () => queue.idle(),
  };
}

type Host = ContainerInstance | undefined;

/** The services that a change may matter to. */
function concerned(store: Store, change: Change): Iterable<string> {
  switch (change.collection) {
    case services.name:
      return change.after === undefined ? [] : [change.key];
    case tasks.name: {
      const { serviceArn } = (change.after ?? change.before) as Task;
      return serviceArn === undefined || !isNewsOfTask(change) ? [] : [serviceArn];
    }
    case containerInstances.name:
      return [
        ...store.read((tx) => daemonsOnHost(tx, change.before as Host, change.after as Host)),
        ...(hasNewStatus(change) ? servicesOnHost(store, change.key) : []),
      ];
    case alarms.name:
      return watching(store, change.key);
    default:
      return [];
  }
}

/** What a look at the service may come to another end for. What the look itself notes in a row is not among it. */
const LOOKED_AT = [
  'lastStatus',
  'desiredStatus',
  'healthStatus',
  'containers',
  'startedAt',
  'reserved',
  'protectedUntil',
] as const satisfies readonly (keyof Task)[];

const isNewsOfTask = ({ before, after }: Change): boolean =>
  before === undefined ||
  after === undefined ||
  LOOKED_AT.some((name) => (before as Task)[name] !== (after as Task)[name]);

/** Services whose deployments an alarm can fail. Alarms change seldom, so all services are gone through. */
const watching = (store: Store, alarmName: string): readonly string[] =>
  store
    .read((tx) => tx.all(services))
    .filter(({ deploymentConfiguration }) => deploymentConfiguration.alarms?.alarmNames.includes(alarmName))
    .map(({ serviceArn }) => serviceArn);

/** A host's tasks are looked at anew when it starts to drain, and when it is back. (INS-11) */
const hasNewStatus = ({ before, after }: Change): boolean =>
  before !== undefined &&
  (before as ContainerInstance).status !== (after as ContainerInstance | undefined)?.status;

const servicesOnHost = (store: Store, instanceArn: string): readonly string[] =>
  store.read((tx) => [
    ...new Set(tasksOfInstance(tx, instanceArn).flatMap(({ serviceArn }) => serviceArn ?? [])),
  ]);

/**
 * A host came, came back, or has more left than before, or its daemon has begun to work: it takes others then. What a
 * launch itself takes away does not wake anybody. (MDM-22)
 */
function isMoreRoom(change: Change): boolean {
  if (change.collection === tasks.name) return isWorkingDaemon(change);
  if (change.collection !== containerInstances.name) return false;
  const before = change.before as ContainerInstance | undefined;
  const after = change.after as ContainerInstance | undefined;
  if (after === undefined) return false;
  if (before === undefined || before.status !== after.status) return true;
  if (before.agentConnected !== after.agentConnected || before.registered !== after.registered) return true;
  if (before.attributes !== after.attributes) return true;
  const [held, holds] = [before.reserved, after.reserved];
  const portCount = ({ tcpPorts, udpPorts }: ContainerInstance['reserved']): number =>
    tcpPorts.length + udpPorts.length;
  return (
    holds.cpuUnits < held.cpuUnits || holds.memoryMib < held.memoryMib || portCount(holds) < portCount(held)
  );
}

const isWorkingDaemon = ({ before, after }: Change): boolean => {
  const task = after as Task | undefined;
  if (task?.daemonArn === undefined || !isReady(task)) return false;
  return before === undefined || !isReady(before as Task);
};

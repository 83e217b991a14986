import type { Instant } from '../../lib/clock.ts';
import { UNHEALTHY_REASON } from '../deployment/event-texts.ts';
import { type DaemonPlace, type DaemonTask, type DaemonView, isReady } from './daemon-view.ts';

/** What to do on the hosts now. */
export interface HostPlan {
  /** Hosts to start a task of the target revision on. */
  readonly starts: readonly string[];
  readonly stops: readonly { readonly taskArn: string; readonly reason: string }[];
  /** Every host that is to run the target revision does; of a deletion: no task is left. */
  readonly isSettled: boolean;
  /** The first start that waits for its pause to end. */
  readonly retryAt?: Instant | undefined;
}

/** `stoppedReason` of a task that makes way for another revision, or leaves with its daemon or host. The texts are ours. */
export const REPLACED_REASON = 'Daemon deployment replaces the task';
const DELETED_REASON = 'Daemon was deleted';
const LEFT_REASON = 'Container instance is left by the daemon';
const SECOND_REASON = 'Daemon has another task on the container instance';

/** How many hosts may be without the daemon at once by its deployment's own act: the share, at least one. (MDM-23) */
export const drainBatch = (hostCount: number, drainPercent: number): number =>
  Math.max(1, Math.floor((hostCount * drainPercent) / 100));

/** A host with what is on it of the daemon. */
interface Host extends DaemonPlace {
  /** Tasks that nobody has asked to stop, the oldest first. */
  readonly staying: readonly DaemonTask[];
  /** Whether a task of it is on its way out. */
  readonly isEmptying: boolean;
}

type Stop = HostPlan['stops'][number];

/**
 * Plans a look at the hosts of a daemon: one task of the target revision on each that is wanted, started only where none
 * is, those on their way out included. Working tasks of other revisions make way a batch at a time. (MDM-20 to MDM-24)
 */
export function planHosts(view: DaemonView): HostPlan {
  const hosts = hostsOf(view);
  if (view.daemon.status !== 'ACTIVE') return planDeletion(view, hosts);
  const wanted = hosts.filter(({ state }) => state === 'wanted');
  const stops = [...hosts.filter(({ state }) => state === 'leaving').flatMap(stopAll)];
  const kept = new Map<Host, DaemonTask | undefined>();
  for (const host of wanted) {
    const keep = keptOf(view, host);
    kept.set(host, keep);
    for (const task of host.staying) if (task !== keep) stops.push(stopOf(task, keep));
  }
  const free = wanted.filter(({ staying, isEmptying }) => staying.length === 0 && !isEmptying);
  const setbackOf = ({ instanceArn }: Host): Instant | undefined =>
    view.daemon.setbacks[instanceArn]?.retryAt;
  const paused = free.filter((host) => (setbackOf(host) ?? view.now) > view.now);
  const target = view.daemon.targetRevisionArn;
  return {
    starts: free.filter((host) => !paused.includes(host)).map(({ instanceArn }) => instanceArn),
    stops: [...stops, ...replacements(view, wanted, kept)],
    isSettled: wanted.every((host) => {
      const keep = kept.get(host);
      return keep !== undefined && keep.daemonRevisionArn === target && isReady(keep) && !host.isEmptying;
    }),
    retryAt: earliest(paused.flatMap((host) => setbackOf(host) ?? [])),
  };
}

/** The one task that stays on a wanted host: a working one, of the target revision before others; else one that may become it. */
function keptOf({ daemon }: DaemonView, { staying }: Host): DaemonTask | undefined {
  const isCurrent = (task: DaemonTask): boolean => task.daemonRevisionArn === daemon.targetRevisionArn;
  const sound = staying.filter(({ healthStatus }) => healthStatus !== 'UNHEALTHY');
  return (
    sound.find((task) => isCurrent(task) && isReady(task)) ?? sound.find(isReady) ?? sound.find(isCurrent)
  );
}

/** Working tasks of other revisions that may make way now. */
function replacements(
  { daemon, deployment }: DaemonView,
  wanted: readonly Host[],
  kept: ReadonlyMap<Host, DaemonTask | undefined>,
): readonly Stop[] {
  const { drainPercent = 100 } = deployment.deploymentConfiguration;
  let left = drainBatch(wanted.length, drainPercent);
  const outdated: DaemonTask[] = [];
  for (const host of wanted) {
    const keep = kept.get(host);
    if (keep === undefined || !isReady(keep)) left -= 1;
    else if (keep.daemonRevisionArn !== daemon.targetRevisionArn) outdated.push(keep);
  }
  return outdated.slice(0, Math.max(0, left)).map(({ taskArn }) => ({ taskArn, reason: REPLACED_REASON }));
}

/** Tasks go a batch at a time; those on hosts that cannot be asked, or are left anyway, are asked at once. (MDM-29) */
function planDeletion({ tasks, deployment }: DaemonView, hosts: readonly Host[]): HostPlan {
  const wanted = hosts.filter(({ state }) => state === 'wanted');
  const { drainPercent = 100 } = deployment.deploymentConfiguration;
  const emptying = wanted.filter(({ isEmptying }) => isEmptying).length;
  const left = Math.max(0, drainBatch(wanted.length, drainPercent) - emptying);
  const next = wanted.filter(({ staying, isEmptying }) => staying.length > 0 && !isEmptying).slice(0, left);
  const others = hosts.filter(({ state }) => state !== 'wanted');
  const stops = [...next, ...others].flatMap(({ staying }) =>
    staying.map(({ taskArn }) => ({ taskArn, reason: DELETED_REASON })),
  );
  return { starts: [], stops, isSettled: tasks.length === 0 };
}

const stopAll = ({ staying }: Host): readonly Stop[] =>
  staying.map(({ taskArn }) => ({ taskArn, reason: LEFT_REASON }));

function stopOf({ taskArn, healthStatus }: DaemonTask, keep: DaemonTask | undefined): Stop {
  if (healthStatus === 'UNHEALTHY') return { taskArn, reason: UNHEALTHY_REASON };
  return { taskArn, reason: keep === undefined ? REPLACED_REASON : SECOND_REASON };
}

/** All places in the order of their names, and as places that are left the hosts of all other tasks. */
function hostsOf({ places, tasks }: DaemonView): readonly Host[] {
  const byHost = Map.groupBy(tasks, ({ instanceArn }) => instanceArn ?? '');
  const known = new Set(places.map(({ instanceArn }) => instanceArn));
  const unknown = [...byHost.keys()]
    .filter((instanceArn) => !known.has(instanceArn))
    .map((instanceArn): DaemonPlace => ({ instanceArn, state: 'leaving' }));
  return [...places, ...unknown]
    .toSorted((one, other) => (one.instanceArn < other.instanceArn ? -1 : 1))
    .map((place) => {
      const all = byHost.get(place.instanceArn) ?? [];
      const staying = all
        .filter(({ desiredStatus }) => desiredStatus === 'RUNNING')
        .toSorted((one, other) => one.createdAt - other.createdAt || (one.taskArn < other.taskArn ? -1 : 1));
      return { ...place, staying, isEmptying: staying.length < all.length };
    });
}

const earliest = (instants: readonly Instant[]): Instant | undefined =>
  instants.reduce<Instant | undefined>(
    (first, at) => (first === undefined || at < first ? at : first),
    undefined,
  );

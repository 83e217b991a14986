import { lastSegment } from '../../domain/arn.ts';
import type { DaemonSetback } from '../../domain/daemon.ts';
import type { Task } from '../../domain/task.ts';
import { type DaemonPlace, type DaemonView, isReady } from '../daemon/daemon-view.ts';
import { reconcileDaemon } from '../daemon/reconcile-daemon.ts';
import type { PlacementRefusal } from '../placement/placement-view.ts';
import { isoTime } from './explain-service.ts';
import type { Explanation, Wait } from './explanation.ts';
import { hostLack } from './host-lack.ts';

/** What an explanation of a daemon depends on. */
export interface DaemonExplanationView extends DaemonView {
  readonly tasks: readonly Task[];
  /** Of hosts without a task: why they do not take one now. */
  readonly refusals: readonly PlacementRefusal[];
}

/** Hosts that are named one by one; of more, the first. */
const HOSTS_MAX_COUNT = 10;

/** Says why a daemon is where it is, by the same rules that its scheduler follows. (EXP-1, EXP-6) */
export function explainDaemon(view: DaemonExplanationView): Explanation {
  const { daemon } = view;
  return {
    subject: `daemon ${daemon.daemonName} in cluster ${daemon.clusterName}`,
    state: stateOf(view),
    facts: [deploymentFact(view)],
    waits: [...hostWaits(view), ...bakeWaits(view)],
    next: nextOf(view),
  };
}

function stateOf({ daemon, places, tasks }: DaemonExplanationView): string {
  if (daemon.status !== 'ACTIVE') return `It was deleted; ${tasks.length} of its tasks are left.`;
  const wanted = places.filter(({ state }) => state === 'wanted');
  const working = wanted.filter(({ instanceArn }) =>
    tasks.some((task) => task.instanceArn === instanceArn && isReady(task)),
  );
  return `It is to run on ${wanted.length} hosts, and works on ${working.length} of them.`;
}

function deploymentFact({ deployment, daemon, tasks }: DaemonExplanationView): string {
  const current = tasks.filter((task) => task.daemonRevisionArn === daemon.targetRevisionArn).length;
  const { daemonDeploymentArn, status, statusReason, failureCount, failureThreshold } = deployment;
  const failures =
    failureCount === 0
      ? ''
      : `, ${failureCount} failed starts were counted of ${failureThreshold} that fail it`;
  const reason = statusReason === undefined ? '' : ` (${statusReason})`;
  const revision = lastSegment(daemon.targetRevisionArn);
  return `Deployment ${lastSegment(daemonDeploymentArn)} is ${status}${reason}: ${current} tasks of revision ${revision}${failures}.`;
}

function hostWaits(view: DaemonExplanationView): readonly Wait[] {
  const waiting = view.places.flatMap((place): readonly Wait[] => waitOf(view, place));
  if (waiting.length <= HOSTS_MAX_COUNT) return waiting;
  const rest = waiting.length - HOSTS_MAX_COUNT;
  return [...waiting.slice(0, HOSTS_MAX_COUNT), { waitsFor: `${rest} more hosts` }];
}

function waitOf(view: DaemonExplanationView, { instanceArn, state }: DaemonPlace): readonly Wait[] {
  const named = (text: string): string => `host ${lastSegment(instanceArn)}: ${text}`;
  const task = view.tasks.find((each) => each.instanceArn === instanceArn);
  const setback = view.daemon.setbacks[instanceArn];
  if (task?.desiredStatus === 'STOPPED')
    return [{ waitsFor: named(`task ${task.taskId} to stop`), since: task.stoppingAt }];
  if (task !== undefined && !isReady(task))
    return [{ waitsFor: named(`task ${task.taskId}, which is ${task.lastStatus}`), since: task.createdAt }];
  if (task !== undefined || state === 'leaving') return [];
  if (state === 'held') return [{ waitsFor: named('its agent, or its other tasks to go') }];
  return setback === undefined ? [] : [pauseOf(view, named(pauseText(setback)), instanceArn)];
}

const pauseText = ({ failureCount, reason }: DaemonSetback): string =>
  `the pause after ${failureCount} failed starts to end; the last one: ${reason}`;

function pauseOf({ daemon, refusals }: DaemonExplanationView, waitsFor: string, instanceArn: string): Wait {
  const setback = daemon.setbacks[instanceArn];
  const lacks = refusals.filter(({ hostId }) => hostId === instanceArn).map(hostLack);
  return { waitsFor, since: setback?.at, until: setback?.retryAt, hosts: lacks };
}

function bakeWaits({ deployment, now }: DaemonExplanationView): readonly Wait[] {
  const { bakeUntil, status } = deployment;
  if (status !== 'IN_PROGRESS' || bakeUntil === undefined || bakeUntil <= now) return [];
  return [{ waitsFor: 'the bake time of its deployment to end', until: bakeUntil }];
}

/** What the scheduler would do now and, failing that, when it looks again. */
function nextOf(view: DaemonExplanationView): string {
  const decisions = reconcileDaemon(view);
  const count = (kind: 'start-task' | 'stop-task'): number =>
    decisions.filter((decision) => decision.kind === kind).length;
  const [starts, stops] = [count('start-task'), count('stop-task')];
  const actions = [
    ...(starts === 0 ? [] : [`starts ${starts} tasks`]),
    ...(stops === 0 ? [] : [`stops ${stops} tasks`]),
  ];
  if (actions.length > 0) return `The scheduler ${actions.join(' and ')}.`;
  const wake = decisions.find((decision) => decision.kind === 'wake-at');
  const hasMore = decisions.length > 0 || hostWaits(view).length > 0;
  if (!hasMore) return 'Nothing: it has what it wants.';
  const latest = wake === undefined ? '' : `, at the latest at ${isoTime(wake.at)}`;
  return `The scheduler looks again when a task or a host changes${latest}.`;
}

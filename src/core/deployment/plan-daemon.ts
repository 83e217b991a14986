import { isProtected } from '../task/protection.ts';
import { deploymentFloor } from './bounds.ts';
import type { RolloutPlan, StartPlan } from './plan-rollout.ts';
import type { StopPlan } from './rollout-budget.ts';
import type { DaemonHost, ServiceTask, ServiceView } from './service-view.ts';
import { isPaused } from './stages.ts';
import { classifyTask, type TaskClass } from './task-class.ts';
import type { TaskGroup } from './task-groups.ts';

/** How many tasks a service of the DAEMON strategy wants: one for each ACTIVE host. (DMN-1) */
export const daemonCount = ({ service, daemonHosts }: ServiceView): number =>
  service.status === 'ACTIVE' ? daemonHosts.filter(({ isActive }) => isActive).length : 0;

/** A host's tasks, and what may be done with them. */
interface Place {
  readonly host: DaemonHost;
  readonly tasks: readonly { readonly task: ServiceTask; readonly taskClass: TaskClass }[];
}

/**
 * Plans a pass over a service that runs one task on each host: what is of an older deployment is stopped first, down to
 * the floor, and started anew once it has gone. A host never has two. (DMN-2, DMN-3, DMN-4)
 */
export function planDaemon(view: ServiceView, groups: readonly TaskGroup[]): RolloutPlan {
  const filled = groups.find((group) => group.deployment.rolloutState !== 'FAILED');
  const isHeld = filled === undefined || isPaused(filled.deployment) || isBackingOff(view, filled);
  const places = placesOf(view);
  const surplus = places.flatMap((place) =>
    view.service.status === 'ACTIVE' ? surplusOf(place, { groups, filled, isHeld }) : place.tasks,
  );
  const { stops, spared } = stopsOf(view, places, surplus);
  const free = places.filter(({ host, tasks }) => host.state === 'wanted' && tasks.length === 0);
  const isStarting = view.service.status === 'ACTIVE' && !isHeld;
  const hostArns = isStarting ? free.map(({ host }) => host.instanceArn) : [];
  return {
    starts: startsOf(filled, hostArns),
    stops,
    wants: wantsOf(view, groups, { filled, stops }),
    isBlocked: false,
    spared,
    deferredUntil: filled?.deployment.nextLaunchAt,
  };
}

/** Of the tasks that are to go, those that may go now: the floor is kept, and so are protected tasks. (DMN-3, PRT-1) */
function stopsOf(
  view: ServiceView,
  places: readonly Place[],
  surplus: Place['tasks'],
): { readonly stops: readonly StopPlan[]; readonly spared: readonly ServiceTask[] } {
  const { minimumHealthyPercent = 0 } = view.service.deploymentConfiguration;
  const floor = deploymentFloor(daemonCount(view), minimumHealthyPercent);
  // What is on a host that is left does not count: it goes with the host.
  const staying = places.filter(({ host }) => host.state !== 'leaving').flatMap(({ tasks }) => tasks);
  let healthy = staying.filter(({ taskClass }) => taskClass === 'healthy').length;
  const stops: StopPlan[] = [];
  const spared: ServiceTask[] = [];
  for (const each of surplus) {
    const { task, taskClass } = each;
    const isCounted = taskClass === 'healthy' && staying.includes(each);
    const isNeeded = isCounted && healthy - 1 < floor;
    if (taskClass === 'stopping' || isNeeded) continue;
    const isUnhealthy = taskClass === 'unhealthy';
    if (!isUnhealthy && view.service.status === 'ACTIVE' && isProtected(task, view.now)) {
      spared.push(task);
      continue;
    }
    if (isCounted) healthy -= 1;
    stops.push({ task, cause: isUnhealthy ? 'unhealthy' : 'surplus' });
  }
  return { stops, spared };
}

const isBackingOff = ({ now }: ServiceView, { deployment }: TaskGroup): boolean =>
  deployment.nextLaunchAt !== undefined && deployment.nextLaunchAt > now;

const startsOf = (filled: TaskGroup | undefined, hostArns: readonly string[]): readonly StartPlan[] =>
  filled === undefined || hostArns.length === 0
    ? []
    : [{ deploymentId: filled.deployment.id, count: hostArns.length, unhealthyCount: 0, hostArns }];

/** Every host, with the tasks on it; hosts that are no more among them are to be left. */
function placesOf(view: ServiceView): readonly Place[] {
  const hosts = new Map(view.daemonHosts.map((host) => [host.instanceArn, host]));
  for (const { instanceArn = '' } of view.tasks) {
    if (!hosts.has(instanceArn)) hosts.set(instanceArn, { instanceArn, state: 'leaving', isActive: false });
  }
  const byHost = new Map<string, Place['tasks'][number][]>();
  for (const task of view.tasks) {
    const known = byHost.get(task.instanceArn ?? '') ?? [];
    byHost.set(task.instanceArn ?? '', [...known, { task, taskClass: classifyTask(view, task) }]);
  }
  return [...hosts.values()].map((host) => ({ host, tasks: byHost.get(host.instanceArn) ?? [] }));
}

interface Rollout {
  readonly groups: readonly TaskGroup[];
  readonly filled: TaskGroup | undefined;
  /** The new deployment starts nothing now, so nothing makes way for it. */
  readonly isHeld: boolean;
}

/** The tasks of a host that are to go: all of one that is left, else all but the one that is to stay. */
function surplusOf({ host, tasks }: Place, { groups, filled, isHeld }: Rollout): Place['tasks'] {
  if (host.state === 'leaving') return tasks;
  const ageOf = (task: ServiceTask): number =>
    groups.find(({ deployment }) => deployment.id === task.deploymentId)?.age ?? groups.length;
  const isGood = ({ taskClass }: Place['tasks'][number]): boolean =>
    taskClass !== 'stopping' && taskClass !== 'unhealthy';
  // What runs well of a newer deployment that failed stays, as with replicas.
  const isCurrent = ({ task }: Place['tasks'][number]): boolean => ageOf(task) <= (filled?.age ?? 0);
  const kept =
    tasks.find((each) => isGood(each) && isCurrent(each)) ??
    (isHeld || host.state === 'held' ? tasks.find(isGood) : undefined);
  return tasks.filter((each) => each !== kept);
}

function wantsOf(
  view: ServiceView,
  groups: readonly TaskGroup[],
  { filled, stops }: { readonly filled: TaskGroup | undefined; readonly stops: readonly StopPlan[] },
): ReadonlyMap<string, number> {
  const ending = new Set(stops.map(({ task }) => task));
  return new Map(
    groups.map((group) => {
      const { id } = group.deployment;
      const staying = view.tasks.filter(
        (task) => task.deploymentId === id && !ending.has(task) && classifyTask(view, task) !== 'stopping',
      );
      return [id, group === filled ? daemonCount(view) : staying.length];
    }),
  );
}

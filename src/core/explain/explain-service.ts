import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Deployment } from '../../domain/service.ts';
import type { Task } from '../../domain/task.ts';
import { reconcileService } from '../deployment/reconcile-service.ts';
import type { ServiceDecision } from '../deployment/service-decision.ts';
import type { ServiceView } from '../deployment/service-view.ts';
import { classChangesAt, classifyTask } from '../deployment/task-class.ts';
import { groupTasks, type TaskGroup } from '../deployment/task-groups.ts';
import type { PlacementRefusal } from '../placement/placement-view.ts';
import { waitsOfTask } from './explain-task.ts';
import type { Explanation, Wait } from './explanation.ts';
import { hostLack } from './host-lack.ts';

/** What an explanation of a service depends on. */
export interface ServiceExplanationView extends ServiceView {
  readonly tasks: readonly Task[];
  readonly hosts: ReadonlyMap<string, ContainerInstance>;
  /** Why no host takes one more task of the PRIMARY deployment now; empty when one does. */
  readonly refusals: readonly PlacementRefusal[];
}

/** Tasks that are named one by one; of more, the first. */
const TASKS_MAX_COUNT = 10;

/** Says why a service is where it is, by the same rules that its scheduler follows. (EXP-1, EXP-4) */
export function explainService(view: ServiceExplanationView): Explanation {
  const { service } = view;
  const groups = groupTasks(view, service.deployments);
  return {
    subject: `service ${service.serviceName} in cluster ${service.clusterName}`,
    state: stateOf(view),
    facts: service.deployments.map((deployment, at) => deploymentFact(deployment, groups[at])),
    waits: [...launchWaits(view), ...backOffWaits(view), ...blockedWaits(view), ...taskWaits(view)],
    next: nextOf(view),
  };
}

function stateOf({ service, tasks }: ServiceExplanationView): string {
  if (service.status === 'INACTIVE') return 'It was deleted, and all of its tasks have stopped.';
  const running = tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
  const on = `${running} of its tasks are RUNNING, ${tasks.length - running} are on their way in or out`;
  if (service.status === 'DRAINING') return `It was deleted; ${on}.`;
  const isSteady = service.steadyAt !== undefined;
  return `It wants ${service.desiredCount} tasks; ${on}${isSteady ? '; it is steady' : ''}.`;
}

function deploymentFact(deployment: Deployment, group: TaskGroup | undefined): string {
  const { id, status, spec, rolloutState, failedTasks } = deployment;
  const counts = Object.entries(group?.byClass ?? {})
    .filter(([, tasks]) => tasks.length > 0)
    .map(([taskClass, tasks]) => `${tasks.length} ${taskClass}`);
  const definition = spec.taskDefinitionArn.slice(spec.taskDefinitionArn.lastIndexOf('/') + 1);
  const failed = failedTasks > 0 ? `, ${failedTasks} failed in a row` : '';
  return `Deployment ${id} of ${definition} is ${status} and ${rolloutState}: ${counts.join(', ') || 'no tasks'}${failed}.`;
}

/** Tasks that could not be started, and each host's reason. */
function launchWaits({ service, refusals }: ServiceExplanationView): readonly Wait[] {
  const notice = service.launchNotice;
  if (notice === undefined) return [];
  const { cause, message, writtenAt: since } = notice;
  if (cause === 'refused') return [{ waitsFor: `a start that is possible: it ${message}`, since }];
  const waitsFor = cause === 'room' ? 'room on a host' : 'a host that can take its tasks';
  return [{ waitsFor, since, hosts: refusals.map(hostLack) }];
}

const backOffWaits = ({ service, now }: ServiceExplanationView): readonly Wait[] =>
  service.deployments.flatMap(({ id, launchFailures, lastFailureAt, nextLaunchAt }): readonly Wait[] =>
    nextLaunchAt === undefined || nextLaunchAt <= now
      ? []
      : [
          {
            waitsFor: `the pause of deployment ${id} after ${Math.max(1, launchFailures)} failed starts to end`,
            since: lastFailureAt,
            until: nextLaunchAt,
          },
        ],
  );

function blockedWaits({ service }: ServiceExplanationView): readonly Wait[] {
  const { blockedNotice, deploymentConfiguration } = service;
  if (blockedNotice === undefined) return [];
  const { maximumPercent, minimumHealthyPercent } = deploymentConfiguration;
  const bounds = `minimumHealthyPercent ${minimumHealthyPercent} and maximumPercent ${maximumPercent}`;
  return [{ waitsFor: `${bounds} to allow a start or a stop`, since: blockedNotice.writtenAt }];
}

function taskWaits(view: ServiceExplanationView): readonly Wait[] {
  const waiting = view.tasks.flatMap((task) => {
    const wait = waitOf(view, task);
    return wait === undefined ? [] : [wait];
  });
  if (waiting.length <= TASKS_MAX_COUNT) return waiting;
  const rest = waiting.length - TASKS_MAX_COUNT;
  return [...waiting.slice(0, TASKS_MAX_COUNT), { waitsFor: `${rest} more tasks` }];
}

function waitOf(view: ServiceExplanationView, task: Task): Wait | undefined {
  const named = (text: string): string => `task ${task.taskId}: ${text}`;
  const taskClass = classifyTask(view, task);
  if (taskClass === 'draining' && task.lastStatus === 'RUNNING') {
    return { waitsFor: named('a replacement, for its host is DRAINING') };
  }
  if (taskClass === 'unhealthy') return { waitsFor: named('a replacement, for its health check fails') };
  const until = classChangesAt(view, task);
  if (until !== undefined)
    return { waitsFor: named('time to count as healthy'), since: task.startedAt, until };
  const [wait] = waitsOfTask({ task, host: view.hosts.get(task.instanceArn ?? '') });
  return wait === undefined ? undefined : { ...wait, waitsFor: named(wait.waitsFor) };
}

/** What the scheduler would do now and, failing that, when it looks again. */
function nextOf(view: ServiceExplanationView): string {
  const decisions = reconcileService(view);
  const actions = [...startTexts(view, decisions), ...stopTexts(decisions)];
  if (actions.length > 0) return `The scheduler ${actions.join(' and ')}.`;
  const wake = decisions.find((decision) => decision.kind === 'wake-at');
  if (wake !== undefined && view.service.steadyAt === undefined) {
    return `The scheduler looks again when a task changes, at the latest at ${isoTime(wake.at)}.`;
  }
  return view.service.steadyAt === undefined
    ? 'The scheduler looks again when a task changes.'
    : 'Nothing: it has what it wants.';
}

function startTexts(
  { service }: ServiceExplanationView,
  decisions: readonly ServiceDecision[],
): readonly string[] {
  const count = decisions.reduce((sum, each) => sum + (each.kind === 'start-tasks' ? each.count : 0), 0);
  if (count === 0) return [];
  return [
    service.launchNotice === undefined ? `starts ${count} tasks` : `tries again to start ${count} tasks`,
  ];
}

function stopTexts(decisions: readonly ServiceDecision[]): readonly string[] {
  const count = decisions.filter(({ kind }) => kind === 'stop-task').length;
  return count === 0 ? [] : [`stops ${count} tasks`];
}

/** An instant as ISO 8601 in UTC, to the second. */
export const isoTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

import { parseArn } from '../../domain/arn.ts';
import type { ServiceEvent } from '../../domain/service.ts';
import type { EventDraft } from './event-draft.ts';
import { detailTime } from './event-time.ts';

/** What a line of `events[]` is called on EventBridge; `reason` is the literal one, or the first group of `pattern`. */
interface ActionRule {
  readonly pattern: RegExp;
  readonly eventType: 'INFO' | 'WARN' | 'ERROR';
  readonly eventName: string;
  readonly reason?: string | undefined;
}

const placement = (pattern: RegExp, reason?: string): ActionRule => ({
  pattern,
  eventType: 'ERROR',
  eventName: 'SERVICE_TASK_PLACEMENT_FAILURE',
  reason,
});

/** The first rule that matches names the action; a line that none matches makes no event. (EVT-4) */
const ACTION_RULES: readonly ActionRule[] = [
  { pattern: /has reached a steady state\.$/, eventType: 'INFO', eventName: 'SERVICE_STEADY_STATE' },
  { pattern: /\) has started \d+ tasks(?::| in )/, eventType: 'INFO', eventName: 'TASKS_STARTED' },
  { pattern: /\) has stopped \d+ running tasks(?::| in )/, eventType: 'INFO', eventName: 'TASKS_STOPPED' },
  { pattern: /\) stopped \d+ pending tasks\.$/, eventType: 'INFO', eventName: 'TASKS_STOPPED' },
  { pattern: /\) is not AZ balanced with /, eventType: 'INFO', eventName: 'SERVICE_REBALANCING_STARTED' },
  { pattern: /\) is AZ balanced with /, eventType: 'INFO', eventName: 'SERVICE_REBALANCING_COMPLETED' },
  {
    pattern: /was unable to scale in due to \(reason \d+ tasks under protection\)/,
    eventType: 'INFO',
    eventName: 'TASKSET_SCALE_IN_FAILURE_BY_TASK_PROTECTION',
  },
  {
    pattern: /is unable to consistently start tasks successfully\./,
    eventType: 'WARN',
    eventName: 'SERVICE_TASK_START_IMPAIRED',
  },
  {
    pattern: /failed to launch a task with \(error (.+)\)\.$/s,
    eventType: 'ERROR',
    eventName: 'SERVICE_TASK_CONFIGURATION_FAILURE',
  },
  placement(/was unable to place a task\. Reason: Capacity is unavailable/, 'RESOURCE:FARGATE'),
  placement(/unable to place a task .*has insufficient CPU units available\./, 'RESOURCE:CPU'),
  placement(/unable to place a task .*has insufficient memory available\./, 'RESOURCE:MEMORY'),
  placement(/unable to place a task .*is already using a port required by your task\./, 'RESOURCE:PORTS'),
  placement(/unable to place a task .*doesn't have the agent connected\./, 'AGENT'),
  placement(/unable to place a task .*is missing an attribute required by your task\./, 'ATTRIBUTE'),
  placement(/unable to place a task .*encountered error "([^"]+)"\./),
  placement(/unable to place a task/),
];

/** The event of a new line in a service's `events[]`. (EVT-4) */
export function serviceActions(
  before: ServiceEvent | undefined,
  after: ServiceEvent | undefined,
): EventDraft[] {
  const rule = ACTION_RULES.find(({ pattern }) => pattern.test(after?.message ?? ''));
  if (before !== undefined || after === undefined || rule === undefined) return [];
  const { serviceArn, message } = after;
  const { eventType, eventName } = rule;
  const detail = {
    eventType,
    eventName,
    clusterArn: siblingArn(serviceArn, (cluster) => `cluster/${cluster}`),
    ...hostOf(serviceArn, message),
    createdAt: detailTime(after.createdAt),
    reason: rule.reason ?? rule.pattern.exec(message)?.[1],
  };
  return [{ detailType: 'ECS Service Action', resourceArn: serviceArn, serviceArn, detail }];
}

/** The instance that came closest to taking the task. */
function hostOf(
  serviceArn: string,
  message: string,
): { readonly containerInstanceArns?: readonly string[] | undefined } {
  const id = /\(container-instance ([^)]+)\)/.exec(message)?.[1];
  if (id === undefined) return {};
  return {
    containerInstanceArns: [siblingArn(serviceArn, (cluster) => `container-instance/${cluster}/${id}`)],
  };
}

/** The ARN of another resource in the cluster of a service. */
function siblingArn(serviceArn: string, resourceOf: (clusterName: string) => string): string {
  const { region = '', accountId = '', resource = '' } = parseArn(serviceArn) ?? {};
  return `arn:aws:ecs:${region}:${accountId}:${resourceOf(resource.split('/')[1] ?? '')}`;
}

import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Task } from '../../domain/task.ts';
import type { Instant } from '../../lib/clock.ts';
import { instant, plusMs } from '../../lib/clock.ts';
import type { EndCause } from './stop-cause.ts';

/** What the control plane's own part of a task's life depends on. */
export interface TaskStepView {
  readonly now: Instant;
  readonly task: Task;
  /** The row of its host; undefined when there is none any more. */
  readonly host: ContainerInstance | undefined;
  /** Since when this control plane has listened, by a clock that was not set since: a host cannot be missed for longer. */
  readonly listeningSince: Instant;
  readonly settings: TaskStepSettings;
}

/** What an installation may set of it. */
export interface TaskStepSettings {
  /** A pool host that has been silent for this long is given up, with its tasks. */
  readonly poolHostLostAfterMs: number;
}

/** The next thing to do with a task. */
export type TaskStep =
  /** PROVISIONING → PENDING: its interface is there. */
  | { readonly kind: 'attach' }
  /** Its host has nothing to do with it any more: on to STOPPED, by way of the interface where there is one. */
  | { readonly kind: 'finish'; readonly cause?: EndCause }
  | { readonly kind: 'wait' };

const DEREGISTERED: EndCause = {
  stopCode: 'UserInitiated',
  stoppedReason: 'Container instance deregistration forced by user',
};
const HOST_LOST: EndCause = {
  stopCode: 'TerminationNotice',
  stoppedReason: 'ECS is performing maintenance on the underlying infrastructure hosting the task',
};

interface Rule {
  readonly when: (view: TaskStepView) => boolean;
  readonly step: (view: TaskStepView) => TaskStep;
}

/** First match wins; the order is the specification. (TSK-30) */
const RULES: readonly Rule[] = [
  { when: ({ task }) => task.lastStatus === 'STOPPED', step: () => ({ kind: 'wait' }) },
  { when: ({ task }) => task.lastStatus === 'DEPROVISIONING', step: () => ({ kind: 'finish' }) },
  {
    when: ({ host }) => host === undefined || host.status === 'INACTIVE',
    step: () => ({ kind: 'finish', cause: DEREGISTERED }),
  },
  // A payload and the note that it was sent are one transaction, so no host can have heard of this task.
  { when: isUnheardOf, step: () => ({ kind: 'finish' }) },
  { when: ({ task }) => task.lastStatus === 'PROVISIONING', step: () => ({ kind: 'attach' }) },
  { when: isOnLostHost, step: () => ({ kind: 'finish', cause: HOST_LOST }) },
];

/** Decides the control plane's next step with a task. What only the host can move is waited for. (TSK-30) */
export function nextTaskStep(view: TaskStepView): TaskStep {
  return RULES.find(({ when }) => when(view))?.step(view) ?? { kind: 'wait' };
}

function isUnheardOf({ task }: TaskStepView): boolean {
  const isEarly = task.lastStatus === 'PROVISIONING' || task.lastStatus === 'PENDING';
  return task.desiredStatus === 'STOPPED' && isEarly && task.sentAt === undefined;
}

function isOnLostHost(view: TaskStepView): boolean {
  const lostAt = view.host === undefined ? undefined : hostLostAt(view.host, view);
  return lostAt !== undefined && view.now >= lostAt;
}

/**
 * When a host that is away now will be given up with its tasks; undefined for hosts that are there and for instances
 * of clusters, which are waited for however long it takes. A control plane that was away itself has missed its hosts
 * no longer than it has been back; one whose clock was set counts from then. (TSK-31, HARD-52)
 */
export function hostLostAt(
  host: ContainerInstance,
  since: { readonly now: Instant; readonly listeningSince: Instant; readonly settings: TaskStepSettings },
): Instant | undefined {
  if (host.pool !== 'FARGATE' || host.agentConnected) return undefined;
  // What lies in the future was written before the clock was set back. (HARD-52)
  const wentAt = host.connectivityAt > since.now ? since.listeningSince : host.connectivityAt;
  const missedSince = instant(Math.max(wentAt, since.listeningSince));
  return plusMs(missedSince, since.settings.poolHostLostAfterMs);
}

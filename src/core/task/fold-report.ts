import { lastSegment } from '../../domain/arn.ts';
import type { Resources } from '../../domain/resources.ts';
import type {
  ManagedAgent,
  Task,
  TaskContainer,
  TaskNetworkInterface,
  TaskStatus,
} from '../../domain/task.ts';
import { mayMove } from '../../domain/task.ts';
import type { Instant } from '../../lib/clock.ts';
import { portsOfRange } from './port-range.ts';
import type { EndCause } from './stop-cause.ts';
import { endCause } from './stop-cause.ts';
import type { ContainerReport, ManagedAgentReport, TaskReport } from './task-report.ts';
import { ascending } from './task-size.ts';

/** AWS cuts longer reasons. */
const REASON_MAX_LENGTH = 1024;

/**
 * The task after an agent's report. Nothing moves back: a report that is late or comes again changes nothing, and then
 * the very same task is returned. A STOPPED task stays as it is. (TSK-10 to TSK-16)
 */
export function foldReport(task: Task, report: TaskReport, now: Instant): Task {
  if (task.lastStatus === 'STOPPED') return task;
  const steps = [
    heardFrom,
    withContainers,
    withManagedAgents,
    withTimes,
    withAttachments,
    withStatus,
    withEnd,
  ];
  return steps.reduce((state, step) => step(state, report, now), task);
}

/** Returns `task` itself when the patch says nothing new. */
function patched(task: Task, patch: Partial<Task>): Task {
  const isSame = (Object.keys(patch) as (keyof Task)[]).every((name) => Object.is(task[name], patch[name]));
  return isSame ? task : { ...task, ...patch };
}

/** A task is connected from its host's first word on. (TSK-15) */
function heardFrom(task: Task, report: TaskReport, now: Instant): Task {
  if (report.status === undefined || task.connectivity !== undefined) return task;
  return { ...task, connectivity: 'CONNECTED', connectivityAt: now };
}

function withContainers(task: Task, report: TaskReport): Task {
  let { containers } = task;
  for (const entry of report.containers) {
    const at = containers.findIndex(({ name }) => name === entry.name);
    const before = containers[at];
    if (before === undefined) continue;
    const after = foldContainer(before, entry, task.networkInterface !== undefined);
    if (after !== before) containers = containers.with(at, after);
  }
  return patched(task, { containers, reserved: reservedPorts(task, containers) });
}

const CONTAINER_STATUSES = ['PENDING', 'RUNNING', 'STOPPED'] as const;

/** What a container has said once stays; its status moves forward only. (TSK-11) */
function foldContainer(
  container: TaskContainer,
  report: ContainerReport,
  hasOwnAddress: boolean,
): TaskContainer {
  const status = CONTAINER_STATUSES.find((known) => known === report.status) ?? 'PENDING';
  const isForward = CONTAINER_STATUSES.indexOf(status) > CONTAINER_STATUSES.indexOf(container.lastStatus);
  const reason = report.reason === undefined || report.reason === '' ? undefined : report.reason;
  const bindings = hasOwnAddress ? [] : (report.networkBindings ?? []);
  const next: TaskContainer = {
    ...container,
    lastStatus: isForward ? status : container.lastStatus,
    exitCode: container.exitCode ?? report.exitCode,
    reason: container.reason ?? reason?.slice(0, REASON_MAX_LENGTH),
    runtimeId: container.runtimeId ?? nonEmpty(report.runtimeId),
    imageDigest: container.imageDigest ?? nonEmpty(report.imageDigest),
    networkBindings:
      container.networkBindings.length > 0 || bindings.length === 0 ? container.networkBindings : bindings,
  };
  const isSame = (Object.keys(next) as (keyof TaskContainer)[]).every(
    (name) => next[name] === container[name],
  );
  return isSame ? container : next;
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

/** Host ports that the engine chose are held too, so that no fixed port is placed on them. (TSK-14) */
function reservedPorts(task: Task, containers: readonly TaskContainer[]): Resources {
  const { reserved } = task;
  const portsOf = (isUdp: boolean): readonly number[] =>
    containers.flatMap(({ networkBindings }) =>
      networkBindings.flatMap(({ hostPort, hostPortRange, protocol }) => {
        if ((protocol === 'udp') !== isUdp) return [];
        return hostPort === undefined ? portsOfRange(hostPortRange) : [hostPort];
      }),
    );
  const tcpPorts = ascending([...reserved.tcpPorts, ...portsOf(false)]);
  const udpPorts = ascending([...reserved.udpPorts, ...portsOf(true)]);
  const isSame = tcpPorts.length === reserved.tcpPorts.length && udpPorts.length === reserved.udpPorts.length;
  return isSame ? reserved : { ...reserved, tcpPorts, udpPorts };
}

/** A managed agent moves forward only, and ends with its container. (EXE-8) */
function withManagedAgents(task: Task, report: TaskReport, now: Instant): Task {
  let { containers } = task;
  for (const entry of report.managedAgents ?? []) {
    if (entry.name !== 'ExecuteCommandAgent') continue;
    const at = containers.findIndex(({ name }) => name === entry.containerName);
    const container = containers[at];
    const agent = container?.managedAgent;
    if (container === undefined || agent === undefined) continue;
    const after = foldManagedAgent(agent, entry, now);
    if (after !== agent) containers = containers.with(at, { ...container, managedAgent: after });
  }
  return patched(task, { containers });
}

function foldManagedAgent(agent: ManagedAgent, entry: ManagedAgentReport, now: Instant): ManagedAgent {
  const lastStatus = CONTAINER_STATUSES.find((known) => known === entry.status);
  if (lastStatus === undefined) return agent;
  if (CONTAINER_STATUSES.indexOf(lastStatus) <= CONTAINER_STATUSES.indexOf(agent.lastStatus)) return agent;
  return {
    ...agent,
    lastStatus,
    reason: entry.reason?.slice(0, REASON_MAX_LENGTH) ?? agent.reason,
    lastStartedAt: lastStatus === 'RUNNING' ? now : agent.lastStartedAt,
  };
}

/** The first instant that was said stands. (TSK-12) */
function withTimes(task: Task, report: TaskReport): Task {
  return patched(task, {
    pullStartedAt: task.pullStartedAt ?? report.pullStartedAt,
    pullStoppedAt: task.pullStoppedAt ?? report.pullStoppedAt,
    executionStoppedAt: task.executionStoppedAt ?? report.executionStoppedAt,
  });
}

function withAttachments(task: Task, report: TaskReport): Task {
  const eni = task.networkInterface;
  if (eni?.status !== 'PRECREATED') return task;
  const isAttached = report.attachments.some(
    ({ attachmentArn, status }) => status === 'ATTACHED' && lastSegment(attachmentArn) === eni.attachmentId,
  );
  return isAttached ? attached(task, eni) : task;
}

const attached = (task: Task, eni: TaskNetworkInterface): Task => ({
  ...task,
  networkInterface: { ...eni, status: 'ATTACHED' },
});

/** Only these come from agents; all other states are the control plane's own. (TSK-10) */
function withStatus(task: Task, report: TaskReport, now: Instant): Task {
  if (report.status !== 'PENDING' && report.status !== 'RUNNING') return task;
  const status: TaskStatus = report.status;
  if (!mayMove(task.lastStatus, status)) return task;
  const eni = task.networkInterface;
  const reached = eni?.status === 'PRECREATED' ? attached(task, eni) : task;
  return { ...reached, lastStatus: status, startedAt: status === 'RUNNING' ? now : task.startedAt };
}

/**
 * A task ends when its agent says so, and begins to end when an essential container has ended. One with a network
 * interface goes by DEPROVISIONING, where the control plane takes the interface away. (TSK-13)
 */
function withEnd(task: Task, report: TaskReport, now: Instant): Task {
  if (report.status === 'STOPPED') return endTask(beginEnd(withAllEnded(task), report, now), now);
  const isEnding = task.containers.some(({ essential, lastStatus }) => essential && lastStatus === 'STOPPED');
  return isEnding ? beginEnd(task, report, now) : task;
}

function withAllEnded(task: Task): Task {
  const containers = task.containers.map(ended);
  const isSame = containers.every((container, at) => container === task.containers[at]);
  return isSame ? task : { ...task, containers };
}

function ended(container: TaskContainer): TaskContainer {
  const { managedAgent: agent } = container;
  const hasAgent = agent !== undefined && agent.lastStatus !== 'STOPPED';
  if (container.lastStatus === 'STOPPED' && !hasAgent) return container;
  const stopped: TaskContainer = { ...container, lastStatus: 'STOPPED' };
  return hasAgent ? { ...stopped, managedAgent: { ...agent, lastStatus: 'STOPPED' } } : stopped;
}

function beginEnd(task: Task, report: TaskReport, now: Instant): Task {
  const areAllEnded = task.containers.every(
    ({ essential, lastStatus }) => !essential || lastStatus === 'STOPPED',
  );
  const hasStarted = task.containers.some(({ runtimeId }) => runtimeId !== undefined);
  const executionStoppedAt = task.executionStoppedAt ?? (areAllEnded && hasStarted ? now : undefined);
  const cause = task.stopCode === undefined ? endCause(task, report.reason ?? '') : {};
  return patched(task, {
    ...cause,
    desiredStatus: 'STOPPED',
    stoppingAt: task.stoppingAt ?? now,
    executionStoppedAt,
  });
}

/** STOPPED, or DEPROVISIONING while there is a network interface to take away. */
function endTask(task: Task, now: Instant): Task {
  if (task.lastStatus === 'DEPROVISIONING') return task;
  if (task.networkInterface === undefined) return finishTask(task, now);
  return { ...task, lastStatus: 'DEPROVISIONING' };
}

/**
 * The task at its very end: STOPPED, its interface DELETED, all its containers STOPPED whether each was reported or
 * not. A cause that was written before stays. (TSK-13, TSK-31)
 */
export function finishTask(task: Task, now: Instant, cause?: EndCause): Task {
  const eni = task.networkInterface;
  return {
    ...withAllEnded(task),
    ...(task.stopCode === undefined ? cause : {}),
    desiredStatus: 'STOPPED',
    lastStatus: 'STOPPED',
    networkInterface: eni === undefined ? undefined : { ...eni, status: 'DELETED' },
    stoppingAt: task.stoppingAt ?? now,
    stoppedAt: now,
  };
}

import type { Task, TaskContainer } from '../../domain/task.ts';
import type { TaskStopCode } from '../../shapes/generated/ecs.ts';

/** Why a task ended, as clients read it. */
export interface EndCause {
  readonly stopCode: TaskStopCode;
  readonly stoppedReason: string;
}

/** What is known when a task is seen to end. */
interface Ending {
  /** It was RUNNING at some time. */
  readonly hasRun: boolean;
  readonly containers: readonly TaskContainer[];
  readonly isFargate: boolean;
  /** The agent's own word about the task; mostly empty. */
  readonly agentReason: string;
}

interface Rule {
  readonly when: (ending: Ending) => boolean;
  readonly stopCode: TaskStopCode;
  readonly reason: (ending: Ending) => string;
}

const ESSENTIAL_EXITED = 'Essential container in task exited';
const FAILED_TO_START = 'Task failed to start';

/** First match wins. Whoever stops a task by intent has written its cause before, and that one stays. (TSK-20) */
const RULES: readonly Rule[] = [
  // A container that ran and ended outranks that the task as a whole never was RUNNING.
  {
    when: ({ containers }) => containers.some(hasEssentialExit),
    stopCode: 'EssentialContainerExited',
    reason: () => ESSENTIAL_EXITED,
  },
  // FARGATE users cannot look at a host, so the engine's words stand in the task itself.
  {
    when: ({ hasRun, isFargate }) => !hasRun && isFargate,
    stopCode: 'TaskFailedToStart',
    reason: startError,
  },
  // What the agent says of the task as a whole, no container says: a volume, a network interface.
  {
    when: ({ hasRun }) => !hasRun,
    stopCode: 'TaskFailedToStart',
    reason: ({ agentReason }) => (agentReason === '' ? FAILED_TO_START : agentReason),
  },
  { when: () => true, stopCode: 'EssentialContainerExited', reason: () => ESSENTIAL_EXITED },
];

/** The cause of an end that nobody asked for, from the task as it stands after the last report. (TSK-20) */
export function endCause(task: Task, agentReason: string): EndCause {
  const ending: Ending = {
    hasRun: task.startedAt !== undefined,
    containers: task.containers,
    isFargate: task.launchType === 'FARGATE',
    agentReason,
  };
  const rule = RULES.find(({ when }) => when(ending));
  return {
    stopCode: rule?.stopCode ?? 'EssentialContainerExited',
    stoppedReason: rule?.reason(ending) ?? ESSENTIAL_EXITED,
  };
}

/** Errors of steps before a container's own process: an exit code beside them is the engine's, not the program's. */
const NEVER_STARTED =
  /^(Cannot(Pull|Create|Start)\w*Error|ResourceInitializationError|DockerTimeoutError|ContainerRuntimeTimeoutError)\b/;
const ANY_ERROR = /^\w+Error\b/;

const hasEssentialExit = ({ essential, lastStatus, exitCode, reason }: TaskContainer): boolean =>
  essential && lastStatus === 'STOPPED' && exitCode !== undefined && !NEVER_STARTED.test(reason ?? '');

function startError({ containers, agentReason }: Ending): string {
  const reasons = containers.flatMap(({ reason }) => (reason === undefined || reason === '' ? [] : [reason]));
  return (
    reasons.find((reason) => NEVER_STARTED.test(reason)) ??
    reasons.find((reason) => ANY_ERROR.test(reason)) ??
    (agentReason === '' ? FAILED_TO_START : agentReason)
  );
}

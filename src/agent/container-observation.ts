import type { ContainerState } from '../runtime/driver.ts';
import type { EngineDeps } from './engine-deps.ts';
import type { LiveTask } from './live-task.ts';
import { type ContainerRecord, payloadOf, type TaskRecord, withContainer } from './task-record.ts';

/** Takes over what the engine says of a container now; undefined means that the engine does not know it. (AGT-6) */
export function observe(
  deps: EngineDeps,
  live: LiveTask,
  name: string,
  state: ContainerState | undefined,
): void {
  const before = live.record.containers.find((container) => container.name === name);
  if (before === undefined || before.phase === 'STOPPED') return;
  const now = deps.clock.now();
  live.change((record) => observed(record, { container: before, state, nowMs: now }));
  const after = live.record.containers.find((container) => container.name === name);
  if (after?.health !== before.health) deps.onHealth();
  if (after?.phase === 'STOPPED') {
    deps.log.info('container.stopped', { task: live.taskId, container: name, exitCode: after.exitCode });
    live.shippers.get(name)?.hurry();
  }
}

/**
 * Takes over that the engine has started a container, and asks for a look at it: nobody waits for what the look adds, so
 * the start need not either. (AGT-7)
 */
export function observeStart(
  deps: EngineDeps,
  live: LiveTask,
  { name, runtimeId }: { readonly name: string; readonly runtimeId: string },
): void {
  const before = live.record.containers.find((container) => container.name === name);
  if (before === undefined || before.phase === 'STOPPED') return;
  const startedAtMs = deps.clock.now();
  live.change((record) =>
    withContainer(record, name, {
      phase: 'RUNNING',
      wasRunning: true,
      runtimeId,
      startedAtMs,
      exitCode: undefined,
      finishedAtMs: undefined,
    }),
  );
  live.look();
}

interface Observation {
  readonly container: ContainerRecord;
  readonly state: ContainerState | undefined;
  readonly nowMs: number;
}

/** The record after an observation. Pure. */
export function observed(record: TaskRecord, observation: Observation): TaskRecord {
  const { container, state, nowMs } = observation;
  if (state === undefined) {
    const reason = 'ContainerVanishedError: No container matching saved ID found';
    return ended(record, container, { nowMs, patch: { reason } });
  }
  if (state.status === 'created') return record;
  const seen = seenRunning(container, state, nowMs);
  if (state.status === 'running') {
    return isSame(container, seen) ? record : withContainer(record, container.name, seen);
  }
  if (shouldRestart(record, container, { state, nowMs })) {
    const restartCount = container.restartCount + 1;
    return withContainer(record, container.name, {
      ...seen,
      phase: 'CREATED',
      health: undefined,
      restartCount,
      // Should the task be asked to stop before it runs again, this is how it ended.
      exitCode: state.exitCode,
      finishedAtMs: state.finishedAtMs ?? nowMs,
    });
  }
  const patch = {
    ...seen,
    exitCode: state.exitCode,
    finishedAtMs: state.finishedAtMs ?? nowMs,
    reason: endReason(state),
  };
  return ended(record, container, { nowMs, patch });
}

function seenRunning(
  container: ContainerRecord,
  state: ContainerState,
  nowMs: number,
): Partial<ContainerRecord> {
  const health = state.health === undefined ? undefined : HEALTH[state.health];
  const hasStarted = state.startedAtMs !== undefined;
  return {
    phase: 'RUNNING',
    wasRunning: container.wasRunning || hasStarted || state.status === 'running',
    runtimeId: state.runtimeId,
    imageId: state.imageId,
    bindings: state.portBindings.length > 0 ? state.portBindings : container.bindings,
    bridgeAddress: state.bridgeAddress ?? container.bridgeAddress,
    createdAtMs: state.createdAtMs,
    startedAtMs: state.startedAtMs,
    // What an earlier run left behind is over.
    exitCode: undefined,
    finishedAtMs: undefined,
    health,
    healthSinceMs: health === container.health ? container.healthSinceMs : nowMs,
    healthChecks: state.healthChecks ?? container.healthChecks,
  };
}

const isSame = (container: ContainerRecord, seen: Partial<ContainerRecord>): boolean =>
  container.phase === seen.phase &&
  container.health === seen.health &&
  container.healthChecks?.at(-1)?.endedAtMs === seen.healthChecks?.at(-1)?.endedAtMs &&
  container.startedAtMs === seen.startedAtMs;

/** What a process ends with that was killed. */
const KILLED_EXIT_CODE = 137;

const HEALTH = { starting: 'UNKNOWN', healthy: 'HEALTHY', unhealthy: 'UNHEALTHY' } as const;

function endReason(state: ContainerState): string | undefined {
  if (state.wasOutOfMemory && state.exitCode === KILLED_EXIT_CODE)
    return 'OutOfMemoryError: Container killed due to memory usage';
  return state.error === undefined || state.error === ''
    ? undefined
    : `CannotStartContainerError: ${state.error}`;
}

function ended(
  record: TaskRecord,
  container: ContainerRecord,
  { nowMs, patch }: { readonly nowMs: number; readonly patch: Partial<ContainerRecord> },
): TaskRecord {
  const isEssential = payloadOf(record, container.name)?.essential ?? true;
  return {
    ...withContainer(record, container.name, { ...patch, phase: 'STOPPED' }),
    isEnding: record.isEnding || isEssential,
    executionStoppedAtMs: record.executionStoppedAtMs ?? (isEssential ? nowMs : undefined),
  };
}

/** A task that is asked to stop, or is ending, restarts nothing. (LIF-4) */
function shouldRestart(
  record: TaskRecord,
  container: ContainerRecord,
  { state, nowMs }: { readonly state: ContainerState; readonly nowMs: number },
): boolean {
  const policy = payloadOf(record, container.name)?.restartPolicy;
  if (policy?.enabled !== true || record.desiredStatus === 'STOPPED' || record.isEnding) return false;
  if (state.exitCode === undefined || policy.ignoredExitCodes.includes(state.exitCode)) return false;
  return nowMs - (state.startedAtMs ?? nowMs) >= policy.restartAttemptPeriod * 1000;
}

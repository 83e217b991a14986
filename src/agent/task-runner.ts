import { plusMs } from '../lib/clock.ts';
import { errorText } from '../lib/error-text.ts';
import type { Rng } from '../lib/rng.ts';
import { RuntimeError } from '../runtime/driver.ts';
import { AwsError } from './aws-call.ts';
import { backoffMs, PULL_ATTEMPTS_COUNT, PULL_BACKOFF } from './backoff.ts';
import { createAhead, failContainer, launchContainer } from './container-launch.ts';
import { observe } from './container-observation.ts';
import { labelsOf, sandboxSpec } from './container-spec.ts';
import type { TaskDeps } from './engine-deps.ts';
import { outlasting } from './engine-timeout.ts';
import type { LiveTask } from './live-task.ts';
import { pause } from './pause.ts';
import { pullReason } from './pull-reason.ts';
import { SecretsError } from './secret-errors.ts';
import { cleanUp } from './task-cleanup.ts';
import { payloadOf, type TaskRecord, withContainer } from './task-record.ts';
import { nextStep, type TaskStep } from './task-steps.ts';

/** Pauses after refusals of the engine that may pass; then the refusal counts. */
const RETRY_PAUSES_MS = [500, 1_500, 4_000] as const;
/** Pause before an unexpected failure is tried again. */
const FAULT_PAUSE_MS = 1_000;
const SERVER_FAULT_STATUS = 500;
/** Steps that may need the execution role: for a registry's token, for a log stream. */
const BRINGING_UP: ReadonlySet<TaskStep['kind']> = new Set(['prepare', 'pull', 'launch']);
const CREDENTIALS_POLL_MS = 200;
/** What the ECS agent reports of a container that its dependencies kept from starting: as if TERM had ended it. */
const NEVER_STARTED_EXIT_CODE = 143;

/** Runs a task from where its record says it is until nothing of it is left on the host, or the agent stops. */
export async function runTask(deps: TaskDeps, live: LiveTask): Promise<void> {
  while (!live.closing.aborted && !live.record.isStopped) {
    try {
      await advance(deps, live);
    } catch (error) {
      deps.log.error('task.fault', { task: live.taskId, error: String(error) });
      await pause(deps.clock, FAULT_PAUSE_MS, live.closing);
    }
  }
  await live.idle();
  await cleanUp(deps, live);
}

async function advance(deps: TaskDeps, live: LiveTask): Promise<void> {
  const now = deps.clock.now();
  const step = nextStep(live.record, now, live.busy);
  // That all have been up is reported first: the look may take its time.
  if (step.kind !== 'settle' && live.takeLook()) {
    try {
      await lookAtContainers(deps, live);
    } catch (error) {
      // Nobody says it again when the engine could not answer just now.
      live.look();
      throw error;
    }
    return;
  }
  if (step.kind === 'wait') await live.changed(step.until);
  else if (BRINGING_UP.has(step.kind) && lacksExecutionRole(deps, live))
    await live.changed(plusMs(now, CREDENTIALS_POLL_MS));
  else await perform(deps, live, step);
}

/** After a restart of the agent in the middle of a launch the credentials come with the next connection. */
function lacksExecutionRole({ book }: TaskDeps, { record }: LiveTask): boolean {
  const role = record.payload.executionRoleCredentials;
  return role !== undefined && book.get(role.credentialsId) === undefined;
}

async function lookAtContainers(deps: TaskDeps, live: LiveTask): Promise<void> {
  for (const { name, runtimeId, phase } of live.record.containers) {
    if (runtimeId === undefined || phase !== 'RUNNING') continue;
    observe(deps, live, name, await deps.driver.inspectContainer(runtimeId));
  }
}

async function perform(
  deps: TaskDeps,
  live: LiveTask,
  step: Exclude<TaskStep, { kind: 'wait' }>,
): Promise<void> {
  switch (step.kind) {
    case 'prepare': {
      // The images need nothing of the sandbox, and both take their time.
      const unpulled = live.record.containers.filter(({ phase }) => phase === 'NONE').map(({ name }) => name);
      await Promise.all([
        prepare(deps, live),
        pullAll(deps, live, unpulled).then(() => createAllAhead(deps, live)),
      ]);
      return;
    }
    case 'pull':
      return pullAll(deps, live, step.names);
    case 'launch':
      for (const name of step.names) occupy(deps, live, name, launchContainer);
      return;
    case 'give-up':
      failContainer(live, step.name, { reason: step.reason, exitCode: NEVER_STARTED_EXIT_CODE });
      return;
    case 'settle':
      live.change((record) => ({ ...record, wasRunning: true }));
      return;
    case 'abandon':
      for (const name of step.names) live.change((record) => abandoned(record, name));
      return;
    case 'stop':
      for (const name of step.names) occupy(deps, live, name, stopContainer);
      return;
    case 'release':
      return release(deps, live);
  }
}

/** A container that will not be started any more, with the ECS agent's reason if its image was not even asked for. (LIF-14) */
function abandoned(record: TaskRecord, name: string): TaskRecord {
  const isEarly = record.pullStartedAtMs === undefined;
  const reason = `TaskStoppedBeforePullBeginError: Task stopped before image pull could begin for task: ${record.payload.arn}`;
  return withContainer(record, name, { phase: 'STOPPED', ...(isEarly && { reason }) });
}

/** One container's long work must not keep the others of the task waiting. (AGT-6) */
function occupy(
  deps: TaskDeps,
  live: LiveTask,
  name: string,
  act: (deps: TaskDeps, live: LiveTask, name: string) => Promise<void>,
): void {
  const work = act(deps, live, name).catch(async (error: unknown) => {
    deps.log.error('task.fault', { task: live.taskId, container: name, error: String(error) });
    await pause(deps.clock, FAULT_PAUSE_MS, live.closing);
  });
  live.occupy(name, work);
}

async function prepare(deps: TaskDeps, live: LiveTask): Promise<void> {
  try {
    const { payload } = live.record;
    const made = retried(deps, live, SANDBOX_PAUSES, () => deps.driver.prepareSandbox(sandboxSpec(payload)));
    const volumes = retried(deps, live, SANDBOX_PAUSES, () => deps.volumes.prepare(payload));
    // Whatever fails first: a sandbox that is still being made must not outlive its task.
    const parts = await Promise.allSettled([made, volumes, deps.secrets.ready(live)]);
    for (const part of parts) if (part.status === 'rejected') throw part.reason;
    live.change((record) => ({ ...record, isPrepared: true }));
  } catch (error) {
    if (live.stopping.aborted) return;
    const reason = `ResourceInitializationError: ${textOf(error)}`;
    deps.log.warn('task.not-prepared', { task: live.taskId, error: textOf(error) });
    live.change((record) => ({ ...record, isEnding: true, reason }));
  }
}

/** All images at once; a container whose image does not come ends with the reason. (AGT-5, AGT-10) */
async function pullAll(deps: TaskDeps, live: LiveTask, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const startedAt = deps.clock.now();
  live.change((record) => ({ ...record, pullStartedAtMs: record.pullStartedAtMs ?? startedAt }));
  await Promise.all(names.map((name) => pull(deps, live, name)));
  const stoppedAt = deps.clock.now();
  live.change((record) => ({ ...record, pullStoppedAtMs: stoppedAt }));
}

async function pull(deps: TaskDeps, live: LiveTask, name: string): Promise<void> {
  const container = payloadOf(live.record, name);
  if (container === undefined) return;
  const { payload } = live.record;
  try {
    const { digest, imageId } = await retried(deps, live, PULL_PAUSES, () =>
      deps.images.bring({
        image: container.image,
        access: deps.registries(payload, container),
        signal: live.stopping,
        container: { labels: labelsOf(payload, name), environment: container.environment },
      }),
    );
    live.change((record) => withContainer(record, name, { phase: 'PULLED', imageDigest: digest, imageId }));
  } catch (error) {
    // Asked to stop meanwhile: the containers are given up as ones that never started.
    if (live.stopping.aborted) return;
    failContainer(live, name, { reason: pullReason(error) });
  }
}

/** The network of a task of its own takes as long as a container: those that wait for no other are created meanwhile. */
async function createAllAhead(deps: TaskDeps, live: LiveTask): Promise<void> {
  if (live.record.payload.networkMode !== 'awsvpc' || lacksExecutionRole(deps, live)) return;
  const step = nextStep({ ...live.record, isPrepared: true }, deps.clock.now(), live.busy);
  if (step.kind !== 'launch') return;
  await Promise.all(step.names.map((name) => createAhead(deps, live, name)));
}

type Pauses = (attempt: number, rng: Rng) => number | undefined;

const SANDBOX_PAUSES: Pauses = (attempt) => RETRY_PAUSES_MS[attempt - 1];
const PULL_PAUSES: Pauses = (attempt, rng) =>
  attempt < PULL_ATTEMPTS_COUNT ? backoffMs(PULL_BACKOFF, attempt, rng) : undefined;

/** Repeats what could not be done just now, until there is no pause for the next attempt. */
async function retried<T>(
  deps: TaskDeps,
  live: LiveTask,
  pauses: Pauses,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await outlasting(deps.clock, live.stopping, work);
    } catch (error) {
      const pauseMs = pauses(attempt, deps.rng);
      if (pauseMs === undefined || !mayPass(error) || live.stopping.aborted) throw error;
      await pause(deps.clock, pauseMs, live.stopping);
    }
  }
}

/** The engine says so itself; of a service, anything but a refusal may pass. */
function mayPass(error: unknown): boolean {
  // One that was away was waited for already.
  if (error instanceof RuntimeError) return error.isTemporary && !error.isEngineAway;
  if (error instanceof AwsError)
    return error.status >= SERVER_FAULT_STATUS || error.code === 'ThrottlingException';
  // Its reader has tried again already.
  return !(error instanceof SecretsError);
}

async function stopContainer(deps: TaskDeps, live: LiveTask, name: string): Promise<void> {
  const runtimeId = live.record.containers.find((container) => container.name === name)?.runtimeId;
  if (runtimeId === undefined) return;
  const graceSeconds = payloadOf(live.record, name)?.stopTimeout ?? deps.settings.stopTimeoutSeconds;
  await deps.driver.stopContainer(runtimeId, graceSeconds);
  observe(deps, live, name, await deps.driver.inspectContainer(runtimeId));
}

/**
 * The sandbox goes before STOPPED is reported: from that report on the control plane may give the address to another
 * task. (AGT-6)
 */
async function release(deps: TaskDeps, live: LiveTask): Promise<void> {
  await clearFaults(deps, live);
  const { networkInterface } = sandboxSpec(live.record.payload);
  await deps.driver.releaseSandbox(live.taskId, networkInterface?.ipv4Address);
  await deps.secretFolders.remove(live.taskId);
  const now = deps.clock.now();
  live.change((record) => ({
    ...record,
    isStopped: true,
    stoppedAtMs: now,
    executionStoppedAtMs: record.executionStoppedAtMs ?? now,
  }));
  deps.log.info('task.stopped', { task: live.taskId });
}

/** In the host's own network faults would stay; elsewhere they go with the task's network. (FLT-7) */
async function clearFaults({ driver, log }: TaskDeps, live: LiveTask): Promise<void> {
  const { enableFaultInjection, networkMode } = live.record.payload;
  if (enableFaultInjection !== true || networkMode !== 'host') return;
  try {
    await driver.faults.clear({ taskId: live.taskId, networkMode });
  } catch (error) {
    log.warn('task.faults-not-removed', { task: live.taskId, error: textOf(error) });
  }
}

const textOf = (error: unknown): string => {
  if (error instanceof AwsError) return `${error.code}: ${error.message}`;
  return errorText(error);
};

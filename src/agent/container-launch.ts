import { errorText } from '../lib/error-text.ts';
import { type ContainerState, RuntimeError, type RuntimeStep } from '../runtime/driver.ts';
import { AwsError } from './aws-call.ts';
import { type LogTarget, streamName } from './awslogs-target.ts';
import { backoffMs, LOGS_BACKOFF } from './backoff.ts';
import { observe, observeStart } from './container-observation.ts';
import { containerSpec, logTargetOf, mountsOf, sandboxSpec, userOf } from './container-spec.ts';
import type { EngineDeps } from './engine-deps.ts';
import { CREATE_LIMIT, EngineTimeout, outlasting, START_LIMIT, within } from './engine-timeout.ts';
import { firelensPart, routerOf } from './firelens.ts';
import type { LiveTask } from './live-task.ts';
import { isUnanswered } from './log-delivery.ts';
import { pause } from './pause.ts';
import { SecretsError } from './secret-errors.ts';
import { taskEnvironment } from './task-environment.ts';
import { logCredentials, shipOutput, taggedContainer } from './task-logs.ts';
import { payloadOf, type TaskRecord, withContainer } from './task-record.ts';

const INSPECT_PAUSE_MS = 1_000;

/** A container could not be brought up: it ends as `end` says, and with it the task when it is essential. */
export function failContainer(
  live: LiveTask,
  name: string,
  end: { readonly reason: string; readonly exitCode?: number | undefined },
): void {
  live.change((record) => ({
    ...withContainer(record, name, { phase: 'STOPPED', ...end }),
    isEnding: record.isEnding || isEssential(record, name),
  }));
}

const isEssential = (record: TaskRecord, name: string): boolean => payloadOf(record, name)?.essential ?? true;

/**
 * Creates a container while the network of its task is still being made; the launch starts it. What fails here is done, and
 * told, by the launch. (AGT-5)
 */
export async function createAhead(deps: EngineDeps, live: LiveTask, name: string): Promise<void> {
  try {
    const runtimeId = await within(deps.clock, CREATE_LIMIT, () => createContainer(deps, live, name));
    live.created.set(name, runtimeId);
    live.change((record) => withContainer(record, name, { phase: 'CREATED', runtimeId }));
  } catch (error) {
    deps.log.debug('container.not-created-ahead', {
      task: live.taskId,
      container: name,
      error: String(error),
    });
  }
}

/** Creates and starts a container whose dependencies are met, and begins to ship its output. (AGT-5) */
export async function launchContainer(deps: EngineDeps, live: LiveTask, name: string): Promise<void> {
  const container = payloadOf(live.record, name);
  if (container === undefined) return;
  const target = logTargetOf(container, deps.region);
  try {
    const [runtimeId] = await Promise.all([
      takeCreated(live, name) ??
        within(deps.clock, CREATE_LIMIT, (late) =>
          outlasting(deps.clock, AbortSignal.any([late, live.stopping]), () =>
            createInSandbox(deps, live, name),
          ),
        ),
      target?.stream === undefined ? undefined : ensureStream(deps, live, { target, stream: target.stream }),
    ]);
    live.change((record) => withContainer(record, name, { phase: 'CREATED', runtimeId }));
    if (target !== undefined && target.stream === undefined) {
      const stream = streamName(target, taggedContainer(live, name, runtimeId));
      await ensureStream(deps, live, { target, stream });
    }
    await within(deps.clock, START_LIMIT, (late) => startOrEnd(deps, live, { name, runtimeId, late }));
    // Ports and the address on the bridge are the engine's choice, and told with the start. (AGT-7)
    if (live.record.payload.networkMode === 'bridge')
      observe(deps, live, name, await inspected(deps, live, runtimeId));
    else observeStart(deps, live, { name, runtimeId });
    shipOutput(deps, live, name);
  } catch (error) {
    deps.log.info('container.not-started', { task: live.taskId, container: name, error: String(error) });
    notStarted(live, name, error);
  }
}

function notStarted(live: LiveTask, name: string, error: unknown): void {
  // The next agent goes on from here.
  if (live.closing.aborted) return;
  const refusal = error instanceof RuntimeError ? error : undefined;
  // Nothing was refused: it is given up as one that never started.
  if (live.stopping.aborted && refusal?.isEngineAway === true) return;
  // Somebody has removed it since it was pulled.
  if (refusal?.isImageMissing === true)
    live.change((record) => withContainer(record, name, { phase: 'NONE' }));
  else failContainer(live, name, { reason: launchFailure(error) });
}

/** Once only: when it is launched again, much may have happened to it. */
function takeCreated(live: LiveTask, name: string): string | undefined {
  const runtimeId = live.created.get(name);
  live.created.delete(name);
  return runtimeId;
}

async function createInSandbox(deps: EngineDeps, live: LiveTask, name: string): Promise<string> {
  // An agent before this one may have prepared it, and the driver does not find every sandbox again.
  await deps.driver.prepareSandbox(sandboxSpec(live.record.payload));
  return createContainer(deps, live, name);
}

async function createContainer(deps: EngineDeps, live: LiveTask, name: string): Promise<string> {
  const { record } = live;
  const container = payloadOf(record, name);
  const row = record.containers.find((entry) => entry.name === name);
  if (container === undefined || row === undefined) throw new Error(`assertion failed: no container ${name}`);
  const [endpointUrl, volumeSources, secrets, firelens] = await Promise.all([
    deps.endpointFor(record.payload),
    deps.volumes.prepare(record.payload),
    deps.secrets.of(live, name),
    firelensPart(deps.firelens, record.payload, container, {
      routerAddress: () => routerAddress(deps, record),
      externalConfig: async () => (await deps.secrets.of(live, name)).routerConfig,
      secretOptions: async (other) => (await deps.secrets.of(live, other)).logOptions,
    }),
  ]);
  const environment = taskEnvironment(record.payload, container, {
    token: row.token,
    region: deps.region,
    endpointUrl,
    secrets: secrets.variables,
    fileVariables: secrets.fileVariables,
  });
  const secretBinds = await deps.secretFolders.write(
    { taskId: live.taskId, name, user: userOf(container) },
    secrets.files,
  );
  const { logOptions } = secrets;
  const mounts = mountsOf(container, volumeSources).map(({ source, destination }) => ({
    source,
    destination,
  }));
  if (mounts.length > 0) live.change((before) => withContainer(before, name, { mounts }));
  const spec = containerSpec(record, name, {
    environment: { ...environment, ...firelens.environment },
    volumeSources,
    secretBinds,
    logOptions,
    firelens,
  });
  const { runtimeId } = await deps.driver.createContainer(spec);
  return runtimeId;
}

/** Where the task's log router is on the bridge; it has been started before those that log through it. */
async function routerAddress({ driver }: EngineDeps, record: TaskRecord): Promise<string | undefined> {
  if (record.payload.networkMode !== 'bridge') return undefined;
  const router = routerOf(record.payload)?.name;
  const runtimeId = record.containers.find(({ name }) => name === router)?.runtimeId;
  return runtimeId === undefined ? undefined : (await driver.inspectContainer(runtimeId))?.bridgeAddress;
}

/** A start that the engine gets to after it was given up must not leave a container running. */
async function startOrEnd(
  { driver, clock }: EngineDeps,
  live: LiveTask,
  {
    name,
    runtimeId,
    late,
  }: { readonly name: string; readonly runtimeId: string; readonly late: AbortSignal },
): Promise<void> {
  const enough = AbortSignal.any([late, live.stopping]);
  await outlasting(clock, enough, () => driver.startContainer(runtimeId));
  const isGivenUp = live.record.containers.some((row) => row.name === name && row.phase === 'STOPPED');
  if (isGivenUp) await driver.stopContainer(runtimeId, 0);
}

/** A started container runs, whatever the engine answers to a question about it: it is asked until it can say. */
async function inspected(
  { driver, clock, log }: EngineDeps,
  live: LiveTask,
  runtimeId: string,
): Promise<ContainerState | undefined> {
  for (;;) {
    try {
      return await driver.inspectContainer(runtimeId);
    } catch (error) {
      if (live.closing.aborted) throw error;
      log.warn('container.not-inspected', { task: live.taskId, runtimeId, error: String(error) });
      await pause(clock, INSPECT_PAUSE_MS, live.closing);
    }
  }
}

/** The stream could not be made; told apart from the engine's refusals. */
class LogStreamError extends Error {}

/** Attempts to make a stream while the service does not answer: for half a minute, which a restart of it does not take. (HARD-38) */
const STREAM_ATTEMPTS_COUNT = 7;

async function ensureStream(
  deps: EngineDeps,
  live: LiveTask,
  stream: { readonly target: LogTarget; readonly stream: string },
): Promise<void> {
  const credentials = logCredentials(deps, live);
  if (credentials === undefined)
    throw new LogStreamError('the credentials of the execution role are not known');
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await deps.logs.ensureStream(stream, credentials);
    } catch (error) {
      const text = error instanceof AwsError ? `${error.code}: ${error.message}` : String(error);
      const isOver = attempt >= STREAM_ATTEMPTS_COUNT || !isUnanswered(error) || live.stopping.aborted;
      if (isOver) throw new LogStreamError(text, { cause: error });
      await pause(deps.clock, backoffMs(LOGS_BACKOFF, attempt, deps.rng), live.stopping);
    }
  }
}

const FAILURES: Partial<Record<RuntimeStep, string>> = {
  create: 'CannotCreateContainerError',
  network: 'ResourceInitializationError',
  volume: 'ResourceInitializationError',
};

function launchFailure(error: unknown): string {
  if (error instanceof LogStreamError) {
    return `CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log stream: ${error.message}`;
  }
  if (error instanceof SecretsError) return `ResourceInitializationError: ${error.message}`;
  const message = errorText(error);
  if (error instanceof EngineTimeout) return message;
  const step = error instanceof RuntimeError ? error.step : 'start';
  return `${FAILURES[step] ?? 'CannotStartContainerError'}: ${message}`;
}

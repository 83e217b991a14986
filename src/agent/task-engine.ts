import type { PayloadTask } from '../domain/task-payload.ts';
import { isRecord } from '../link/envelope.ts';
import type { ContainerState } from '../runtime/driver.ts';
import type { EngineDeps, TaskDeps } from './engine-deps.ts';
import { outlasting } from './engine-timeout.ts';
import { hostImages } from './host-images.ts';
import { type LiveTask, liveTask, taskDocument } from './live-task.ts';
import { pause } from './pause.ts';
import { resumeOutput } from './task-logs.ts';
import { newRecord, type TaskRecord, taskIdOf, withContainer } from './task-record.ts';
import { reportTask } from './task-reporter.ts';
import { runTask } from './task-runner.ts';

/** All tasks of the host. */
export interface TaskEngine {
  /** Loads the tasks of the last run and goes on with them. */
  recover(): Promise<void>;
  /** Takes a task on; a known one only follows the desired status. Resolves when that is on disk. (AGT-4) */
  accept(payload: PayloadTask): Promise<void>;
  /** Asks a task to stop; one that is not known is reported as STOPPED. Resolves when that is on disk. (AGT-4) */
  stop(taskArn: string, payload?: PayloadTask): Promise<void>;
  /** Every task that is still on the host, stopped ones included. */
  records(): readonly TaskRecord[];
  /** Reads again what the engine knows of containers whose health check has not succeeded: why it fails. (LIF-5) */
  lookAtUnhealthy(): void;
  /** The task and container behind a metadata token. */
  findByToken(token: string): { readonly record: TaskRecord; readonly name: string } | undefined;
  /** Resolves when the task has left the host. */
  gone(taskArn: string): Promise<void>;
  /** Leaves every task as it is. */
  close(): Promise<void>;
}

/** How long `close` waits for calls of the container engine. */
const CLOSE_MAX_MS = 2_000;

/** Makes an engine without tasks. */
export function taskEngine(given: EngineDeps): TaskEngine {
  const live = new Map<string, LiveTask>();
  const runs = new Map<string, Promise<void>>();
  const closing = new AbortController();
  const records = (): readonly TaskRecord[] => [...live.values()].map(({ record }) => record);
  const images = hostImages(given, records, () => wakeAll(live.values()));
  const deps: TaskDeps = { ...given, images };
  const byRuntimeId = new Map<string, LiveTask>();
  const byToken = new Map<string, { readonly task: LiveTask; readonly name: string }>();
  const unwatch = deps.driver.watch((runtimeId) => byRuntimeId.get(runtimeId)?.look());

  const begin = (record: TaskRecord): LiveTask => {
    const index = ({ containers }: TaskRecord): void => {
      for (const { runtimeId } of containers) if (runtimeId !== undefined) byRuntimeId.set(runtimeId, task);
    };
    const task = liveTask({ state: deps.state, clock: deps.clock, record, onChange: index });
    live.set(record.payload.arn, task);
    index(record);
    for (const { token, name } of record.containers) byToken.set(token, { task, name });
    expectCredentials(deps, record.payload);
    return task;
  };

  const leave = (task: LiveTask): void => {
    live.delete(task.record.payload.arn);
    for (const { token, runtimeId } of task.record.containers) {
      byToken.delete(token);
      if (runtimeId !== undefined) byRuntimeId.delete(runtimeId);
    }
  };

  const run = (task: LiveTask): void => {
    const { arn } = task.record.payload;
    const work = Promise.all([runTask(deps, task), reportTask(deps, task)])
      .catch((error: unknown) => deps.log.error('task.lost', { task: task.taskId, error: String(error) }))
      .then(() => {
        if (!closing.signal.aborted) leave(task);
        runs.delete(arn);
      });
    runs.set(arn, work);
  };

  const take = async (payload: PayloadTask): Promise<void> => {
    const names = { token: () => deps.ids.uuid(), tail: () => deps.ids.hex(20) };
    const task = begin(newRecord(payload, names));
    await savedOrLeft(deps, task, () => leave(task));
    run(task);
  };

  const stop = async (taskArn: string, payload?: PayloadTask): Promise<void> => {
    const known = live.get(taskArn);
    if (known === undefined) return take(payload ?? unknownTask(taskArn));
    known.change((record) =>
      record.desiredStatus === 'STOPPED' ? record : { ...record, desiredStatus: 'STOPPED' },
    );
    await known.saved();
  };

  return {
    recover: async () => {
      await images.open(closing.signal);
      const states = await outlasting(deps.clock, closing.signal, () => deps.driver.listContainers());
      for (const record of await savedRecords(deps, states)) {
        const task = begin(record);
        task.look();
        await resumeOutput(deps, task);
        run(task);
      }
      warnOfUnknown(deps, states, [...live.values()]);
    },
    accept: async (payload) => {
      if (payload.desiredStatus === 'STOPPED') return stop(payload.arn, payload);
      if (!live.has(payload.arn)) await take(payload);
    },
    stop,
    records,
    lookAtUnhealthy: () => lookAtUnhealthy(live.values()),
    findByToken: (token) => {
      const found = byToken.get(token);
      return found && { record: found.task.record, name: found.name };
    },
    gone: async (taskArn) => runs.get(taskArn),
    close: async () => {
      unwatch();
      closing.abort();
      await closeAll(deps, [...live.values()], [...runs.values()]);
    },
  };
}

/** A task that cannot be kept was not taken on: the control plane sends it again, and then it is a new one. (HARD-34) */
async function savedOrLeft({ state }: EngineDeps, task: LiveTask, leave: () => void): Promise<void> {
  try {
    await task.saved();
  } catch (error) {
    leave();
    await state.remove(taskDocument(task.taskId));
    throw error;
  }
}

function wakeAll(tasks: Iterable<LiveTask>): void {
  for (const task of tasks) task.look();
}

function expectCredentials({ book }: EngineDeps, payload: PayloadTask): void {
  for (const role of [payload.roleCredentials, payload.executionRoleCredentials])
    if (role !== undefined) book.expect(role.credentialsId);
}

function warnOfUnknown(
  { log }: EngineDeps,
  states: readonly ContainerState[],
  tasks: readonly LiveTask[],
): void {
  const known = new Set(tasks.map(({ taskId }) => taskId));
  for (const { runtimeId, taskId } of states) {
    if (!known.has(taskId)) log.warn('container.unknown', { runtimeId, task: taskId });
  }
}

async function closeAll(
  deps: EngineDeps,
  tasks: readonly LiveTask[],
  runs: readonly Promise<void>[],
): Promise<void> {
  for (const task of tasks) task.close();
  // An engine call that is under way may take a container's whole grace time; it goes on without us.
  await Promise.race([Promise.all(runs), pause(deps.clock, CLOSE_MAX_MS)]);
  // What a full disk does not take now is found out again from the containers.
  await Promise.allSettled(tasks.map((task) => task.saved()));
}

function lookAtUnhealthy(tasks: Iterable<LiveTask>): void {
  for (const task of tasks) if (hasUnhealthy(task.record)) task.look();
}

const hasUnhealthy = ({ containers }: TaskRecord): boolean =>
  containers.some(({ phase, health }) => phase === 'RUNNING' && health !== undefined && health !== 'HEALTHY');

/** A container that was made after the record was last saved is known by its labels. (AGT-16) */
function foundAgain(record: TaskRecord, taskId: string, states: readonly ContainerState[]): TaskRecord {
  let found = record;
  for (const { name, phase, finishedAtMs } of record.containers) {
    const state = states.find((entry) => entry.taskId === taskId && entry.containerName === name);
    if (state === undefined || phase === 'STOPPED' || phase === 'RUNNING') continue;
    const { runtimeId, status } = state;
    // It is to run again after this very end, which was counted already. (LIF-4)
    const isCounted =
      status === 'exited' && finishedAtMs !== undefined && state.finishedAtMs === finishedAtMs;
    found = withContainer(found, name, {
      runtimeId,
      phase: status === 'created' || isCounted ? 'CREATED' : 'RUNNING',
    });
  }
  return found;
}

/** The tasks of the last run, as the engine's containers say that they are now. */
async function savedRecords(
  deps: EngineDeps,
  states: readonly ContainerState[],
): Promise<readonly TaskRecord[]> {
  const records: TaskRecord[] = [];
  for (const taskId of await deps.state.list('tasks')) {
    const saved = await deps.state.load(`tasks/${taskId}`);
    if (!isTaskRecord(saved)) continue;
    const found = foundAgain(saved, taskId, states);
    await endStrays(deps, found, states);
    records.push(found);
  }
  return records;
}

/** Started by the engine after an agent before this one had given them up. (HARD-11) */
async function endStrays(
  { driver, log }: EngineDeps,
  record: TaskRecord,
  states: readonly ContainerState[],
): Promise<void> {
  const taskId = taskIdOf(record.payload);
  for (const { runtimeId, containerName, status, ...state } of states) {
    const row = record.containers.find(({ name }) => state.taskId === taskId && name === containerName);
    if (row?.phase !== 'STOPPED' || status !== 'running') continue;
    log.warn('container.stray', { runtimeId, task: taskId, container: containerName });
    await driver.stopContainer(runtimeId, 0).catch((error: unknown) => {
      log.warn('container.not-stopped', { runtimeId, error: String(error) });
    });
  }
}

const isTaskRecord = (value: unknown): value is TaskRecord =>
  isRecord(value) && isRecord(value['payload']) && Array.isArray(value['containers']);

/** What a stop of a task that this host never had is answered from: nothing to stop, STOPPED at once. */
function unknownTask(taskArn: string): PayloadTask {
  return {
    arn: taskArn,
    taskClusterArn: '',
    desiredStatus: 'STOPPED',
    family: '',
    version: '',
    taskDefinitionAccountId: '',
    launchType: 'EC2',
    networkMode: 'none',
    containers: [],
    volumes: [],
    elasticNetworkInterfaces: [],
  };
}

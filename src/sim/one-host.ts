import { credentialsBook } from '../agent/credentials-book.ts';
import type { EngineSettings } from '../agent/engine-deps.ts';
import { DEFAULT_ENGINE_SETTINGS } from '../agent/engine-deps.ts';
import { noFirelensFolders } from '../agent/firelens.ts';
import { secretFolders } from '../agent/secret-folders.ts';
import { memoryStateDirectory, type StateDirectory } from '../agent/state-directory.ts';
import { type TaskEngine, taskEngine } from '../agent/task-engine.ts';
import { taskSecrets } from '../agent/task-secrets.ts';
import type { PayloadTask } from '../domain/task-payload.ts';
import { type Clock, type Instant, instant, plusMs } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { seededRng } from '../lib/rng.ts';
import type { TaskStateChange } from '../link/ecs-calls.ts';
import type { LogLine, RuntimeDriver } from '../runtime/driver.ts';
import { createSimulatedDriver } from '../runtime/simulated/simulated-driver.ts';
import { seededIds } from './seeded-ids.ts';
import { VirtualClock } from './virtual-clock.ts';

/** When virtual time begins. */
export const START: Instant = instant(1_700_000_000_000);

/** One thing that the agent did with its container engine, and how long after the start. */
export interface HostDeed {
  readonly afterMs: number;
  readonly deed: 'pull' | 'create' | 'start' | 'stop' | 'ended' | 'remove' | 'untag';
  readonly what: string;
}

/** An agent's task engine on a simulated container engine, in virtual time. */
export interface OneHost {
  readonly engine: TaskEngine;
  readonly driver: RuntimeDriver;
  readonly clock: VirtualClock;
  readonly state: StateDirectory;
  readonly deeds: readonly HostDeed[];
  /** What was reported, in order. */
  readonly reports: readonly TaskStateChange[];
  /** Lines that reached a log stream. */
  readonly lines: readonly LogLine[];
  /** Lets time go by until `isSo`, at most for a virtual day. Rejects when it never comes. */
  until(isSo: () => boolean): Promise<void>;
  /** Lets this much time go by. */
  pass(ms: number): Promise<void>;
}

const DAY_MS = 86_400_000;

/**
 * Makes a host. `wrap` may put something between the agent and the simulated container engine. The agent is the next one
 * on the host `before` when there is one: same engine, same documents, same time.
 */
export function oneHost(
  settings: Partial<EngineSettings> = {},
  wrap: (driver: RuntimeDriver, clock: Clock) => RuntimeDriver = (driver) => driver,
  before?: Pick<OneHost, 'clock' | 'driver' | 'state'>,
): OneHost {
  const clock = before?.clock ?? new VirtualClock(START);
  const deeds: HostDeed[] = [];
  const note = (deed: HostDeed['deed'], what: string): void => {
    deeds.push({ afterMs: clock.now() - START, deed, what });
  };
  const driver = noted(wrap(before?.driver ?? createSimulatedDriver({ clock }), clock), note);
  const reports: TaskStateChange[] = [];
  const lines: LogLine[] = [];
  const rng = seededRng('one-host');
  const state = before?.state ?? memoryStateDirectory();
  const engine = taskEngine({
    driver,
    clock,
    ids: seededIds(rng),
    log: silentLog,
    rng,
    state,
    cluster: 'lab',
    region: 'us-east-1',
    book: credentialsBook(),
    registries: () => undefined,
    logs: {
      ensureStream: async () => {},
      put: async (_stream, events) => {
        lines.push(...events.map(({ timestamp, message }) => ({ timestampMs: timestamp, message })));
      },
      tail: async () => [],
    },
    credentials: { accessKeyId: 'A', secretAccessKey: 'S' },
    firelens: noFirelensFolders,
    volumes: { prepare: async () => new Map(), remove: async () => {} },
    secrets: taskSecrets({
      read: async () => new Map(),
      files: async () => new Map(),
      routerConfig: async () => '',
    }),
    secretFolders: secretFolders(undefined),
    submit: async (change) => {
      reports.push(change);
    },
    endpointFor: async () => undefined,
    onHealth: () => {},
    settings: { ...DEFAULT_ENGINE_SETTINGS, ...settings },
  });
  const settle = async (): Promise<void> => {
    for (let count = 0; count < 10; count += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const until = async (isSo: () => boolean): Promise<void> => {
    const end = plusMs(clock.now(), DAY_MS);
    for (await settle(); !isSo(); await settle()) {
      const next = clock.nextAt();
      if (next === undefined || next > end) throw new Error('what is waited for never comes');
      clock.step();
    }
  };
  return {
    engine,
    driver,
    clock,
    state,
    deeds,
    reports,
    lines,
    until,
    pass: async (ms) => {
      const end = plusMs(clock.now(), ms);
      clock.schedule(end, () => {});
      await until(() => clock.now() >= end);
    },
  };
}

/** Notes what the agent does, by the names of the definition. */
function noted(driver: RuntimeDriver, note: (deed: HostDeed['deed'], what: string) => void): RuntimeDriver {
  const names = new Map<string, string>();
  const nameOf = (runtimeId: string): string => names.get(runtimeId) ?? runtimeId;
  return withMethods(driver, {
    pullImage: (request) => {
      note('pull', request.image);
      return driver.pullImage(request);
    },
    removeImage: (reference) => {
      note('untag', reference);
      return driver.removeImage(reference);
    },
    createContainer: async (spec) => {
      const made = await driver.createContainer(spec);
      names.set(made.runtimeId, spec.containerName);
      note('create', spec.containerName);
      return made;
    },
    startContainer: (runtimeId) => {
      note('start', nameOf(runtimeId));
      return driver.startContainer(runtimeId);
    },
    stopContainer: async (runtimeId, graceSeconds) => {
      note('stop', nameOf(runtimeId));
      await driver.stopContainer(runtimeId, graceSeconds);
      note('ended', nameOf(runtimeId));
    },
    removeContainer: (runtimeId) => {
      note('remove', nameOf(runtimeId));
      return driver.removeContainer(runtimeId);
    },
  });
}

/** The driver with some of its methods replaced. */
export function withMethods(driver: RuntimeDriver, replaced: Partial<RuntimeDriver>): RuntimeDriver {
  return new Proxy(driver, {
    get: (target, name) => {
      const own: unknown = Reflect.get(replaced, name) ?? Reflect.get(target, name);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}

/** A task's payload for `oneHost`: containers by name and image, everything else as given or plain. */
export function aHostTask(
  containers: readonly (Partial<PayloadTask['containers'][number]> & {
    readonly name: string;
    readonly image: string;
  })[],
  id = 't1',
): PayloadTask {
  return {
    arn: `arn:aws:ecs:us-east-1:1:task/lab/${id}`,
    taskClusterArn: 'arn:aws:ecs:us-east-1:1:cluster/lab',
    desiredStatus: 'RUNNING',
    family: 'web',
    version: '1',
    taskDefinitionAccountId: '1',
    launchType: 'EC2',
    networkMode: 'bridge',
    volumes: [],
    elasticNetworkInterfaces: [],
    containers: containers.map((container) => ({
      containerArn: `arn:aws:ecs:us-east-1:1:container/lab/${id}/${container.name}`,
      essential: true,
      cpu: 0,
      memory: 0,
      environment: {},
      portMappings: [],
      overrides: '{}',
      dockerConfig: { config: '{}', hostConfig: '{}', version: '1.25' },
      ...container,
    })),
  };
}

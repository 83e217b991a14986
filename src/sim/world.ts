import { registerContainerInstance } from '../api/ecs/register-container-instance.ts';
import { submitTaskStateChange } from '../api/ecs/submit-task-state-change.ts';
import type { Context, Operation } from '../api/operation.ts';
import { askOf, confirmedStops, deliver, manifest } from '../controllers/agent-sessions/deliveries.ts';
import {
  markAllDisconnected,
  markConnected,
  markDisconnected,
} from '../controllers/agent-sessions/instance-connection.ts';
import {
  type DaemonScheduler,
  startDaemonScheduler,
} from '../controllers/daemon-scheduler/start-daemon-scheduler.ts';
import { type EventRecorder, startEventRecorder } from '../controllers/events/record-events.ts';
import {
  type ServiceScheduler,
  startServiceScheduler,
} from '../controllers/service-scheduler/start-service-scheduler.ts';
import {
  startTaskLifecycle,
  type TaskLifecycle,
} from '../controllers/task-lifecycle/start-task-lifecycle.ts';
import { rootCaller } from '../core/identity/root-caller.ts';
import type { Task } from '../domain/task.ts';
import { instant, plusMs } from '../lib/clock.ts';
import type { Installation } from '../lib/config.ts';
import { silentLog } from '../lib/log.ts';
import { type Rng, seededRng } from '../lib/rng.ts';
import { ServiceError } from '../lib/service-error.ts';
import type { PayloadEntry } from '../link/acs-messages.ts';
import { tasks } from '../records/collections.ts';
import { writesEvents } from '../records/event-outbox.ts';
import { memoryEventArchive } from '../records/memory-event-archive.ts';
import { recordTaskHealth } from '../records/task-health.ts';
import { tasksOfInstance } from '../records/tasks.ts';
import type { RegisterContainerInstanceRequest } from '../shapes/generated/ecs.ts';
import type { LogBatch } from '../store/commit-log.ts';
import { openStore } from '../store/create-store.ts';
import { memoryLog } from '../store/memory-log.ts';
import type { Commit, Store } from '../store/store.ts';
import { FakeHost, type HostLink } from './fake-host.ts';
import type { Revision } from './scenario.ts';
import { seededIds } from './seeded-ids.ts';
import { slowArchive } from './slow-archive.ts';
import { type SlowLog, slowLog } from './slow-log.ts';
import { VirtualClock } from './virtual-clock.ts';

/** 2026-01-01T00:00:00Z: where the time of every run begins. */
const START = instant(1_767_225_600_000);

const INSTALLATION: Installation = {
  accountId: '000000000000',
  region: 'us-east-1',
  endpointUrl: 'http://127.0.0.1:7070',
};

const ROOT = rootCaller(INSTALLATION.accountId, 'AKIAAAAAAAAAAAAAAAAA');

/** Hears of every commit, with the store as it is right after it. */
export type CommitListener = (commit: Commit, store: Store) => void;

/** Hears of a start of the control plane on what the log holds, and of what landed there unheard when it was killed. */
export type StartListener = (store: Store, unheard: LogBatch | undefined) => void;

/** What a host was asked for in this session of its agent, by task. */
interface Session {
  readonly host: FakeHost;
  readonly registration: RegisterContainerInstanceRequest;
  asked: Map<string, 'RUNNING' | 'STOPPED'>;
}

/** One installation under virtual time: the real store, API functions and controllers, with hosts that are made up. */
export class World {
  readonly clock = new VirtualClock(START);
  readonly rng: Rng;
  readonly hosts: FakeHost[] = [];
  /** Like the log, it outlives the control plane. */
  readonly archive = memoryEventArchive(Number.POSITIVE_INFINITY);
  readonly #ids;
  readonly #log = memoryLog();
  readonly #isDiskSlow: boolean;
  readonly #listeners: CommitListener[] = [];
  readonly #startListeners: StartListener[] = [];
  readonly #stopListeners: ((taskArn: string, store: Store) => void)[] = [];
  readonly #sessions = new Map<string, Session>();
  /** How often the tag of each image was moved. */
  readonly #pushes = new Map<Revision, number>();
  #disk: SlowLog | undefined;
  readonly #failures: unknown[] = [];
  #store: Store | undefined;
  #running: readonly (ServiceScheduler | DaemonScheduler | TaskLifecycle | EventRecorder)[] = [];
  #generation = 0;

  constructor({ seed, isDiskSlow }: { readonly seed: string; readonly isDiskSlow: boolean }) {
    this.#isDiskSlow = isDiskSlow;
    this.rng = seededRng(seed);
    this.#ids = seededIds(this.rng.fork('ids'));
  }

  get startedAt() {
    return START;
  }

  /** True while the control plane answers. */
  get isUp(): boolean {
    return this.#store !== undefined;
  }

  get store(): Store {
    if (this.#store === undefined) throw new Error('the control plane is away');
    return this.#store;
  }

  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  /** Hears of every task that a host is told to stop. */
  onStopTold(listener: (taskArn: string, store: Store) => void): void {
    this.#stopListeners.push(listener);
  }

  onStart(listener: StartListener): void {
    this.#startListeners.push(listener);
  }

  /** What the tag of a revision's image stands for now: `sha256:` and 64 digits. */
  digestOf(revision: Revision): string {
    const text = [...`${revision}-${this.#pushes.get(revision) ?? 0}`].map((letter) =>
      letter.charCodeAt(0).toString(16).padStart(2, '0'),
    );
    return `sha256:${text.join('').padEnd(64, '0')}`;
  }

  /** The tag of a revision's image moves to other content. */
  pushImage(revision: Revision): void {
    this.#pushes.set(revision, (this.#pushes.get(revision) ?? 0) + 1);
  }

  /** Starts the control plane on what the log holds. */
  async start(): Promise<void> {
    const generation = this.#generation;
    const life = { clock: this.clock, isOver: () => generation !== this.#generation };
    const archive = slowArchive(this.archive, { ...life, rng: this.rng.fork(`archive-${generation}`) });
    const unheard = this.#disk?.landedUntold;
    const rng = this.rng.fork(`disk-${generation}`);
    this.#disk = slowLog(this.#log, { ...life, rng, isSlow: this.#isDiskSlow });
    const store = await openStore({
      log: this.#disk,
      flush: 'immediate',
      freeze: true,
      beforeCommit: writesEvents({
        clock: this.clock,
        ids: this.#ids,
        scope: INSTALLATION,
        lastSequence: () => archive.lastSequence(),
      }),
    });
    for (const listener of this.#startListeners) listener(store, unheard);
    store.watch((commit) => {
      for (const listener of this.#listeners) listener(commit, store);
      this.#payloads(commit);
    });
    await store.write((tx) => markAllDisconnected(tx, this.clock.now()));
    if (life.isOver()) return;
    this.#store = store;
    const shared = { store, clock: this.clock, ids: this.#ids, log: silentLog, installation: INSTALLATION };
    this.#running = [
      startTaskLifecycle(shared),
      startServiceScheduler(shared),
      startDaemonScheduler(shared),
      startEventRecorder({ ...shared, archive }),
    ];
  }

  /** Drops everything but the log. The hosts notice, and come back when the control plane does. */
  stop(): void {
    for (const controller of this.#running) void controller.stop();
    this.#running = [];
    this.#store = undefined;
    this.#generation += 1;
    for (const host of this.hosts) host.controlPlaneLost();
  }

  restart(forMs: number): void {
    if (!this.isUp) return;
    this.stop();
    this.clock.schedule(plusMs(this.clock.now(), forMs), () => this.#attempt(this.start()));
  }

  /** Calls an operation as root. A refusal is an answer too. While the control plane is away the call is lost, as a client's would be. */
  call<Input, Output>(operation: Operation<Input, Output>, input: Input): void {
    if (!this.isUp) return;
    const answer = Promise.resolve().then(() => operation(this.context(), input));
    this.#attempt(answer.catch(forgiveRefusal));
  }

  context(): Context {
    return {
      store: this.store,
      clock: this.clock,
      ids: this.#ids,
      log: silentLog,
      installation: INSTALLATION,
      caller: ROOT,
      requestId: '00000000-0000-4000-8000-000000000000',
    };
  }

  /** A host joins with what its agent registers. */
  async addHost(
    registration: RegisterContainerInstanceRequest,
    { isUnreliable }: { readonly isUnreliable: boolean },
  ): Promise<FakeHost> {
    const { containerInstance } = await registerContainerInstance(this.context(), registration);
    const { containerInstanceArn = '' } = containerInstance ?? {};
    const host = new FakeHost(containerInstanceArn, {
      clock: this.clock,
      rng: this.rng.fork(`host-${this.hosts.length}`),
      link: this.#link,
      isUnreliable,
      digestOf: (revision) => this.digestOf(revision),
    });
    this.hosts.push(host);
    const session = { host, registration: { ...registration, containerInstanceArn }, asked: new Map() };
    this.#sessions.set(containerInstanceArn, session);
    host.connect();
    return host;
  }

  /** The host of an instance. */
  hostOf(instanceArn: string): FakeHost | undefined {
    return this.#sessions.get(instanceArn)?.host;
  }

  /** Runs the earliest event and all that follows from it at once. */
  async step(): Promise<void> {
    this.clock.step();
    await this.settle();
  }

  /** Waits for what needs time to pass, such as a commit of a slow disk. */
  async within<T>(work: T | Promise<T>): Promise<T> {
    let isDone = false;
    const done = Promise.resolve(work).finally(() => {
      isDone = true;
    });
    done.catch(() => {});
    await this.settle();
    while (!isDone && this.clock.nextAt() !== undefined) await this.step();
    return done;
  }

  /** Lets every promise that can go on do so: nothing in a simulated run waits for anything but the clock. */
  async settle(): Promise<void> {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    const [failure] = this.#failures;
    if (failure !== undefined) throw failure;
  }

  #attempt(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#failures.push(error));
  }

  /** Hands what a commit asks of hosts to those that are connected, as the agents' sessions do. */
  #payloads(commit: Commit): void {
    for (const { collection, after } of commit.changes) {
      if (collection !== tasks.name || after === undefined) continue;
      const { instanceArn = '', ...task } = after as Task;
      const session = this.#sessions.get(instanceArn);
      if (session?.host.isConnected !== true) continue;
      const ask = askOf({ ...task, instanceArn }, instanceArn);
      if (ask !== undefined && session.asked.get(task.taskArn) !== ask)
        this.#deliver(session, [task.taskArn]);
    }
  }

  /** The real payloads, built from the rows as they are when their turn comes. */
  #deliver(session: Session, taskArns: readonly string[]): void {
    const { host, asked } = session;
    const deps = this.#sessionDeps();
    queueMicrotask(() => {
      if (this.#store !== deps.store || !host.isConnected) return;
      const request = { instanceArn: host.instanceArn, taskArns, asked };
      this.#attempt(
        deps.store
          .write((tx) => {
            const made = deliver(tx, deps, request);
            for (const { taskArn, asked: ask } of made) asked.set(taskArn, ask);
            return made;
          })
          .then((made) => {
            for (const { command } of made) {
              if (command.type === 'PayloadMessage')
                for (const entry of command.message.tasks) this.#ask(host, entry);
            }
          }),
      );
    });
  }

  #ask(host: FakeHost, entry: PayloadEntry): void {
    if (entry.desiredStatus === 'STOPPED') this.#tellStop(entry.arn);
    host.ask(entry);
  }

  #tellStop(taskArn: string): void {
    if (this.isUp) for (const listener of this.#stopListeners) listener(taskArn, this.store);
  }

  #sessionDeps() {
    const { store, clock } = this;
    return { store, clock, ids: this.#ids, log: silentLog, installation: INSTALLATION };
  }

  readonly #link: HostLink = {
    submit: (report) => {
      if (!this.isUp) return false;
      this.call(submitTaskStateChange, report);
      return true;
    },
    submitHealth: (taskArn, containerName, isHealthy) => {
      if (!this.isUp) return false;
      const healthStatus = isHealthy ? 'HEALTHY' : 'UNHEALTHY';
      this.#attempt(
        this.store.write((tx) => recordTaskHealth(tx, taskArn, [{ containerName, healthStatus }])),
      );
      return true;
    },
    connect: (host) => this.#connect(host),
    disconnect: (host) => {
      if (!this.isUp) return;
      this.#attempt(this.store.write((tx) => markDisconnected(tx, host.instanceArn, this.clock.now())));
    },
    verifyStops: (host, candidates) => {
      if (!this.isUp) return;
      const entries = this.store.read((tx) => confirmedStops(tx, host.instanceArn, candidates));
      for (const { taskArn } of entries) this.#tellStop(taskArn);
      host.stopsVerified(entries);
    },
    claimResources: (host, factor) => {
      const registration = this.#sessions.get(host.instanceArn)?.registration ?? {};
      const totalResources = (registration.totalResources ?? []).map((each) => ({
        ...each,
        integerValue: Math.ceil((each.integerValue ?? 0) * factor),
      }));
      this.call(registerContainerInstance, { ...registration, totalResources });
    },
  };

  #connect(host: FakeHost): boolean {
    const session = this.#sessions.get(host.instanceArn);
    if (!this.isUp || session === undefined) return false;
    const { instanceArn } = host;
    const deps = this.#sessionDeps();
    session.asked = new Map();
    const query = { cluster: '', containerInstanceArn: instanceArn, sendCredentials: false };
    this.#attempt(
      deps.store
        .write((tx) => {
          markConnected(tx, instanceArn, { query, now: this.clock.now() });
          const taskArns = tasksOfInstance(tx, instanceArn).map(({ taskArn }) => taskArn);
          return { command: manifest(tx, deps, instanceArn), taskArns };
        })
        .then(({ command, taskArns }) => {
          if (this.#store !== deps.store) return;
          this.#deliver(session, taskArns);
          if (command?.type === 'TaskManifestMessage') host.manifest(command.message.tasks);
        }),
    );
    return true;
  }
}

/** What the API refuses is no failure of a run: the service may be on its way out. */
function forgiveRefusal(error: unknown): void {
  if (!(error instanceof ServiceError) || error.fault !== 'client') throw error;
}

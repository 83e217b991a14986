import { submitTaskStateChange } from '../api/ecs/submit-task-state-change.ts';
import type { Context, Operation } from '../api/operation.ts';
import { askOf } from '../controllers/agent-sessions/deliveries.ts';
import {
  markAllDisconnected,
  markConnected,
  markDisconnected,
} from '../controllers/agent-sessions/instance-connection.ts';
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
import { tasks } from '../records/collections.ts';
import { writesEvents } from '../records/event-outbox.ts';
import { memoryEventArchive } from '../records/memory-event-archive.ts';
import { recordTaskHealth } from '../records/task-health.ts';
import { markTaskSent, tasksOfInstance } from '../records/tasks.ts';
import { openStore } from '../store/create-store.ts';
import { memoryLog } from '../store/memory-log.ts';
import type { Commit, Store } from '../store/store.ts';
import { FakeHost, type HostLink } from './fake-host.ts';
import { seededIds } from './seeded-ids.ts';
import { slowArchive } from './slow-archive.ts';
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

/** One installation under virtual time: the real store, API functions and controllers, with hosts that are made up. */
export class World {
  readonly clock = new VirtualClock(START);
  readonly rng: Rng;
  readonly hosts: FakeHost[] = [];
  /** Like the log, it outlives the control plane. */
  readonly archive = memoryEventArchive(Number.POSITIVE_INFINITY);
  readonly #ids;
  readonly #log = memoryLog();
  readonly #listeners: CommitListener[] = [];
  readonly #failures: unknown[] = [];
  #store: Store | undefined;
  #running: readonly (ServiceScheduler | TaskLifecycle | EventRecorder)[] = [];
  #generation = 0;

  constructor(seed: string) {
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

  /** Starts the control plane on what the log holds. */
  async start(): Promise<void> {
    const generation = this.#generation;
    const archive = slowArchive(this.archive, {
      clock: this.clock,
      rng: this.rng.fork(`archive-${generation}`),
      isOver: () => generation !== this.#generation,
    });
    const store = await openStore({
      log: this.#log,
      flush: 'immediate',
      freeze: true,
      beforeCommit: writesEvents({
        clock: this.clock,
        ids: this.#ids,
        scope: INSTALLATION,
        lastSequence: () => archive.lastSequence(),
      }),
    });
    this.#store = store;
    store.watch((commit) => {
      for (const listener of this.#listeners) listener(commit, store);
      this.#payloads(commit);
    });
    await store.write((tx) => markAllDisconnected(tx, this.clock.now()));
    const shared = { store, clock: this.clock, ids: this.#ids, log: silentLog, installation: INSTALLATION };
    this.#running = [
      startTaskLifecycle(shared),
      startServiceScheduler(shared),
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

  addHost(instanceArn: string, options: { isUnreliable: boolean }): FakeHost {
    const rng = this.rng.fork(`host-${this.hosts.length}`);
    const host = new FakeHost(instanceArn, { ...options, clock: this.clock, rng, link: this.#link() });
    this.hosts.push(host);
    host.connect();
    return host;
  }

  /** Runs the earliest event and all that follows from it at once. */
  async step(): Promise<void> {
    this.clock.step();
    await this.settle();
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
    const changed = commit.changes.filter(({ collection }) => collection === tasks.name);
    for (const { after, before } of changed) {
      const [task, old] = [after as Task | undefined, before as Task | undefined];
      const host = this.hosts.find(({ instanceArn }) => instanceArn === task?.instanceArn);
      if (task === undefined || host?.isConnected !== true) continue;
      const ask = askOf(task, host.instanceArn);
      const wasAsked = old === undefined ? undefined : askOf(old, host.instanceArn);
      if (ask !== undefined && ask !== wasAsked) this.#deliver(host, task, ask);
    }
  }

  #deliver(host: FakeHost, task: Task, ask: 'RUNNING' | 'STOPPED'): void {
    queueMicrotask(() => {
      if (!this.isUp || !host.isConnected) return;
      this.#attempt(
        this.store.write((tx) => {
          const row = tx.get(tasks, task.taskArn);
          if (row !== undefined && askOf(row, host.instanceArn) === ask) {
            markTaskSent(tx, row, this.clock.now());
            host.ask(row, ask);
          }
        }),
      );
    });
  }

  #link(): HostLink {
    return {
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
    };
  }

  #connect(host: FakeHost): boolean {
    if (!this.isUp) return false;
    const { instanceArn } = host;
    const query = { cluster: '', containerInstanceArn: instanceArn, sendCredentials: false };
    this.#attempt(
      this.store
        .write((tx) => {
          markConnected(tx, instanceArn, { query, now: this.clock.now() });
          return tasksOfInstance(tx, instanceArn);
        })
        .then((rows) => {
          host.manifest(
            new Set(rows.filter((row) => row.desiredStatus === 'RUNNING').map((row) => row.taskArn)),
          );
          for (const row of rows) {
            const ask = askOf(row, instanceArn);
            if (ask !== undefined) this.#deliver(host, row, ask);
          }
        }),
    );
    return true;
  }
}

/** What the API refuses is no failure of a run: the service may be on its way out. */
function forgiveRefusal(error: unknown): void {
  if (!(error instanceof ServiceError) || error.fault !== 'client') throw error;
}

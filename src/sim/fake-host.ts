import type { Task } from '../domain/task.ts';
import { plusMs } from '../lib/clock.ts';
import type { Rng } from '../lib/rng.ts';
import type { SubmitTaskStateChangeRequest } from '../shapes/generated/ecs.ts';
import type { Revision } from './scenario.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What a host reaches of the control plane. Each call fails (answers false) while the control plane is away. */
export interface HostLink {
  submit(report: SubmitTaskStateChangeRequest): boolean;
  submitHealth(taskArn: string, containerName: string, isHealthy: boolean): boolean;
  connect(host: FakeHost): boolean;
  disconnect(host: FakeHost): void;
}

interface HostTask {
  readonly taskArn: string;
  readonly clusterArn: string;
  readonly containerName: string;
  readonly revision: Revision;
  phase: 'pulling' | 'running' | 'stopping' | 'stopped';
}

/** How long a host that cannot reach the control plane waits before it tries again. */
const RECONNECT_MS = 2_000;

/**
 * A host as the control plane sees it: it takes the tasks that are placed on it, reports what became of them, and
 * knows them again after a crash, as an agent with a state file does.
 */
export class FakeHost {
  readonly instanceArn: string;
  readonly #clock: VirtualClock;
  readonly #rng: Rng;
  readonly #link: HostLink;
  readonly #isUnreliable: boolean;
  readonly #tasks = new Map<string, HostTask>();
  /** Reports that wait for the link. */
  #outbox: SubmitTaskStateChangeRequest[] = [];
  #isUp = true;
  #isLinked = true;
  #isConnected = false;
  /** Grows with each crash: callbacks of the time before mean nothing any more. */
  #life = 0;

  constructor(
    instanceArn: string,
    parts: { clock: VirtualClock; rng: Rng; link: HostLink; isUnreliable: boolean },
  ) {
    this.instanceArn = instanceArn;
    this.#clock = parts.clock;
    this.#rng = parts.rng;
    this.#link = parts.link;
    this.#isUnreliable = parts.isUnreliable;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Tasks whose containers run, or are about to. */
  get activeTaskArns(): readonly string[] {
    return [...this.#tasks.values()].filter(({ phase }) => phase !== 'stopped').map(({ taskArn }) => taskArn);
  }

  /** Asks for the link again and again until it is there. */
  connect(): void {
    if (!this.#isUp || !this.#isLinked || this.#isConnected) return;
    if (!this.#link.connect(this)) {
      this.#after(RECONNECT_MS, () => this.connect());
      return;
    }
    this.#isConnected = true;
    const reports = this.#outbox;
    this.#outbox = [];
    for (const report of reports) this.#send(report);
  }

  /** The control plane went away: the agent keeps trying. */
  controlPlaneLost(): void {
    this.#isConnected = false;
    this.#after(RECONNECT_MS, () => this.connect());
  }

  loseLink(forMs: number): void {
    if (!this.#isLinked) return;
    this.#isLinked = false;
    this.#drop();
    this.#after(forMs, () => this.restoreLink());
  }

  restoreLink(): void {
    if (this.#isLinked) return;
    this.#isLinked = true;
    this.connect();
  }

  crash(forMs: number): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#life += 1;
    this.#drop();
    this.#clock.schedule(plusMs(this.#clock.now(), forMs), () => this.recover());
  }

  /** The machine is back. What ran is gone, and the agent says so. */
  recover(): void {
    if (this.#isUp) return;
    this.#isUp = true;
    for (const task of this.#tasks.values()) if (task.phase !== 'stopped') this.#end(task, { exitCode: 137 });
    this.connect();
  }

  /** The container of one of its running tasks exits by itself. */
  killContainer(): void {
    const running = [...this.#tasks.values()].filter(({ phase }) => phase === 'running');
    const task = running[this.#rng.below(Math.max(1, running.length))];
    if (task !== undefined && this.#isUp) this.#end(task, { exitCode: 1 });
  }

  /** A payload arrives. */
  ask(task: Task, desired: 'RUNNING' | 'STOPPED'): void {
    this.#after(this.#delay(), () => {
      if (!this.#isConnected) return;
      if (desired === 'RUNNING') this.#start(task);
      else this.#stop(task);
    });
  }

  /** The list of tasks that should run here arrives: all others are stopped. */
  manifest(wanted: ReadonlySet<string>): void {
    for (const task of this.#tasks.values()) if (!wanted.has(task.taskArn)) this.#stopContainer(task);
  }

  #drop(): void {
    if (this.#isConnected) this.#link.disconnect(this);
    this.#isConnected = false;
  }

  #start({ taskArn, clusterArn, containers }: Task): void {
    const [container] = containers;
    if (container === undefined || this.#tasks.has(taskArn)) return;
    const revision = container.image as Revision;
    const task: HostTask = { taskArn, clusterArn, containerName: container.name, revision, phase: 'pulling' };
    this.#tasks.set(taskArn, task);
    this.#after(500 + this.#rng.below(this.#isUnreliable ? 30_000 : 3_000), () => this.#pulled(task));
  }

  #pulled(task: HostTask): void {
    if (task.phase !== 'pulling') return;
    if (task.revision === 'missing') {
      this.#end(task, { reason: 'CannotPullContainerError: pull access denied for missing' });
      return;
    }
    task.phase = 'running';
    this.#report(task, 'RUNNING', {});
    if (task.revision === 'crashing') this.#after(1_000 + this.#rng.below(5_000), () => this.#exit(task));
    if (task.revision === 'checked' || task.revision === 'sick') this.#after(6_000, () => this.#check(task));
  }

  #exit(task: HostTask): void {
    if (task.phase === 'running') this.#end(task, { exitCode: 1 });
  }

  #check(task: HostTask): void {
    if (task.phase !== 'running') return;
    const isTold =
      this.#isConnected &&
      this.#link.submitHealth(task.taskArn, task.containerName, task.revision === 'checked');
    if (!isTold) this.#after(6_000, () => this.#check(task));
  }

  #stop(row: Task): void {
    const task = this.#tasks.get(row.taskArn);
    if (task !== undefined) this.#stopContainer(task);
    else {
      const [container] = row.containers;
      const { taskArn, clusterArn } = row;
      const unknown: HostTask = {
        taskArn,
        clusterArn,
        containerName: container?.name ?? '',
        revision: 'good',
        phase: 'stopping',
      };
      this.#tasks.set(taskArn, unknown);
      this.#end(unknown, {});
    }
  }

  #stopContainer(task: HostTask): void {
    if (task.phase === 'stopped') this.#report(task, 'STOPPED', {});
    if (task.phase !== 'pulling' && task.phase !== 'running') return;
    task.phase = 'stopping';
    this.#after(100 + this.#rng.below(5_000), () => {
      if (task.phase === 'stopping') this.#end(task, { exitCode: 143 });
    });
  }

  #end(task: HostTask, end: { exitCode?: number; reason?: string }): void {
    task.phase = 'stopped';
    this.#report(task, 'STOPPED', end);
  }

  #report(task: HostTask, status: 'RUNNING' | 'STOPPED', end: { exitCode?: number; reason?: string }): void {
    const { taskArn, clusterArn, containerName } = task;
    const container = {
      containerName,
      status,
      ...(status === 'RUNNING' ? { runtimeId: taskArn.slice(-32) } : {}),
      ...end,
    };
    this.#send({ cluster: clusterArn, task: taskArn, status, containers: [container] });
  }

  #send(report: SubmitTaskStateChangeRequest): void {
    this.#later(this.#delay(), () => this.#deliver(report));
    if (this.#isUnreliable && this.#rng.below(4) === 0) {
      this.#later(this.#rng.below(90_000), () => this.#deliver(report));
    }
  }

  #deliver(report: SubmitTaskStateChangeRequest): void {
    if (!this.#isConnected || !this.#link.submit(report)) this.#outbox.push(report);
  }

  #delay(): number {
    return this.#isUnreliable && this.#rng.below(5) === 0
      ? this.#rng.below(20_000)
      : 1 + this.#rng.below(200);
  }

  /** Runs `callback` later, also when the host has crashed meanwhile: the agent keeps its reports in a file. */
  #later(ms: number, callback: () => void): void {
    this.#clock.schedule(plusMs(this.#clock.now(), ms), callback);
  }

  /** Runs `callback` later, unless the host has crashed by then. */
  #after(ms: number, callback: () => void): void {
    const life = this.#life;
    this.#clock.schedule(plusMs(this.#clock.now(), ms), () => {
      if (this.#life === life) callback();
    });
  }
}

import type { PayloadTask } from '../domain/task-payload.ts';
import { type Instant, plusMs } from '../lib/clock.ts';
import type { Rng } from '../lib/rng.ts';
import type { ManifestEntry, PayloadEntry } from '../link/acs-messages.ts';
import type { SubmitTaskStateChangeRequest } from '../shapes/generated/ecs.ts';
import { liesOf } from './lies.ts';
import type { Lie, Revision } from './scenario.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What a host reaches of the control plane. Each call fails (answers false) while the control plane is away. */
export interface HostLink {
  submit(report: SubmitTaskStateChangeRequest): boolean;
  /** The control plane answers which of the tasks are to stop indeed. */
  verifyStops(host: FakeHost, candidates: readonly ManifestEntry[]): void;
  /** Says anew how much the host has: a multiple of what it is. */
  claimResources(host: FakeHost, factor: number): void;
  submitHealth(taskArn: string, containerName: string, isHealthy: boolean): boolean;
  connect(host: FakeHost): boolean;
  disconnect(host: FakeHost): void;
}

interface HostTask {
  readonly taskArn: string;
  readonly clusterArn: string;
  readonly containerName: string;
  readonly revision: Revision;
  readonly imageDigest: string;
  phase: 'pulling' | 'running' | 'stopping' | 'stopped';
}

/** What a host is, and what it lives in. */
export interface HostParts {
  readonly clock: VirtualClock;
  readonly rng: Rng;
  readonly link: HostLink;
  readonly isUnreliable: boolean;
  /** What the tag of an image stands for now. */
  readonly digestOf: (revision: Revision) => string;
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
  readonly #digestOf: HostParts['digestOf'];
  readonly #tasks = new Map<string, HostTask>();
  /** Reports that wait for the link. */
  #outbox: SubmitTaskStateChangeRequest[] = [];
  #isUp = true;
  #isLinked = true;
  #isConnected = false;
  #awaySince: Instant | undefined;
  /** How much later everything that it is asked for arrives. */
  #slownessMs = 0;
  #hasLied = false;
  /** Grows with each crash: callbacks of the time before mean nothing any more. */
  #life = 0;

  constructor(instanceArn: string, parts: HostParts) {
    this.instanceArn = instanceArn;
    this.#digestOf = parts.digestOf;
    this.#clock = parts.clock;
    this.#rng = parts.rng;
    this.#link = parts.link;
    this.#isUnreliable = parts.isUnreliable;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Since when the control plane cannot reach it; undefined while it can. */
  get awaySince(): Instant | undefined {
    return this.#awaySince;
  }

  /** It told something that is not so: what it said of its tasks proves nothing. */
  get hasLied(): boolean {
    return this.#hasLied;
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
    this.#awaySince = undefined;
    const reports = this.#outbox;
    this.#outbox = [];
    for (const report of reports) this.#send(report);
  }

  /** The control plane went away: the agent keeps trying. */
  controlPlaneLost(): void {
    this.#isConnected = false;
    this.#awaySince ??= this.#clock.now();
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

  /** The link goes away and comes back, over and over. */
  flap(times: number): void {
    if (times <= 0) return;
    this.loseLink(1_000 + this.#rng.below(4_000));
    this.#clock.schedule(plusMs(this.#clock.now(), 6_000), () => this.flap(times - 1));
  }

  /** What it is asked for arrives this much later from now on. */
  slowDown(ms: number): void {
    this.#slownessMs = ms;
  }

  /** Tells the control plane something that is not so. */
  lie(lie: Lie): void {
    if (!this.#isConnected) return;
    this.#hasLied = true;
    if (lie === 'claims-resources') this.#link.claimResources(this, this.#rng.below(2) === 0 ? 0.5 : 4);
    else for (const report of liesOf(lie, [...this.#tasks.values()], this.#rng)) this.#link.submit(report);
  }

  /** Says again what it is and has, as an agent that starts anew. */
  comeClean(): void {
    if (!this.#hasLied) return;
    this.#link.claimResources(this, 1);
    this.loseLink(1_000);
  }

  /** A payload arrives. */
  ask(entry: PayloadEntry): void {
    this.#after(this.#delay() + this.#slownessMs, () => {
      if (!this.#isConnected) return;
      if (entry.desiredStatus === 'RUNNING') this.#start(entry);
      else this.#stop(entry);
    });
  }

  /** The list of tasks that should run here arrives: the host asks which of its others are to stop. */
  manifest(entries: readonly ManifestEntry[]): void {
    const wanted = new Set(entries.map(({ taskArn }) => taskArn));
    // What was asked for since the list was made may have come before the list.
    this.#after(this.#delay() + this.#slownessMs, () => {
      const others = [...this.#tasks.values()].filter(({ taskArn }) => !wanted.has(taskArn));
      if (!this.#isConnected || others.length === 0) return;
      const candidates = others.map(({ taskArn }): ManifestEntry => ({ taskArn, desiredStatus: 'STOPPED' }));
      this.#link.verifyStops(this, candidates);
    });
  }

  /** Which of the candidates are to stop. */
  stopsVerified(entries: readonly ManifestEntry[]): void {
    for (const { taskArn } of entries) {
      const task = this.#tasks.get(taskArn);
      if (task !== undefined) this.#stopContainer(task);
    }
  }

  #drop(): void {
    if (this.#isConnected) this.#link.disconnect(this);
    this.#isConnected = false;
    this.#awaySince ??= this.#clock.now();
  }

  #start({ arn: taskArn, taskClusterArn: clusterArn = '', containers }: PayloadTask): void {
    const [container] = containers;
    if (container === undefined || this.#tasks.has(taskArn)) return;
    const [name, digest] = container.image.split('@');
    const revision = name as Revision;
    const imageDigest = digest ?? this.#digestOf(revision);
    const parts = { taskArn, clusterArn, containerName: container.name, revision, imageDigest };
    const task: HostTask = { ...parts, phase: 'pulling' };
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

  #stop({ arn: taskArn, taskClusterArn: clusterArn = '' }: PayloadEntry): void {
    const task = this.#tasks.get(taskArn);
    if (task !== undefined) {
      this.#stopContainer(task);
      return;
    }
    const parts = { taskArn, clusterArn, containerName: 'main', revision: 'good', imageDigest: '' } as const;
    const unknown: HostTask = { ...parts, phase: 'stopped' };
    this.#tasks.set(taskArn, unknown);
    // It never had the task, so it knows of no container.
    this.#send({ cluster: clusterArn, task: taskArn, status: 'STOPPED', containers: [] });
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
      ...(status === 'RUNNING' ? { runtimeId: taskArn.slice(-32), imageDigest: task.imageDigest } : {}),
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

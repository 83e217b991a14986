import { HEALTH_RESULTS_MAX_COUNT, type HealthCheckResult } from '../../domain/health-check.ts';
import type { Clock, Instant } from '../../lib/clock.ts';
import { plusMs } from '../../lib/clock.ts';
import type {
  ContainerSpec,
  ContainerState,
  ContainerStats,
  LogChunk,
  LogCursor,
  LogLine,
  PortBinding,
} from '../driver.ts';
import type { SimulatedBehaviour } from './behaviour.ts';

/** What a simulated container needs of the driver that made it. */
export interface SimulatedHost {
  readonly clock: Clock;
  readonly changed: (runtimeId: string) => void;
}

/** What the driver knows of a container beyond its spec. */
export interface SimulatedIdentity {
  readonly runtimeId: string;
  readonly imageId: string;
  readonly behaviour: SimulatedBehaviour;
  readonly portBindings: readonly PortBinding[];
  readonly bridgeAddress?: string | undefined;
}

const TERMINATED_EXIT_CODE = 143;
const KILLED_EXIT_CODE = 137;
/** What every running simulated container is said to use: a twentieth of a core, and a quarter of its memory limit. */
const CPU_NANOSECONDS_PER_MS = 50_000;
const DEFAULT_MEMORY_BYTES = 16 * 1024 * 1024;

/** One container without a process: a state, and timers on the given clock. */
export class SimulatedContainer {
  readonly spec: ContainerSpec;
  readonly identity: SimulatedIdentity;
  readonly #host: SimulatedHost;
  readonly #createdAt: Instant;
  readonly #lines: LogLine[] = [];
  #status: ContainerState['status'] = 'created';
  #startedAt: Instant | undefined;
  #finishedAt: Instant | undefined;
  #exitCode: number | undefined;
  #isOutOfMemory = false;
  #health: ContainerState['health'];
  #healthChecks: readonly HealthCheckResult[] = [];
  #error: string | undefined;
  #timers: (() => void)[] = [];
  #whenEnded: (() => void)[] = [];

  constructor(spec: ContainerSpec, identity: SimulatedIdentity, host: SimulatedHost) {
    this.spec = spec;
    this.identity = identity;
    this.#host = host;
    this.#createdAt = host.clock.now();
  }

  get isRunning(): boolean {
    return this.#status === 'running';
  }

  /** Begins to run, or runs again after its end. */
  start(): void {
    if (this.isRunning) return;
    const { clock } = this.#host;
    const { behaviour } = this.identity;
    const now = clock.now();
    this.#status = 'running';
    this.#startedAt = now;
    this.#finishedAt = undefined;
    this.#exitCode = undefined;
    this.#error = undefined;
    this.#isOutOfMemory = false;
    this.#health = this.spec.healthCheck === undefined ? undefined : 'starting';
    this.#healthChecks = [];
    for (const message of behaviour.logLines ?? []) this.#lines.push({ timestampMs: now, message });
    this.#scheduleHealth(now);
    if (behaviour.endsAfterMs !== undefined) {
      this.#after(behaviour.endsAfterMs, () =>
        this.end(behaviour.exitCode ?? 0, behaviour.isOutOfMemory ?? false),
      );
    }
    this.#host.changed(this.identity.runtimeId);
  }

  /** Remembers why a start was refused; the container stays as it was made. */
  refuseStart(error: string): void {
    this.#error = error;
  }

  /** Resolves when it has ended. */
  stop(graceSeconds: number): Promise<void> {
    if (!this.isRunning) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenEnded.push(resolve);
    if (!this.identity.behaviour.isDeafToStop) this.end(TERMINATED_EXIT_CODE);
    else if (graceSeconds <= 0) this.end(KILLED_EXIT_CODE);
    else this.#after(graceSeconds * 1000, () => this.end(KILLED_EXIT_CODE));
    return promise;
  }

  /** Ends now. Nothing when it does not run. */
  end(exitCode: number, isOutOfMemory = false): void {
    if (!this.isRunning) return;
    this.#cancelTimers();
    this.#status = 'exited';
    this.#exitCode = exitCode;
    this.#isOutOfMemory = isOutOfMemory;
    this.#finishedAt = this.#host.clock.now();
    for (const resolve of this.#whenEnded.splice(0)) resolve();
    this.#host.changed(this.identity.runtimeId);
  }

  /** Sets the health that the check is said to have found. Nothing without a health check or while it does not run. */
  setHealth(health: 'healthy' | 'unhealthy'): void {
    if (!this.isRunning || this.#health === undefined || this.#health === health) return;
    this.#health = health;
    const exitCode = health === 'healthy' ? 0 : 1;
    const result = { endedAtMs: this.#host.clock.now(), exitCode, output: `simulated: ${health}` };
    this.#healthChecks = [...this.#healthChecks, result].slice(-HEALTH_RESULTS_MAX_COUNT);
    this.#host.changed(this.identity.runtimeId);
  }

  /** Adds a line of output now. */
  print(message: string): void {
    this.#lines.push({ timestampMs: this.#host.clock.now(), message });
  }

  state(): ContainerState {
    const { identity, spec } = this;
    return {
      runtimeId: identity.runtimeId,
      taskId: spec.taskId,
      containerName: spec.containerName,
      labels: spec.labels,
      status: this.#status,
      exitCode: this.#exitCode,
      wasOutOfMemory: this.#isOutOfMemory,
      error: this.#error,
      createdAtMs: this.#createdAt,
      startedAtMs: this.#startedAt,
      finishedAtMs: this.#finishedAt,
      health: this.isRunning ? this.#health : undefined,
      healthChecks: this.#healthChecks.length === 0 ? undefined : this.#healthChecks,
      portBindings: this.isRunning ? identity.portBindings : [],
      bridgeAddress: this.isRunning ? identity.bridgeAddress : undefined,
      image: spec.image,
      imageId: identity.imageId,
    };
  }

  logs(cursor: LogCursor | undefined, maxBytes: number): LogChunk {
    const from = Number(cursor?.['line'] ?? 0);
    let to = from;
    for (let bytes = 0; to < this.#lines.length && (to === from || bytes < maxBytes); to += 1) {
      bytes += this.#lines[to]?.message.length ?? 0;
    }
    const isEnd = this.#status === 'exited' && to >= this.#lines.length;
    const lines = this.#lines.slice(from, to);
    return { lines, cursor: { line: to }, isEnd, readBytes: to - from, backlogBytes: 0, isGap: false };
  }

  stats(): ContainerStats | undefined {
    if (!this.isRunning || this.#startedAt === undefined) return undefined;
    const ranMs = this.#host.clock.now() - this.#startedAt;
    const memoryBytes =
      this.spec.memoryMib === undefined ? DEFAULT_MEMORY_BYTES : this.spec.memoryMib * 262_144;
    return { cpuNanoseconds: ranMs * CPU_NANOSECONDS_PER_MS, memoryBytes, receivedBytes: 0, sentBytes: 0 };
  }

  #scheduleHealth(startedAt: Instant): void {
    if (this.#health === undefined) return;
    const changes = this.identity.behaviour.health ?? [{ afterMs: 0, health: 'healthy' as const }];
    for (const change of changes) {
      this.#timers.push(
        this.#host.clock.schedule(plusMs(startedAt, change.afterMs), () => this.setHealth(change.health)),
      );
    }
  }

  #after(ms: number, callback: () => void): void {
    this.#timers.push(this.#host.clock.schedule(plusMs(this.#host.clock.now(), ms), callback));
  }

  #cancelTimers(): void {
    for (const cancel of this.#timers.splice(0)) cancel();
  }
}

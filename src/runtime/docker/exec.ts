import type { Duplex } from 'node:stream';
import { type Clock, plusMs } from '../../lib/clock.ts';
import type { ExecProcess, ExecRequest } from '../driver.ts';
import type { EngineClient } from './engine-client.ts';
import { identifyProcess, killTree, type ProcessIdentity } from './process-tree.ts';

/** The part of the engine's word about an exec that the driver reads. */
interface InspectedExec {
  readonly Running: boolean;
  readonly ExitCode: number | null;
  /** On the engine's machine; 0 until it runs. */
  readonly Pid: number;
}

/** What running commands needs. */
export interface ExecDeps {
  readonly engine: EngineClient;
  readonly clock: Clock;
  /** Whether the engine's processes are on this machine, and ours to end. */
  readonly isOurs: boolean;
}

/** The exit code of a command whose own is not known: it was killed, or the engine has forgotten it. */
const UNKNOWN_EXIT_CODE = 137;

/** Runs a command on a terminal in a container. (RUN-70) */
export async function startExec(deps: ExecDeps, request: ExecRequest): Promise<ExecProcess> {
  const { engine } = deps;
  const { runtimeId, command, environment, columns, rows } = request;
  const { Id: execId } = await engine.call<{ readonly Id: string }>({
    method: 'POST',
    path: `/containers/${runtimeId}/exec`,
    step: 'exec',
    body: {
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
      User: '0',
      Cmd: command,
      Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      ConsoleSize: [rows, columns],
    },
  });
  const stream = await engine.hijack({
    method: 'POST',
    path: `/exec/${execId}/start`,
    step: 'exec',
    body: { Detach: false, Tty: true, ConsoleSize: [rows, columns] },
  });
  return new EngineExec(deps, { execId, stream, columns, rows });
}

/** Kills a command and all that it started. Unknown ones are no error. (RUN-71) */
export async function killExec(deps: ExecDeps, execId: string): Promise<void> {
  const found = await inspectExec(deps.engine, execId);
  if (found?.Running !== true || !deps.isOurs || found.Pid === 0) return;
  const leader = await identifyProcess(found.Pid);
  if (leader !== undefined) await killTree(deps.clock, leader);
}

const inspectExec = (engine: EngineClient, execId: string): Promise<InspectedExec | undefined> =>
  engine.find<InspectedExec>({ method: 'GET', path: `/exec/${execId}/json`, step: 'exec' });

/** The engine answers before the process is there, so it is asked until it is; 0 when it has ended before. */
async function startedPid({ engine, clock }: ExecDeps, execId: string): Promise<number> {
  for (let attempt = 0; attempt < LEADER_ATTEMPTS_MAX_COUNT; attempt += 1) {
    const found = await inspectExec(engine, execId);
    if (found === undefined || found.ExitCode !== null) return 0;
    if (found.Pid > 0) return found.Pid;
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.schedule(plusMs(clock.now(), LEADER_PAUSE_MS), resolve);
    await promise;
  }
  return 0;
}

const LEADER_ATTEMPTS_MAX_COUNT = 1_000;
const LEADER_PAUSE_MS = 5;

class EngineExec implements ExecProcess {
  readonly execId: string;
  readonly ended: Promise<{ readonly exitCode: number }>;
  readonly #deps: ExecDeps;
  readonly #stream: Duplex;
  /** Known from its start on, so that what a command leaves behind is found when it has ended. */
  readonly #leader: Promise<ProcessIdentity | undefined>;

  #size: { readonly columns: number; readonly rows: number };
  #hasStarted = false;

  constructor(
    deps: ExecDeps,
    made: {
      readonly execId: string;
      readonly stream: Duplex;
      readonly columns: number;
      readonly rows: number;
    },
  ) {
    const { execId, stream, columns, rows } = made;
    this.#deps = deps;
    this.execId = execId;
    this.#stream = stream;
    this.#size = { columns, rows };
    // The stream stands still until somebody listens.
    stream.pause();
    stream.on('error', () => {});
    this.#leader = this.#started().catch(() => undefined);
    this.ended = this.#end();
  }

  /** What is written before the process is there, the engine may lose. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#leader;
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#stream.writable) this.#stream.write(bytes, () => resolve());
    else resolve();
    await promise;
  }

  async resize(columns: number, rows: number): Promise<void> {
    this.#size = { columns, rows };
    if (this.#hasStarted) await this.#applySize();
  }

  onOutput(listener: (bytes: Uint8Array) => void): void {
    this.#stream.on('data', (bytes: Buffer) => listener(bytes));
    this.#stream.resume();
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  async kill(): Promise<void> {
    const leader = await this.#leader;
    if (leader !== undefined) await killTree(this.#deps.clock, leader);
    this.#stream.destroy();
  }

  /** Engines before API 1.42 take no size with the start, and none before the process is there. */
  async #started(): Promise<ProcessIdentity | undefined> {
    const pid = await startedPid(this.#deps, this.execId);
    if (pid === 0) return undefined;
    this.#hasStarted = true;
    await this.#applySize();
    return this.#deps.isOurs ? identifyProcess(pid) : undefined;
  }

  async #applySize(): Promise<void> {
    const { columns, rows } = this.#size;
    const path = `/exec/${this.execId}/resize?h=${rows}&w=${columns}`;
    await this.#deps.engine.find({ method: 'POST', path, step: 'exec' }).catch(() => undefined);
  }

  async #end(): Promise<{ readonly exitCode: number }> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stream.on('end', () => resolve());
    this.#stream.on('close', () => resolve());
    await promise;
    const found = await inspectExec(this.#deps.engine, this.execId).catch(() => undefined);
    return { exitCode: found?.ExitCode ?? UNKNOWN_EXIT_CODE };
  }
}

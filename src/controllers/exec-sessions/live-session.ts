import type { TerminalSize } from '../../domain/data-message.ts';
import type { ExecSession } from '../../domain/exec-session.ts';
import { type Clock, plusMs } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { ByteSocket } from '../../link/byte-socket.ts';
import { type ExecNotice, type ExecOrder, encodeExecFrame, readExecNotice } from '../../link/exec-frames.ts';
import { keepPulse } from '../../link/pulse.ts';
import { ClientChannel } from './client-channel.ts';

/** A session in which nobody types and nothing is shown ends after this long. (EXE-41) */
const IDLE_MS = 20 * 60_000;
/** An agent that was asked answers within this long. */
const AGENT_ANSWER_MS = 15_000;
/** Typed bytes on their way to the agent; beyond this the client keeps what is typed. (EXE-26) */
const INPUT_MAX_BYTES = 256 * 1024;

/** What a live session is made of. */
export interface LiveSessionDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  /** How long a client that has gone may come back. (EXE-42) */
  readonly resumeWindowMs: number;
  /** Why the session cannot begin; its client is told. */
  readonly refusal: string | undefined;
  /** Asks the host's agent to connect; false when it is not there. */
  readonly askAgent: () => boolean;
  /** Hears what the terminal shows. */
  readonly onOutput: (bytes: Uint8Array) => void;
  /** Called once, when nothing of the session is left. */
  readonly onEnded: () => void;
}

/** One session from its first client on: a client's channel, an agent's terminal, and the clocks that end it. */
export class LiveSession {
  readonly row: ExecSession;
  readonly #deps: LiveSessionDeps;
  readonly #channel: ClientChannel;
  /** The tokens that clients have connected with: each is good for one connection. */
  readonly #usedTokens = new Set<string>();
  #agent: ByteSocket | undefined;
  #stopPulse: () => void = () => {};
  #size: TerminalSize | undefined;
  #stirredAt = 0;
  #isHeld = false;
  #isEnding = false;
  #isPaused = false;
  #early: Uint8Array[] = [];
  /** The exit code of a command that ended while its client was gone. */
  #pendingExitCode: number | undefined;
  #cancelAgentWait: () => void = () => {};
  #cancelResume: () => void = () => {};
  #cancelIdle: () => void = () => {};

  constructor(deps: LiveSessionDeps, row: ExecSession) {
    this.row = row;
    this.#deps = deps;
    this.#channel = new ClientChannel(deps, row, {
      ready: (size) => this.#ready(size),
      resized: (size) => this.#resized(size),
      typed: (bytes) => this.#typed(bytes),
      takesInput: () => !this.#isHeld && this.#queuedInputBytes() < INPUT_MAX_BYTES,
      hasRoom: () => this.#readOn(),
      lost: () => this.#clientLost(),
      failed: (reason) => this.end(reason),
    });
  }

  /** Whether a client may connect with this token now. */
  accepts(token: string, current: ExecSession): boolean {
    return (
      !this.#isEnding &&
      token === current.token &&
      this.#deps.clock.now() < current.tokenExpiresAt &&
      !this.#usedTokens.has(token)
    );
  }

  /** A client has shown its token. */
  clientAttached(socket: ByteSocket, token: string): void {
    const isFirst = this.#usedTokens.size === 0;
    this.#usedTokens.add(token);
    this.#cancelResume();
    this.#stirred();
    this.#channel.attach(socket);
    if (isFirst) this.#begin();
    else if (this.#pendingExitCode !== undefined) this.end('', this.#pendingExitCode);
  }

  #begin(): void {
    this.#watchIdle();
    const { refusal } = this.#deps;
    if (refusal !== undefined) this.end(refusal);
    else this.#askAgent();
  }

  clientFrame(socket: ByteSocket, frame: string | Uint8Array): void {
    this.#channel.receive(socket, frame);
  }

  clientClosed(socket: ByteSocket): void {
    this.#channel.closed(socket);
  }

  /** Whether an agent's connection is waited for. */
  get awaitsAgent(): boolean {
    return this.#agent === undefined && this.#pendingExitCode === undefined && !this.#isEnding;
  }

  /** The agent has connected. */
  agentAttached(socket: ByteSocket): void {
    if (!this.awaitsAgent) {
      socket.close(1000, 'not waited for');
      return;
    }
    this.#agent = socket;
    this.#cancelAgentWait();
    this.#stopPulse = keepPulse(this.#deps.clock, socket, () => this.#isPaused);
    socket.onFrame((frame) => this.#agentFrame(frame));
    socket.onClose(() => this.#agentClosed());
    this.#start();
  }

  /** Ends the command and the session. An empty text says that all is well. */
  end(output: string, exitCode?: number): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#stopAll();
    const agent = this.#agent;
    this.#agent = undefined;
    this.#early = [];
    agent?.resume();
    agent?.close(1000, 'session ended');
    const { sessionId } = this.row;
    void this.#channel.finish({ sessionId, output, exitCode }).finally(() => this.#deps.onEnded());
  }

  /** The control plane stops: everything is let go of at once. */
  drop(): void {
    this.#isEnding = true;
    this.#stopAll();
    this.#channel.drop(1001, 'control plane stops');
    this.#agent?.close(1001, 'control plane stops');
    this.#deps.onEnded();
  }

  #stopAll(): void {
    this.#cancelAgentWait();
    this.#cancelResume();
    this.#cancelIdle();
    this.#stopPulse();
  }

  #askAgent(): void {
    if (!this.#deps.askAgent()) {
      this.end('The agent of the host is not connected. Try again later.');
      return;
    }
    this.#cancelAgentWait = this.#after(AGENT_ANSWER_MS, () =>
      this.end('The agent of the host did not answer. Try again later.'),
    );
  }

  #ready(size: TerminalSize): void {
    this.#size = size;
    this.#start();
  }

  /** The command starts when the client's terminal has a size and the agent is there. */
  #start(): void {
    if (this.#agent === undefined || this.#size === undefined) return;
    this.#order({ kind: 'start', size: this.#size });
    for (const bytes of this.#early.splice(0)) this.#agent.sendBytes(bytes);
  }

  #resized(size: TerminalSize): void {
    const hasStarted = this.#agent !== undefined && this.#size !== undefined;
    this.#size = size;
    if (hasStarted) this.#order({ kind: 'resize', size });
  }

  #typed(bytes: Uint8Array): void {
    this.#stirred();
    if (this.#agent === undefined || this.#size === undefined) this.#early.push(bytes);
    else this.#agent.sendBytes(bytes);
  }

  #queuedInputBytes(): number {
    const early = this.#early.reduce((sum, { length }) => sum + length, 0);
    return early + (this.#agent?.bufferedBytes() ?? 0);
  }

  #order(order: ExecOrder): void {
    this.#agent?.sendText(encodeExecFrame(order));
  }

  #agentFrame(frame: string | Uint8Array): void {
    if (this.#isEnding) return;
    if (typeof frame === 'string') {
      const notice = readExecNotice(frame);
      if (notice !== undefined) this.#noticed(notice);
      return;
    }
    this.#stirred();
    this.#deps.onOutput(frame);
    this.#channel.write(frame);
    if (!this.#channel.isFull || this.#isPaused) return;
    this.#isPaused = true;
    this.#agent?.pause();
  }

  #readOn(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#agent?.resume();
  }

  #noticed(notice: ExecNotice): void {
    if (notice.kind === 'ended') this.#commandEnded(notice.exitCode);
    else if (notice.kind === 'failed') this.end(notice.reason);
    else this.#isHeld = notice.kind === 'hold';
  }

  /** A client that has gone for a moment still gets the last output when it comes back. */
  #commandEnded(exitCode: number): void {
    this.#agent = undefined;
    if (this.#channel.isAttached) this.end('', exitCode);
    else this.#pendingExitCode = exitCode;
  }

  #agentClosed(): void {
    this.#stopPulse();
    if (this.#agent === undefined) return;
    this.#agent = undefined;
    this.end('The connection to the host of the task was lost, and the command was ended.');
  }

  #clientLost(): void {
    this.#cancelResume = this.#after(this.#deps.resumeWindowMs, () =>
      this.end('The client did not come back.'),
    );
  }

  #stirred(): void {
    this.#stirredAt = this.#deps.clock.now();
  }

  /** One timer, however much goes through. */
  #watchIdle(): void {
    const leftMs = this.#stirredAt + IDLE_MS - this.#deps.clock.now();
    if (leftMs <= 0) this.end('');
    else this.#cancelIdle = this.#after(leftMs, () => this.#watchIdle());
  }

  #after(ms: number, then: () => void): () => void {
    return this.#deps.clock.schedule(plusMs(this.#deps.clock.now(), ms), then);
  }
}

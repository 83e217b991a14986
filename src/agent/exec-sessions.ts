import { commandWords } from '../core/exec/command-line.ts';
import type { Clock } from '../lib/clock.ts';
import { errorText } from '../lib/error-text.ts';
import type { Log } from '../lib/log.ts';
import type { StartExecSessionMessage } from '../link/acs-messages.ts';
import type { ByteSocket } from '../link/byte-socket.ts';
import { type ExecNotice, type ExecOrder, encodeExecFrame, readExecOrder } from '../link/exec-frames.ts';
import type { ExecProcess, RuntimeDriver } from '../runtime/driver.ts';
import type { StateDirectory } from './state-directory.ts';
import type { TaskRecord } from './task-record.ts';

/** What running commands in containers needs. */
export interface ExecSessionsDeps {
  readonly driver: RuntimeDriver;
  readonly clock: Clock;
  readonly log: Log;
  readonly state: StateDirectory;
  readonly records: () => readonly TaskRecord[];
  /** Opens the websocket of a session. */
  readonly connect: (sessionId: string, signal: AbortSignal) => Promise<ByteSocket>;
}

/** The commands that run in containers beside their programs. */
export interface ExecSessions {
  /** Kills what a run of the agent before this one has left. */
  recover(): Promise<void>;
  /** Runs a command and serves its terminal until it ends, or until its connection does. Never rejects. */
  start(message: StartExecSessionMessage): Promise<void>;
  /** Ends all of them. Resolves when they are gone. */
  close(): Promise<void>;
}

const FOLDER = 'exec';
/** What an interactive program expects; AWS's agent sets the same. (EXE-12) */
const TERMINAL = { TERM: 'xterm-256color' } as const;
const LANGUAGE = 'C.UTF-8';
/** Output on its way to the control plane; beyond this the terminal is not read. (EXE-26) */
const OUTPUT_HIGH_BYTES = 256 * 1024;
const OUTPUT_LOW_BYTES = 64 * 1024;
/** Typed bytes that the terminal has not taken; beyond this the control plane is asked to hold. (EXE-26) */
const INPUT_HIGH_BYTES = 64 * 1024;

/** Makes the set, empty. */
export function execSessions(deps: ExecSessionsDeps): ExecSessions {
  const closing = new AbortController();
  const running = new Set<Promise<void>>();
  return {
    recover: async () => {
      for (const sessionId of await deps.state.list(FOLDER)) {
        const saved = await deps.state.load(`${FOLDER}/${sessionId}`);
        const execId = (saved as { readonly execId?: unknown } | undefined)?.execId;
        if (typeof execId === 'string') await deps.driver.killExec(execId);
        await deps.state.remove(`${FOLDER}/${sessionId}`);
      }
    },
    start: (message) => {
      const work = serve(deps, message, closing.signal).catch((error: unknown) => {
        deps.log.warn('exec.failed', { session: message.sessionId, error: errorText(error) });
      });
      running.add(work);
      return work.finally(() => running.delete(work));
    },
    close: async () => {
      closing.abort();
      await Promise.all(running);
    },
  };
}

async function serve(
  deps: ExecSessionsDeps,
  message: StartExecSessionMessage,
  closing: AbortSignal,
): Promise<void> {
  const socket = await deps.connect(message.sessionId, closing);
  const ended = new AbortController();
  const stop = (): void => socket.close(1001, 'agent stops');
  closing.addEventListener('abort', stop);
  if (closing.aborted) stop();
  const orders = orderQueue();
  socket.onFrame((frame) => orders.take(frame));
  socket.onClose(() => ended.abort());
  try {
    await run(deps, message, { socket, orders, ended: ended.signal });
  } catch (error) {
    tell(socket, { kind: 'failed', reason: errorText(error) });
  } finally {
    closing.removeEventListener('abort', stop);
    socket.close(1000, 'session ended');
  }
}

/** Where frames go: to whoever runs the command, in order, also those that came before it ran. */
interface OrderQueue {
  take(frame: string | Uint8Array): void;
  /** Resolves with the order to start, which comes before all else. */
  readonly started: Promise<ExecOrder>;
  /** Gives all later frames to `listener`. */
  follow(listener: (frame: ExecOrder | Uint8Array) => void): void;
}

function orderQueue(): OrderQueue {
  const early: (ExecOrder | Uint8Array)[] = [];
  const started = Promise.withResolvers<ExecOrder>();
  let listener: ((frame: ExecOrder | Uint8Array) => void) | undefined;
  return {
    started: started.promise,
    take: (frame) => {
      const order = typeof frame === 'string' ? readExecOrder(frame) : frame;
      if (order === undefined) return;
      if (!(order instanceof Uint8Array) && order.kind === 'start') started.resolve(order);
      else if (listener === undefined) early.push(order);
      else listener(order);
    },
    follow: (next) => {
      listener = next;
      for (const frame of early.splice(0)) next(frame);
    },
  };
}

interface Terminal {
  readonly socket: ByteSocket;
  readonly orders: OrderQueue;
  /** The connection has closed: nobody looks at the terminal any more. */
  readonly ended: AbortSignal;
}

async function run(
  deps: ExecSessionsDeps,
  message: StartExecSessionMessage,
  { socket, orders, ended }: Terminal,
): Promise<void> {
  const { sessionId, runtimeId } = message;
  const words = commandWords(message.command);
  if (words.kind === 'broken') throw new Error(`Failed to parse commands input: ${words.message}`);
  checkContainer(deps, message);
  const closed = aborted(ended);
  const order = await Promise.race([orders.started, closed]);
  if (order === undefined) return;
  const command = await deps.driver
    .exec({
      runtimeId,
      command: words.words,
      environment: environmentOf(deps, message),
      columns: order.size.columns,
      rows: order.size.rows,
    })
    .catch((error: unknown) => {
      throw new Error(`Unable to start command: ${errorText(error)}`);
    });
  await deps.state.save(`${FOLDER}/${sessionId}`, { execId: command.execId });
  try {
    showOutput(command, socket);
    takeInput(command, socket, orders);
    const result = await Promise.race([command.ended, closed]);
    if (result !== undefined) tell(socket, { kind: 'ended', exitCode: result.exitCode });
  } finally {
    // Also after its end: what it started in the background goes with its terminal.
    await command.kill();
    await deps.state.remove(`${FOLDER}/${sessionId}`);
  }
}

function checkContainer(deps: ExecSessionsDeps, message: StartExecSessionMessage): void {
  const record = deps.records().find(({ payload }) => payload.arn === message.taskArn);
  const container = record?.containers.find(({ name }) => name === message.containerName);
  if (container?.phase !== 'RUNNING' || container.runtimeId !== message.runtimeId) {
    throw new Error(`The container ${message.containerName} does not run any more.`);
  }
}

function environmentOf(
  deps: ExecSessionsDeps,
  message: StartExecSessionMessage,
): Readonly<Record<string, string>> {
  const record = deps.records().find(({ payload }) => payload.arn === message.taskArn);
  const own = record?.payload.containers.find(({ name }) => name === message.containerName)?.environment;
  return own?.['LANG'] === undefined ? { ...TERMINAL, LANG: LANGUAGE } : TERMINAL;
}

/** Reads the terminal only as fast as the control plane takes what it shows. */
function showOutput(command: ExecProcess, socket: ByteSocket): void {
  let isPaused = false;
  command.onOutput((bytes) => {
    socket.sendBytes(bytes, () => {
      if (!isPaused || socket.bufferedBytes() > OUTPUT_LOW_BYTES) return;
      isPaused = false;
      command.resume();
    });
    if (isPaused || socket.bufferedBytes() < OUTPUT_HIGH_BYTES) return;
    isPaused = true;
    command.pause();
  });
}

/** Types in order; asks the control plane to hold while the command does not read. */
function takeInput(command: ExecProcess, socket: ByteSocket, orders: OrderQueue): void {
  let waitingBytes = 0;
  let isHeld = false;
  orders.follow((frame) => {
    if (!(frame instanceof Uint8Array)) {
      void command.resize(frame.size.columns, frame.size.rows);
      return;
    }
    waitingBytes += frame.length;
    if (!isHeld && waitingBytes > INPUT_HIGH_BYTES) {
      isHeld = true;
      tell(socket, { kind: 'hold' });
    }
    void command.write(frame).then(() => {
      waitingBytes -= frame.length;
      if (!isHeld || waitingBytes > 0) return;
      isHeld = false;
      tell(socket, { kind: 'go' });
    });
  });
}

const tell = (socket: ByteSocket, notice: ExecNotice): void => socket.sendText(encodeExecFrame(notice));

function aborted(signal: AbortSignal): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  if (signal.aborted) resolve(undefined);
  else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  return promise;
}

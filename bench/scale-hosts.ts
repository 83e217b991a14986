import { Worker } from 'node:worker_threads';
import { acsUrl, tcsUrl } from '../src/link/session-url.ts';
import type { Socket } from '../src/link/socket.ts';
import {
  acsSocket,
  HOW_IT_STANDS,
  type HostsStart,
  noAnswers,
  noFrames,
  type Standing,
  type ToHosts,
  type ToPlane,
  tcsSocket,
} from './scale-batches.ts';
import { Inbox } from './scale-inbox.ts';
import type { Plane } from './scale-plane.ts';
import { wireRequest } from './scale-signing.ts';
import { CLUSTER } from './seed.ts';

const IDLE_LOOK_MS = 5;

/**
 * Hosts in a thread of their own, with a heap and an event loop of their own, over the same codec as on a wire. The
 * control plane's thread only hands over texts, once in a turn for all sockets.
 */
export interface SimulatedHosts {
  /** CPU time, in ms, that the hosts' thread has used. */
  cpuMs(): Promise<number>;
  /** Reports that were accepted. */
  reportCount(): number;
  /** Frames that are sent to hosts from now on wait until `resume`. */
  pause(): void;
  resume(): void;
  /** Resolves when nothing waits to be done and no report is under way. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** Connects a host for every instance; each does at once what it is asked for, and reports it. */
export function connectHosts(plane: Plane, instanceArns: readonly string[]): SimulatedHosts {
  const hosts = new HostsThread(plane, instanceArns);
  for (const [host, instanceArn] of instanceArns.entries()) hosts.connect(host, instanceArn);
  return hosts;
}

class HostsThread implements SimulatedHosts {
  readonly #plane: Plane;
  readonly #worker: Worker;
  readonly #inbox: Inbox;
  /** By socket number: what reads the frames that the host sends. */
  readonly #listeners: ((text: string) => void)[] = [];
  readonly #asking: ((standing: Standing) => void)[] = [];
  #frames = noFrames();
  #answers = noAnswers();
  #isPosting = false;
  #postCount = 0;
  #isPaused = false;
  #reportCount = 0;

  constructor(plane: Plane, instanceArns: readonly string[]) {
    this.#plane = plane;
    const workerData: HostsStart = { target: plane.target, cluster: CLUSTER, instanceArns };
    this.#worker = new Worker(new URL('./scale-hosts-thread.ts', import.meta.url), { workerData });
    this.#worker.on('message', (message: ToPlane | Standing) => {
      if ('isIdle' in message) this.#asking.shift()?.(message);
      else this.#inbox.add(message);
    });
    this.#inbox = new Inbox({
      frame: (socket, text) => this.#listeners[socket]?.(text),
      report: (report, call) => void this.#take(report, call),
    });
  }

  async cpuMs(): Promise<number> {
    return (await this.#standing()).cpuMs;
  }

  reportCount(): number {
    return this.#reportCount;
  }

  connect(host: number, containerInstanceArn: string): void {
    const query = { cluster: CLUSTER, containerInstanceArn, sendCredentials: true };
    const { sessions, target } = this.#plane;
    const queryOf = (url: string): string => url.slice(url.indexOf('?') + 1);
    for (const [socket, admission] of [
      [acsSocket(host), sessions.admitAcs(queryOf(acsUrl(target.endpointUrl, query)))],
      [tcsSocket(host), sessions.admitTcs(queryOf(tcsUrl(target.endpointUrl, query)))],
    ] as const) {
      if (admission.kind === 'refused') throw new Error(`a host was refused: ${admission.refusal.body}`);
      admission.attach(this.#serverSocket(socket));
    }
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#postSoon();
  }

  async idle(): Promise<void> {
    for (;;) {
      const before = this.#postCount;
      const { isIdle } = await this.#standing();
      // What was posted since the question may not have been read at the answer.
      const isQuiet = this.#inbox.isEmpty() && !this.#isPosting && this.#postCount === before;
      if (isIdle && isQuiet) return;
      await new Promise((resolve) => setTimeout(resolve, IDLE_LOOK_MS));
    }
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #serverSocket(socket: number): Socket {
    let closed = (_code: number, _reason: string): void => {};
    return {
      send: (text) => {
        this.#frames.sockets.push(socket);
        this.#frames.texts.push(text);
        this.#postSoon();
      },
      close: (code, reason) => closed(code, reason),
      onMessage: (listener) => {
        this.#listeners[socket] = listener;
      },
      onClose: (listener) => {
        closed = listener;
      },
    };
  }

  async #take(report: number, call: string): Promise<void> {
    const { status } = await this.#plane.dispatch(wireRequest(JSON.parse(call)));
    if (status === 200) this.#reportCount += 1;
    this.#answers.answered.push(report);
    this.#answers.statuses.push(status);
    this.#postSoon();
  }

  #postSoon(): void {
    if (this.#isPosting) return;
    this.#isPosting = true;
    setImmediate(() => this.#post());
  }

  #post(): void {
    const frames = this.#isPaused ? noFrames() : this.#frames;
    if (!this.#isPaused) this.#frames = noFrames();
    this.#worker.postMessage({ ...frames, ...this.#answers } satisfies ToHosts);
    this.#answers = noAnswers();
    this.#isPosting = false;
    this.#postCount += 1;
  }

  #standing(): Promise<Standing> {
    return new Promise((resolve) => {
      this.#asking.push(resolve);
      this.#worker.postMessage(HOW_IT_STANDS);
    });
  }
}

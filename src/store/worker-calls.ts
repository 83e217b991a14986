import { Worker } from 'node:worker_threads';

/** What goes to a worker: a numbered request. */
export interface WorkerRequest<Request> {
  readonly id: number;
  readonly request: Request;
}

/** What comes back. */
export type WorkerReply =
  | { readonly id: number; readonly kind: 'result'; readonly result: unknown }
  | { readonly id: number; readonly kind: 'error'; readonly message: string };

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Calls into a worker thread that owns a file. Requests are handled one after the other, in order. The thread starts
 * with the first call: it takes 12 MiB.
 */
export class WorkerCalls<Request> {
  readonly #script: URL;
  readonly #workerData: unknown;
  #worker: Worker | undefined;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #death: Error | undefined;

  /**
   * For the worker of the script named `name` (without extension) beside the module at `baseUrl`. The
   * extension follows the caller's own: sources run as they are, and built files run built.
   */
  constructor(name: string, baseUrl: string, workerData: unknown) {
    const extension = baseUrl.endsWith('.ts') ? 'ts' : 'js';
    this.#script = new URL(`./${name}.${extension}`, baseUrl);
    this.#workerData = workerData;
  }

  /** Whether anything was asked yet. */
  get isStarted(): boolean {
    return this.#worker !== undefined;
  }

  /** Rejects when the handler throws, or when the worker ends before it answered. */
  call(request: Request): Promise<unknown> {
    if (this.#death !== undefined) return Promise.reject(this.#death);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#started().postMessage({ id, request } satisfies WorkerRequest<Request>);
    });
  }

  /** Ends the worker. Calls that were not answered are rejected. */
  async end(): Promise<void> {
    await this.#worker?.terminate();
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(this.#script, { workerData: this.#workerData });
    worker.on('message', (reply: WorkerReply) => this.#receive(reply));
    worker.on('error', (error) => this.#die(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.#die(new Error('the worker thread has ended')));
    this.#worker = worker;
    return worker;
  }

  #receive(reply: WorkerReply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    if (reply.kind === 'result') pending.resolve(reply.result);
    else pending.reject(new Error(reply.message));
  }

  #die(cause: Error): void {
    this.#death ??= cause;
    for (const pending of this.#pending.values()) pending.reject(this.#death);
    this.#pending.clear();
  }
}

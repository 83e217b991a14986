/**
 * A process of its own that sends signed reads at a steady pace and measures each. Told by its parent what to ask:
 * a message with calls starts or changes what is asked, `{ "take": true }` answers the latencies since the last time.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { RawConnection } from './connection.ts';
import { type Call, signedBytes, type Target } from './load.ts';

/** Reads in a second, over as many connections as there are calls under way. */
const READS_PER_SECOND = 200;
const CONNECTION_COUNT = 16;
/** A signature is good for minutes. */
const SIGN_AGAIN_MS = 120_000;

type ToReader = { readonly target: Target; readonly calls: readonly Call[] } | { readonly take: true };

/** What reads came to since the last time. */
export interface ReadFigures {
  readonly latenciesMs: readonly number[];
  readonly failedCount: number;
}

/** The parent's end. */
export interface Reader {
  ask(target: Target, calls: readonly Call[]): void;
  take(): Promise<ReadFigures>;
  stop(): void;
}

/** Starts the process that reads. */
export function startReader(): Reader {
  const child = fork(fileURLToPath(import.meta.url), ['--reads'], { execArgv: [] });
  return {
    ask: (target, calls) => void child.send({ target, calls } satisfies ToReader),
    take: () =>
      new Promise((resolve) => {
        child.once('message', (figures) => resolve(figures as ReadFigures));
        child.send({ take: true } satisfies ToReader);
      }),
    stop: () => void child.kill(),
  };
}

class PacedReads {
  #latenciesMs: number[] = [];
  #failedCount = 0;
  #target: Target | undefined;
  #calls: readonly Call[] = [];
  #requests: readonly Buffer[] = [];
  #signedAt = 0;
  #sent = 0;

  ask(target: Target, calls: readonly Call[]): void {
    const isFirst = this.#target === undefined;
    this.#target = target;
    this.#calls = calls;
    this.#signedAt = 0;
    if (isFirst) for (let index = 0; index < CONNECTION_COUNT; index += 1) void this.#read(target, index);
  }

  take(): ReadFigures {
    const figures = { latenciesMs: this.#latenciesMs, failedCount: this.#failedCount };
    this.#latenciesMs = [];
    this.#failedCount = 0;
    return figures;
  }

  /** Late answers do not make later reads wait in the figures: each is measured from when it was due. */
  async #read(target: Target, index: number): Promise<void> {
    const connection = await RawConnection.open(Number(new URL(target.endpointUrl).port));
    const everyMs = (1000 * CONNECTION_COUNT) / READS_PER_SECOND;
    for (let due = performance.now() + (everyMs * index) / CONNECTION_COUNT; ; due += everyMs) {
      const pauseMs = due - performance.now();
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      // Timers are late by a millisecond or two, which is not the server's fault.
      const from = Math.max(due, pauseMs > 0 ? performance.now() : due);
      const { status } = await connection.send(this.#next());
      this.#latenciesMs.push(performance.now() - from);
      if (status !== 200) this.#failedCount += 1;
    }
  }

  #next(): Buffer {
    if (performance.now() - this.#signedAt > SIGN_AGAIN_MS || this.#signedAt === 0) {
      this.#signedAt = performance.now();
      const target = this.#target;
      this.#requests = target === undefined ? [] : this.#calls.map((call) => signedBytes(target, call));
    }
    this.#sent += 1;
    return this.#requests[this.#sent % this.#requests.length] ?? Buffer.alloc(0);
  }
}

if (process.argv.includes('--reads')) {
  const reads = new PacedReads();
  process.on('message', (message: ToReader) => {
    if ('take' in message) process.send?.(reads.take());
    else reads.ask(message.target, message.calls);
  });
  process.on('disconnect', () => process.exit());
}

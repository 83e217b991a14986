/**
 * A process of its own that sends signed reads at a steady pace and measures each. Told by its parent what to ask:
 * a message with calls starts or changes what is asked, and is answered when it is; `{ "take": true }` answers the
 * latencies since the last time.
 */
import { fork } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { RawConnection } from './connection.ts';
import { type Call, signedBytes, type Target } from './load.ts';

/** Reads in a second, over as many connections as there are calls under way. */
const READS_PER_SECOND = 200;
const CONNECTION_COUNT = 16;
/** A signature is good for minutes. */
const SIGN_AGAIN_MS = 120_000;
/** Between two signatures: a read that is due waits for one at most, which takes a tenth of a millisecond. */
const SIGN_EVERY_MS = 1;

type ToReader = { readonly target: Target; readonly calls: readonly Call[] } | { readonly take: true };

/** What reads came to since the last time. */
export interface ReadFigures {
  readonly latenciesMs: readonly number[];
  readonly failedCount: number;
}

/** The parent's end. */
export interface Reader {
  /** Resolves when these calls are what is read. Until then the earlier ones are. */
  ask(target: Target, calls: readonly Call[]): Promise<void>;
  /** One question at a time. */
  take(): Promise<ReadFigures>;
  stop(): void;
}

/** Starts the process that reads. */
export function startReader(): Reader {
  const child = fork(fileURLToPath(import.meta.url), ['--reads'], { execArgv: [] });
  const answerTo = (message: ToReader): Promise<unknown> =>
    new Promise((resolve) => {
      child.once('message', resolve);
      child.send(message);
    });
  return {
    ask: async (target, calls) => void (await answerTo({ target, calls })),
    take: async () => (await answerTo({ take: true })) as ReadFigures,
    stop: () => void child.kill(),
  };
}

class PacedReads {
  #latenciesMs: number[] = [];
  #failedCount = 0;
  #calls: readonly Call[] = [];
  #requests: readonly Buffer[] = [];
  #signAgain: NodeJS.Timeout | undefined;
  #sent = 0;

  /** Pacing begins when the first calls are signed. */
  async ask(target: Target, calls: readonly Call[]): Promise<void> {
    const isFirst = this.#calls.length === 0;
    this.#calls = calls;
    clearInterval(this.#signAgain);
    await this.#sign(target, calls);
    this.#signAgain = setInterval(() => void this.#sign(target, calls), SIGN_AGAIN_MS);
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

  /** Signs in the gaps between reads, and changes what is read when all is signed. */
  async #sign(target: Target, calls: readonly Call[]): Promise<void> {
    const requests: Buffer[] = [];
    for (const call of calls) {
      requests.push(signedBytes(target, call));
      await pause(SIGN_EVERY_MS);
    }
    if (calls === this.#calls) this.#requests = requests;
  }

  #next(): Buffer {
    this.#sent += 1;
    return this.#requests[this.#sent % this.#requests.length] ?? Buffer.alloc(0);
  }
}

if (process.argv.includes('--reads')) {
  const reads = new PacedReads();
  process.on('message', (message: ToReader) => {
    if ('take' in message) process.send?.(reads.take());
    else void reads.ask(message.target, message.calls).then(() => process.send?.('asked'));
  });
  process.on('disconnect', () => process.exit());
}

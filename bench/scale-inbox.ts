import type { ToPlane } from './scale-batches.ts';

/** What hosts sent is taken for so long in one turn of the event loop; sockets would not deliver more at once either. */
const SPELL_MAX_MS = 2;

/** Who takes what the hosts sent. */
interface Takers {
  frame(socket: number, text: string): void;
  report(report: number, call: string): void;
}

/** What hosts sent and the control plane has not taken yet, oldest first. */
export class Inbox {
  readonly #takers: Takers;
  readonly #batches: ToPlane[] = [];
  /** How much of the oldest batch was taken. */
  #frameCount = 0;
  #reportCount = 0;
  #isTaking = false;

  constructor(takers: Takers) {
    this.#takers = takers;
  }

  isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  add(batch: ToPlane): void {
    this.#batches.push(batch);
    if (this.#isTaking) return;
    this.#isTaking = true;
    setImmediate(() => void this.#take());
  }

  /** What a report sets off in promises belongs to the spell; so the clock is read after that, not before. */
  async #take(): Promise<void> {
    const end = performance.now() + SPELL_MAX_MS;
    await promisesRun();
    while (!this.isEmpty() && performance.now() < end) {
      this.#takeSome(end);
      await promisesRun();
    }
    this.#isTaking = !this.isEmpty();
    if (this.#isTaking) setImmediate(() => void this.#take());
  }

  /** Takes frames until there are no more before the next report, and that report. */
  #takeSome(end: number): void {
    const [batch] = this.#batches;
    if (batch === undefined) return;
    const { sockets, texts, reports, calls } = batch;
    for (; this.#frameCount < sockets.length; this.#frameCount += 1) {
      if (performance.now() >= end) return;
      this.#takers.frame(sockets[this.#frameCount] ?? 0, texts[this.#frameCount] ?? '');
    }
    if (this.#reportCount < reports.length) {
      this.#takers.report(reports[this.#reportCount] ?? 0, calls[this.#reportCount] ?? '');
      this.#reportCount += 1;
    }
    if (this.#reportCount < reports.length) return;
    this.#batches.shift();
    this.#frameCount = 0;
    this.#reportCount = 0;
  }
}

/** Ticks come after all promises that can go on, when they are asked for by one of those. */
const promisesRun = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

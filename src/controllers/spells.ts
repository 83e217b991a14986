import type { Clock } from '../lib/clock.ts';

/** After working for so long the queues let others have the thread: requests wait behind them otherwise. */
const SPELL_MAX_MS = 2;

/**
 * How long queues may hold the thread that they share. They work in spells: when one is over, all of them wait for the
 * next turn of the event loop, and then go on in the order in which they stopped.
 */
export class Spells {
  readonly #clock: Clock;
  #usedMs = 0;
  #waiting: (() => void)[] = [];
  #isTurnAsked = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether there is time left in this turn. */
  get isOver(): boolean {
    return this.#usedMs >= SPELL_MAX_MS;
  }

  /** The time that work has taken. */
  spend(ms: number): void {
    if (ms <= 0) return;
    this.#usedMs += ms;
    this.#askTurn();
  }

  /** Calls `goOn` in a later turn that has time for it. */
  wait(goOn: () => void): void {
    this.#waiting.push(goOn);
    this.#askTurn();
  }

  #askTurn(): void {
    if (this.#isTurnAsked) return;
    this.#isTurnAsked = true;
    this.#clock.schedule(this.#clock.now(), () => this.#turn());
  }

  #turn(): void {
    this.#isTurnAsked = false;
    this.#usedMs = 0;
    const waiting = this.#waiting;
    this.#waiting = [];
    while (!this.isOver) {
      const goOn = waiting.shift();
      if (goOn === undefined) break;
      goOn();
    }
    // Those that have stopped again meanwhile have had their turn.
    this.#waiting = [...waiting, ...this.#waiting];
    if (this.#waiting.length > 0) this.#askTurn();
  }
}

const known = new WeakMap<Clock, Spells>();

/** The spells of all queues of a clock: a process has one clock and one thread. */
export function spellsOf(clock: Clock): Spells {
  const spells = known.get(clock) ?? new Spells(clock);
  known.set(clock, spells);
  return spells;
}

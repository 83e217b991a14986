/** What the killed program writes, and what must hold of it afterwards. */
import type { Collection, ReadTx } from '../../src/store/store.ts';

/** One half of a two-row transaction of a writer. */
export interface Half {
  readonly writer: number;
  readonly number: number;
}

const halves = (name: string): Collection<Half, 'writer'> => ({
  name,
  key: ({ writer, number }) => halfKey(writer, number),
  indexes: { writer: ({ writer }) => String(writer) },
});

/** A transaction puts the same half into both; a torn one would leave them different. */
export const left = halves('left');
/** The other side of `left`. */
export const right = halves('right');

export const WRITER_COUNT = 32;
/** Each transaction also deletes the one that lies this far back, on both sides. */
export const KEPT_COUNT = 20;

export const halfKey = (writer: number, number: number): string =>
  `${writer}/${String(number).padStart(9, '0')}`;

/** The numbers of a writer's rows on one side, ascending. */
export const numbersOf = (tx: ReadTx, side: typeof left, writer: number): readonly number[] =>
  tx.find(side, 'writer', String(writer)).map(({ number }) => number);

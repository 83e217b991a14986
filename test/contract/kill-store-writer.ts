/**
 * A program to be killed: `node kill-store-writer.ts <database file>`. Writers put two rows per transaction as fast
 * as they can and report each acknowledged one on standard output as `<writer> <number>`, one per line.
 */
import { openStore } from '../../src/store/create-store.ts';
import { openSqliteLog } from '../../src/store/sqlite-log.ts';
import type { Store } from '../../src/store/store.ts';
import { halfKey, KEPT_COUNT, left, numbersOf, right, WRITER_COUNT } from './kill-store-rows.ts';

const store = await openStore({
  log: await openSqliteLog(process.argv[2] ?? ''),
  collections: [left, right],
});
await Promise.all(Array.from({ length: WRITER_COUNT }, (_, writer) => writeForever(store, writer)));

async function writeForever(target: Store, writer: number): Promise<never> {
  let number = (target.read((tx) => numbersOf(tx, left, writer)).at(-1) ?? 0) + 1;
  for (;;) {
    await target.write((tx) => {
      tx.put(left, { writer, number });
      tx.delete(left, halfKey(writer, number - KEPT_COUNT));
      tx.delete(right, halfKey(writer, number - KEPT_COUNT));
      tx.put(right, { writer, number });
    });
    // A slow reader must not end the writer: what the pipe does not take at once waits, and a kill may drop it.
    process.stdout.write(`${writer} ${number}\n`);
    number += 1;
  }
}

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { seededRng } from '../../src/lib/rng.ts';
import { openStore } from '../../src/store/create-store.ts';
import { openSqliteLog } from '../../src/store/sqlite-log.ts';
import { KEPT_COUNT, left, numbersOf, right, WRITER_COUNT } from './kill-store-rows.ts';

const ROUND_COUNT = 20;
/** A round is killed after at most this many acknowledged transactions. */
const ACKED_MAX_COUNT = 4_000;
/** Longer than a batch takes, so that the kill hits any phase of one. */
const DELAY_MAX_MS = 25;

const directory = mkdtempSync(join(tmpdir(), 'gantry-kill-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** When a round ends: so long after so many transactions were acknowledged. */
interface Moment {
  readonly ackedCount: number;
  readonly delayMs: number;
}

/** Runs the writers until the moment, kills them, and gives the last number that was acknowledged to each. */
function runAndKill(
  path: string,
  moment: Moment,
): Promise<{ acked: ReadonlyMap<number, number>; count: number }> {
  const script = fileURLToPath(new URL('./kill-store-writer.ts', import.meta.url));
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  let lineCount = 0;
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    text += chunk;
    lineCount += chunk.split('\n').length - 1;
    // Killing on the spot would always hit the moment between two batches.
    if (lineCount >= moment.ackedCount) setTimeout(() => child.kill('SIGKILL'), moment.delayMs);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the writer ended by itself, signal ${signal}`));
      // The last line may be cut by the kill; a complete one ends with a line feed.
      const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
      const acked = new Map(lines.map((line) => line.split(' ').map(Number) as [number, number]));
      resolve({ acked, count: lines.length });
    });
  });
}

test('[STO-9] kill -9 loses no acknowledged write and tears no transaction', {
  timeout: 90_000,
}, async () => {
  const path = join(directory, 'state.sqlite');
  const rng = seededRng('kill');
  let total = 0;
  for (let round = 0; round < ROUND_COUNT; round += 1) {
    const moment = { ackedCount: 1 + rng.below(ACKED_MAX_COUNT), delayMs: rng.next() * DELAY_MAX_MS };
    const { acked, count } = await runAndKill(path, moment);
    total += count;
    const store = await openStore({ log: await openSqliteLog(path), collections: [left, right] });
    for (let writer = 0; writer < WRITER_COUNT; writer += 1) {
      const numbers = store.read((tx) => numbersOf(tx, left, writer));
      const last = numbers.at(-1) ?? 0;
      expect(last).toBeGreaterThanOrEqual(acked.get(writer) ?? 0);
      const kept = Array.from({ length: Math.min(last, KEPT_COUNT) }, (_, index) => last - index).reverse();
      expect(numbers).toEqual(kept);
      expect(store.read((tx) => numbersOf(tx, right, writer))).toEqual(kept);
    }
    await store.close();
  }
  expect(total).toBeGreaterThan(ROUND_COUNT * 100);
});

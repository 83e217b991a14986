import { appendFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogCursor } from '../driver.ts';
import { emptyReadFiles, readLogFiles } from './log-file-reader.ts';

const TIME = '2026-01-05T10:00:02.100200300Z';
const record = (log: string, stream = 'stdout'): string => `${JSON.stringify({ log, stream, time: TIME })}\n`;

describe('reading container logs', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-logs-'));
    path = join(folder, 'c-json.log');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const read = async (cursor?: LogCursor, options: { maxBytes?: number; hasEnded?: boolean } = {}) => {
    const { maxBytes = 1_000_000, hasEnded = false } = options;
    const result = await readLogFiles({ path, cursor, maxBytes, hasEnded });
    return { ...result, messages: result.lines.map(({ message }) => message) };
  };

  test('[RUN-40] times are milliseconds, and line ends are gone', async () => {
    await writeFile(path, record('one\n') + record('two\r\n'));
    const { lines, isAtEnd } = await read();
    expect(lines).toEqual([
      { timestampMs: Date.parse('2026-01-05T10:00:02.100Z'), message: 'one' },
      { timestampMs: Date.parse('2026-01-05T10:00:02.100Z'), message: 'two' },
    ]);
    expect(isAtEnd).toBe(true);
  });

  test('[RUN-41] parts become one line, also when the other stream writes in between', async () => {
    await writeFile(path, record('a') + record('x\n', 'stderr') + record('b') + record('c\n'));
    expect((await read()).messages).toEqual(['x', 'abc']);
  });

  test('[RUN-41] an unfinished line waits for its end, and nothing is given out twice meanwhile', async () => {
    await writeFile(path, record('a') + record('x\n', 'stderr'));
    const first = await read();
    expect(first.messages).toEqual(['x']);
    const again = await read(first.cursor);
    expect(again.messages).toEqual([]);
    await appendFile(path, record('b\n') + record('y\n', 'stderr'));
    expect((await read(again.cursor)).messages).toEqual(['ab', 'y']);
  });

  test('[RUN-41] an unfinished line is given out when the container has ended', async () => {
    await writeFile(path, record('one\n') + record('two'));
    const first = await read(undefined, { hasEnded: true });
    expect(first.messages).toEqual(['one', 'two']);
    expect((await read(first.cursor, { hasEnded: true })).messages).toEqual([]);
  });

  test('[RUN-42] a record that is still being written waits', async () => {
    const text = record('one\n') + record('two\n');
    await writeFile(path, text.slice(0, -5));
    const first = await read();
    expect(first.messages).toEqual(['one']);
    await appendFile(path, text.slice(-5));
    expect((await read(first.cursor)).messages).toEqual(['two']);
  });

  test('[RUN-43] reading goes on through rotations, also from a part in an older file', async () => {
    await writeFile(path, record('one\n') + record('tw'));
    const first = await read();
    await rename(path, `${path}.1`);
    await writeFile(path, record('o\n') + record('three\n'));
    await rename(`${path}.1`, `${path}.2`);
    await rename(path, `${path}.1`);
    await writeFile(path, record('four\n'));
    expect(first.messages).toEqual(['one']);
    const rest = await read(first.cursor);
    expect(rest.messages).toEqual(['two', 'three', 'four']);
    expect((await read(rest.cursor)).messages).toEqual([]);
  });

  test('[RUN-43] a file that was rotated away is skipped', async () => {
    await writeFile(path, record('lost\n'));
    const { cursor } = await read();
    await writeFile(`${path}.new`, record('kept\n'));
    await rename(`${path}.new`, path);
    const { messages, isGap } = await read(cursor);
    expect(messages).toEqual(['kept']);
    expect(isGap).toBe(true);
  });

  test('[RUN-45] files that lie before the cursor are emptied, and reading goes on as before', async () => {
    await writeFile(`${path}.12`, record('one\n'));
    await writeFile(`${path}.2`, record('two\n'));
    await writeFile(`${path}.1`, record('three\n') + record('four\n'));
    await writeFile(path, record('five\n'));
    const first = await read(undefined, { maxBytes: 13 });
    expect(first.messages).toEqual(['one', 'two', 'three']);
    await emptyReadFiles(path, first.cursor);
    expect(await readFile(`${path}.12`, 'utf8')).toBe('');
    expect(await readFile(`${path}.2`, 'utf8')).toBe('');
    expect((await read(first.cursor)).messages).toEqual(['four', 'five']);
    await emptyReadFiles(path, { file: 'gone', offset: 0 });
    expect((await read(first.cursor)).messages).toEqual(['four', 'five']);
  });

  test('[LOG-22] a read says how much it read and how much waits', async () => {
    const line = record('one\n');
    await writeFile(`${path}.1`, line);
    await writeFile(path, line.repeat(3));
    const first = await read(undefined, { maxBytes: 5 });
    expect(first).toMatchObject({ readBytes: 2 * line.length, backlogBytes: 2 * line.length, isGap: false });
    const rest = await read(first.cursor);
    expect(rest).toMatchObject({ readBytes: 2 * line.length, backlogBytes: 0 });
  });

  test('[RUN-40] records of any form give what was written', async () => {
    const texts = ['plain', 'quote " and \\ and \t', 'ümläut 漢字 😀', '","stream":"stdout","time":"', ''];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom(...texts), fc.string()), { maxLength: 8 }),
        async (given) => {
          const lines = given.map((text) => text.replaceAll('\n', ' ').replace(/\r$/, ''));
          const attrs = { log: 'with labels\n', stream: 'stderr', attrs: { a: 'b' }, time: TIME };
          await writeFile(
            path,
            `${lines.map((text) => record(`${text}\n`)).join('')}${JSON.stringify(attrs)}\n`,
          );
          expect((await read()).messages).toEqual([...lines, 'with labels']);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('[RUN-44] any sizes of reads and parts give the same lines once each, in order per stream', async () => {
    const piece = fc.record({
      stream: fc.constantFrom('stdout', 'stderr'),
      text: fc.string({ maxLength: 5 }),
      isWhole: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 25 }),
        fc.integer({ min: 1, max: 40 }),
        async (pieces, maxBytes) => {
          await writeFile(
            path,
            pieces
              .map(({ stream, text, isWhole }) => record(`${text}${isWhole ? '\n' : ''}`, stream))
              .join(''),
          );
          const all = await read(undefined, { hasEnded: true });
          const stepwise: string[] = [];
          let cursor: LogCursor | undefined;
          for (let isAtEnd = false; !isAtEnd; ) {
            const chunk = await read(cursor, { maxBytes, hasEnded: true });
            stepwise.push(...chunk.messages);
            ({ cursor, isAtEnd } = chunk);
          }
          expect(stepwise).toEqual(all.messages);
        },
      ),
      { numRuns: 150 },
    );
  });
});

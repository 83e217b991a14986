import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { LogCursor, LogLine } from '../driver.ts';

/** What was read of a container's log files. */
export interface LogRead {
  readonly lines: readonly LogLine[];
  readonly cursor: LogCursor;
  /** Nothing more was there to read. */
  readonly isAtEnd: boolean;
}

/** Where a container's log files are, and how to read them. */
export interface LogReadRequest {
  /** The newest file; older ones are `<path>.1`, `<path>.2`, … */
  readonly path: string;
  readonly cursor: LogCursor | undefined;
  readonly maxBytes: number;
  /** The container has ended: a last line that was never finished is a line all the same. */
  readonly hasEnded: boolean;
}

const OLDEST_FILE = 9;
/** Longer than the longest record of the engine: 16 KiB of output, each byte six times as long when escaped. */
const LEAST_BLOCK_BYTES = 256 * 1024;
/** The longest joined line; a program that never ends its line gets it cut here. */
const LINE_LIMIT_CHARACTERS = 256 * 1024;

interface LogFile {
  readonly key: string;
  readonly handle: FileHandle;
}

interface Position {
  readonly fileIndex: number;
  readonly offset: number;
}

interface Record {
  readonly log: string;
  readonly stream: string;
  readonly time: string;
}

/**
 * Reads on from a cursor through the engine's json-file logs, rotated ones included (RUN-40 to RUN-44). A cursor is the
 * place of the first record that is not yet part of a whole line, and the place up to which whole lines were given out.
 */
export async function readLogFiles(request: LogReadRequest): Promise<LogRead> {
  const files = await openFiles(request);
  try {
    return await new LogReading(request, files).read();
  } finally {
    for (const { handle } of files) await handle.close();
  }
}

/** Oldest first. A reader that stands in the newest file, as nearly all do, needs no other. */
async function openFiles({
  path,
  cursor,
}: Pick<LogReadRequest, 'path' | 'cursor'>): Promise<readonly LogFile[]> {
  const newest = await openIfThere(path);
  if (newest !== undefined && newest.key === cursor?.['file']) return [newest];
  const files: LogFile[] = [];
  for (let age = OLDEST_FILE; age >= 1; age -= 1) {
    const file = await openIfThere(`${path}.${age}`);
    // A rotation meanwhile may show one file twice: the second look is dropped.
    if (file !== undefined && [newest, ...files].some((other) => other?.key === file.key))
      await file.handle.close();
    else if (file !== undefined) files.push(file);
  }
  const all = newest === undefined ? files : [...files, newest];
  if (await isStill(path, newest)) return all;
  // The files moved on while they were looked at, and one may have been passed over.
  for (const { handle } of all) await handle.close();
  return openFiles({ path, cursor });
}

async function isStill(path: string, newest: LogFile | undefined): Promise<boolean> {
  const now = await openIfThere(path);
  await now?.handle.close();
  return now?.key === newest?.key;
}

async function openIfThere(path: string): Promise<LogFile | undefined> {
  try {
    const handle = await open(path, 'r');
    const { ino, birthtimeMs } = await handle.stat();
    return { key: `${ino}:${Math.floor(birthtimeMs)}`, handle };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

class LogReading {
  readonly #request: LogReadRequest;
  readonly #files: readonly LogFile[];
  readonly #lines: LogLine[] = [];
  /** Unfinished lines by stream: stdout and stderr are cut into parts independently of each other. */
  readonly #parts = new Map<string, { text: string; time: string; start: Position }>();
  readonly #givenUpTo: Position;
  #at: Position;
  #givenBytes = 0;

  constructor(request: LogReadRequest, files: readonly LogFile[]) {
    this.#request = request;
    this.#files = files;
    const { cursor } = request;
    this.#at = this.#position(cursor?.['file'], cursor?.['offset']);
    const given = this.#position(cursor?.['givenFile'], cursor?.['givenOffset']);
    this.#givenUpTo = isBefore(given, this.#at) ? this.#at : given;
  }

  async read(): Promise<LogRead> {
    let isFull = false;
    while (!isFull && this.#at.fileIndex < this.#files.length) {
      isFull = await this.#readFile();
      if (!isFull && this.#at.fileIndex + 1 >= this.#files.length) break;
      if (!isFull) this.#at = { fileIndex: this.#at.fileIndex + 1, offset: 0 };
    }
    if (!isFull && this.#request.hasEnded) this.#giveUnfinished();
    return { lines: this.#lines, cursor: this.#cursor(), isAtEnd: !isFull };
  }

  /** Reads the file at hand to its end. Resolves with whether enough was read before. */
  async #readFile(): Promise<boolean> {
    const file = this.#files[this.#at.fileIndex];
    const block = Buffer.allocUnsafe(Math.max(LEAST_BLOCK_BYTES, this.#request.maxBytes));
    for (;;) {
      const { bytesRead = 0 } = (await file?.handle.read(block, 0, block.length, this.#at.offset)) ?? {};
      const piece = block.subarray(0, bytesRead);
      const before = this.#at.offset;
      if (this.#readRecords(piece)) return true;
      // What is left has no line end: the engine is still writing it.
      if (this.#at.offset === before) return false;
    }
  }

  #readRecords(piece: Buffer): boolean {
    let from = 0;
    for (;;) {
      const end = piece.indexOf(10, from);
      if (end < 0) return false;
      const start = this.#at;
      this.#at = { fileIndex: start.fileIndex, offset: start.offset + end + 1 - from };
      const record = parseRecord(piece.toString('utf8', from, end));
      from = end + 1;
      if (record !== undefined) this.#take(record, start);
      if (this.#givenBytes >= this.#request.maxBytes) return true;
    }
  }

  #take(record: Record, start: Position): void {
    const part = this.#parts.get(record.stream);
    const text = `${part?.text ?? ''}${record.log}`;
    const time = part?.time ?? record.time;
    const isWhole = record.log.endsWith('\n') || text.length >= LINE_LIMIT_CHARACTERS;
    if (!isWhole) {
      this.#parts.set(record.stream, { text, time, start: part?.start ?? start });
      return;
    }
    this.#parts.delete(record.stream);
    // Read a second time only to reach the unfinished line of the other stream.
    if (!isBefore(this.#givenUpTo, this.#at)) return;
    this.#give(text.replace(/\r?\n$/, ''), time);
  }

  #give(message: string, time: string): void {
    const timestampMs = Date.parse(time);
    this.#lines.push({ timestampMs: Number.isNaN(timestampMs) ? 0 : timestampMs, message });
    this.#givenBytes += message.length + 1;
  }

  #giveUnfinished(): void {
    for (const { text, time } of this.#parts.values()) this.#give(text, time);
    this.#parts.clear();
  }

  #cursor(): LogCursor {
    const firstPart = [...this.#parts.values()].map(({ start }) => start).sort(byPosition)[0];
    const from = firstPart ?? this.#at;
    const given = this.#files[this.#at.fileIndex]?.key;
    return {
      file: this.#files[from.fileIndex]?.key ?? '',
      offset: from.offset,
      ...(firstPart === undefined || given === undefined
        ? {}
        : { givenFile: given, givenOffset: this.#at.offset }),
    };
  }

  /** The place of a cursor among the files of now. Of a file that has been rotated away the rest is lost. */
  #position(file: string | number | undefined, offset: string | number | undefined): Position {
    const fileIndex = this.#files.findIndex(({ key }) => key === file);
    return fileIndex < 0 ? { fileIndex: 0, offset: 0 } : { fileIndex, offset: Number(offset ?? 0) };
  }
}

function parseRecord(line: string): Record | undefined {
  try {
    const { log = '', stream = '', time = '' } = JSON.parse(line) as Partial<Record>;
    return { log, stream, time };
  } catch {
    return undefined;
  }
}

function isBefore(left: Position, right: Position): boolean {
  return byPosition(left, right) < 0;
}

function byPosition(left: Position, right: Position): number {
  return left.fileIndex - right.fileIndex || left.offset - right.offset;
}

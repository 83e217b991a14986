import { isAscii } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { open, readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { LogCursor, LogLine } from '../driver.ts';
import { type EngineRecord, RecordTimes, recordAt } from './log-record.ts';

/** What was read of a container's log files. */
export interface LogRead {
  readonly lines: readonly LogLine[];
  readonly cursor: LogCursor;
  /** Bytes of the files between the cursor that was given and the new one, and from there to the end. */
  readonly readBytes: number;
  readonly backlogBytes: number;
  /** The file of the given cursor is gone: what was in it and after it is lost. */
  readonly isGap: boolean;
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

/** Longer than the longest record of the engine: 16 KiB of output, each byte six times as long when escaped. */
const LEAST_BLOCK_BYTES = 256 * 1024;
/** The longest joined line; a program that never ends its line gets it cut here. */
const LINE_LIMIT_CHARACTERS = 256 * 1024;

interface LogFile {
  readonly key: string;
  readonly handle: FileHandle;
  readonly sizeBytes: number;
}

interface Position {
  readonly fileIndex: number;
  readonly offset: number;
}

/** Behind the last file. */
const END: Position = { fileIndex: Number.POSITIVE_INFINITY, offset: 0 };

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

/**
 * Empties the rotated files that lie wholly before a cursor, so that keeping many of them costs no more than what is
 * still unread. The names stay, and with them the engine's own rotation. (RUN-45)
 */
export async function emptyReadFiles(path: string, cursor: LogCursor): Promise<void> {
  const ages = await rotatedAges(path);
  if (ages.length === 0) return;
  const files = await openFiles({ path, cursor: undefined }, 'r+');
  try {
    const reached = files.findIndex(({ key }) => key === cursor['file']);
    // By handle: a rotation at this moment gives other names to the files, but not other contents.
    for (const { handle, sizeBytes } of files.slice(0, Math.max(0, reached)))
      if (sizeBytes > 0) await handle.truncate(0);
  } finally {
    for (const { handle } of files) await handle.close();
  }
}

/** Oldest first. A reader that stands in the newest file, as nearly all do, needs no other. */
async function openFiles(
  { path, cursor }: Pick<LogReadRequest, 'path' | 'cursor'>,
  flags: 'r' | 'r+' = 'r',
): Promise<readonly LogFile[]> {
  const newest = await openIfThere(path, flags);
  if (newest !== undefined && newest.key === cursor?.['file']) return [newest];
  const files: LogFile[] = [];
  for (const age of await rotatedAges(path)) {
    const file = await openIfThere(`${path}.${age}`, flags);
    // A rotation meanwhile may show one file twice: the second look is dropped.
    if (file !== undefined && [newest, ...files].some((other) => other?.key === file.key))
      await file.handle.close();
    else if (file !== undefined) files.push(file);
  }
  const all = newest === undefined ? files : [...files, newest];
  if (await isStill(path, newest)) return all;
  // The files moved on while they were looked at, and one may have been passed over.
  for (const { handle } of all) await handle.close();
  return openFiles({ path, cursor }, flags);
}

/** The numbers of the rotated files, the oldest first. */
async function rotatedAges(path: string): Promise<readonly number[]> {
  const prefix = `${basename(path)}.`;
  const names = await readdir(dirname(path)).catch(() => []);
  return names
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((left, right) => right - left);
}

async function isStill(path: string, newest: LogFile | undefined): Promise<boolean> {
  const now = await openIfThere(path, 'r');
  await now?.handle.close();
  return now?.key === newest?.key;
}

async function openIfThere(path: string, flags: 'r' | 'r+'): Promise<LogFile | undefined> {
  try {
    const handle = await open(path, flags);
    const { ino, birthtimeMs, size } = await handle.stat();
    return { key: `${ino}:${Math.floor(birthtimeMs)}`, handle, sizeBytes: size };
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
  readonly #from: Position;
  readonly #isGap: boolean;
  readonly #times = new RecordTimes();
  #at: Position;
  #givenBytes = 0;

  constructor(request: LogReadRequest, files: readonly LogFile[]) {
    this.#request = request;
    this.#files = files;
    const { cursor } = request;
    this.#at = this.#position(cursor?.['file'], cursor?.['offset']);
    this.#isGap = cursor?.['file'] !== undefined && !files.some(({ key }) => key === cursor['file']);
    const given = this.#position(cursor?.['givenFile'], cursor?.['givenOffset']);
    this.#givenUpTo = isBefore(given, this.#at) ? this.#at : given;
    this.#from = this.#givenUpTo;
  }

  async read(): Promise<LogRead> {
    let isFull = false;
    while (!isFull && this.#at.fileIndex < this.#files.length) {
      isFull = await this.#readFile();
      if (!isFull && this.#at.fileIndex + 1 >= this.#files.length) break;
      if (!isFull) this.#at = { fileIndex: this.#at.fileIndex + 1, offset: 0 };
    }
    if (!isFull && this.#request.hasEnded) this.#giveUnfinished();
    return {
      lines: this.#lines,
      cursor: this.#cursor(),
      isAtEnd: !isFull,
      readBytes: this.#bytesBefore(this.#at) - this.#bytesBefore(this.#from),
      backlogBytes: Math.max(0, this.#bytesBefore(END) - this.#bytesBefore(this.#at)),
      isGap: this.#isGap,
    };
  }

  /** Bytes of all files that are open, up to a place; as large as they were when they were opened. */
  #bytesBefore({ fileIndex, offset }: Position): number {
    return this.#files.slice(0, fileIndex).reduce((sum, { sizeBytes }) => sum + sizeBytes, offset);
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
    // One character for each byte, so that places in the text are places in the file.
    const block = { bytes: piece, text: piece.toString('latin1'), isAscii: isAscii(piece) };
    const { fileIndex, offset } = this.#at;
    let from = 0;
    for (;;) {
      const end = block.text.indexOf('\n', from);
      if (end < 0) return false;
      const record = recordAt(block, from, end);
      const start = offset + from;
      from = end + 1;
      this.#at = { fileIndex, offset: offset + from };
      if (record !== undefined) this.#take(record, start);
      if (this.#givenBytes >= this.#request.maxBytes) return true;
    }
  }

  #take(record: EngineRecord, start: number): void {
    const part = this.#parts.get(record.stream);
    const text = part === undefined ? record.log : `${part.text}${record.log}`;
    const isWhole = record.isLineEnd || text.length >= LINE_LIMIT_CHARACTERS;
    if (!isWhole) {
      const at = part?.start ?? { fileIndex: this.#at.fileIndex, offset: start };
      this.#parts.set(record.stream, { text, time: part?.time ?? record.time, start: at });
      return;
    }
    if (part !== undefined) this.#parts.delete(record.stream);
    // Read a second time only to reach the unfinished line of the other stream.
    if (!isBefore(this.#givenUpTo, this.#at)) return;
    this.#give(text.endsWith('\r') && record.isLineEnd ? text.slice(0, -1) : text, part?.time ?? record.time);
  }

  #give(message: string, time: string): void {
    this.#lines.push({ timestampMs: this.#times.msOf(time), message });
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

function isBefore(left: Position, right: Position): boolean {
  return byPosition(left, right) < 0;
}

function byPosition(left: Position, right: Position): number {
  return left.fileIndex - right.fileIndex || left.offset - right.offset;
}

/** One record of the engine's json-file log. */
export interface EngineRecord {
  /** What was written, without the line end. */
  readonly log: string;
  readonly isLineEnd: boolean;
  readonly stream: string;
  readonly time: string;
}

/** A piece of a log file: its bytes, the same as text of one character for each byte, and whether that is all ASCII. */
export interface LogBlock {
  readonly bytes: Buffer;
  readonly text: string;
  readonly isAscii: boolean;
}

const HEAD = '{"log":"';
const STREAM = '","stream":"';
const TIME = '","time":"';
const TAIL = '"}';
/** `stdout` or `stderr`. */
const STREAM_NAME_LENGTH = 6;
const ESCAPED_LINE_END = '\\n';

/**
 * The record between two places of a block; undefined for anything else. The engine writes its members in one order and
 * escapes quotes inside of them, so most records are cut out as they stand; any other is read as JSON.
 */
export function recordAt(block: LogBlock, from: number, end: number): EngineRecord | undefined {
  const { text } = block;
  const logAt = from + HEAD.length;
  const streamAt = text.startsWith(HEAD, from) ? text.indexOf(STREAM, logAt) : -1;
  const timeAt = streamAt + STREAM.length + STREAM_NAME_LENGTH;
  const isKnownForm =
    streamAt >= 0 &&
    timeAt < end &&
    text.startsWith(TIME, timeAt) &&
    text.startsWith(TAIL, end - TAIL.length);
  if (!isKnownForm) return parsed(block, from, end);
  const isLineEnd = text.startsWith(ESCAPED_LINE_END, streamAt - ESCAPED_LINE_END.length);
  const logEnd = isLineEnd ? streamAt - ESCAPED_LINE_END.length : streamAt;
  const backslash = text.indexOf('\\', logAt);
  if (backslash >= 0 && backslash < logEnd) return parsed(block, from, end);
  return {
    log: block.isAscii ? text.slice(logAt, logEnd) : block.bytes.toString('utf8', logAt, logEnd),
    isLineEnd,
    stream: text.slice(streamAt + STREAM.length, timeAt),
    time: text.slice(timeAt + TIME.length, end - TAIL.length),
  };
}

function parsed({ bytes }: LogBlock, from: number, end: number): EngineRecord | undefined {
  try {
    const {
      log = '',
      stream = '',
      time = '',
    } = JSON.parse(bytes.toString('utf8', from, end)) as {
      readonly [member in 'log' | 'stream' | 'time']?: string;
    };
    const isLineEnd = log.endsWith('\n');
    return { log: isLineEnd ? log.slice(0, -1) : log, isLineEnd, stream, time };
  } catch {
    return undefined;
  }
}

/** `2026-11-22T10:00:00`, what lines of the same second share. */
const SECOND_LENGTH = 19;

const DOT = 46;
const ZERO = 48;

/** The first three digits after the point, of which the engine leaves out zeros at the end. */
function thousandths(time: string): number {
  let sum = 0;
  let weight = 100;
  for (let at = SECOND_LENGTH + 1; weight >= 1; at += 1) {
    const digit = time.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) break;
    sum += digit * weight;
    weight = Math.trunc(weight / 10);
  }
  return sum;
}

/** Reads the engine's times. Lines of one second are many, so the second is read once. */
export class RecordTimes {
  #second = '';
  #secondMs = 0;

  /** Epoch milliseconds, the rest cut off; 0 for what is no time. */
  msOf(time: string): number {
    if (this.#second === '' || !time.startsWith(this.#second)) {
      this.#second = time.slice(0, SECOND_LENGTH);
      this.#secondMs = Date.parse(`${this.#second}Z`);
    }
    if (time.charCodeAt(SECOND_LENGTH) === DOT && time.endsWith('Z') && !Number.isNaN(this.#secondMs)) {
      return this.#secondMs + thousandths(time);
    }
    const ms = Date.parse(time);
    return Number.isNaN(ms) ? 0 : ms;
  }
}

import { plainLines } from '../../core/exec/plain-text.ts';

/** A line without an end is cut after so many characters: an event has at most 256 KiB. */
const LINE_MAX_LENGTH = 64 * 1024;

/** Cuts what a terminal shows into lines of plain text and gives each to `keep`; the last one at the end. (EXE-52) */
export function shownLines(keep: (line: string) => void): {
  readonly write: (bytes: Uint8Array) => void;
  readonly end: () => void;
} {
  const decoder = new TextDecoder();
  let rest = '';
  const take = (text: string): void => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) for (const part of plainLines(line, LINE_MAX_LENGTH)) keep(part);
    if (rest.length < LINE_MAX_LENGTH) return;
    for (const part of plainLines(rest, LINE_MAX_LENGTH)) keep(part);
    rest = '';
  };
  return {
    write: (bytes) => take(decoder.decode(bytes, { stream: true })),
    end: () => take(`${decoder.decode()}\n`),
  };
}

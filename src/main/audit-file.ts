import { createWriteStream } from 'node:fs';

/** Adds lines to a file that its owner alone may read; it is made with the first line. Never throws: an audit that cannot be written stops no task. */
export function auditFile(path: string): (line: string) => void {
  let stream: ReturnType<typeof createWriteStream> | undefined;
  return (line) => {
    if (stream === undefined) {
      stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
      // The next line opens it again.
      stream.on('error', () => {
        stream = undefined;
      });
    }
    stream.write(`${line}\n`);
  };
}

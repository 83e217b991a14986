import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shell } from '../../support/shell.ts';
import { eventually } from '../../support/wait.ts';

/** A program on a terminal of its own, as a person has it. */
export interface TestTerminal {
  /** All that it has shown. */
  shown(): string;
  type(text: string): void;
  /** Waits until it has shown something that matches, after all that matched before. */
  waitFor(pattern: RegExp): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  /** The process group of the program. */
  readonly processId: () => number;
  /** Resolves with the exit status when the program has ended. */
  readonly ended: Promise<number | null>;
  close(): void;
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Starts a program on a new terminal of 111 columns and 33 rows. */
export function startTerminal(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): TestTerminal {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-terminal-'));
  const notes = join(folder, 'notes');
  const line = `stty cols 111 rows 33; (tty; echo $$) > ${notes}.new; mv ${notes}.new ${notes}; exec ${command.map(quoted).join(' ')}`;
  const child: ChildProcess = spawn('script', ['-qefc', line, '/dev/null'], {
    env: { ...process.env, ...env, SHELL: '/bin/sh', TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  let seenUpTo = 0;
  child.stdout?.on('data', (bytes: Buffer) => {
    text += bytes.toString('utf8');
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', (status) => resolve(status)));
  const noteOf = (at: number): string => readFileSync(notes, 'utf8').split('\n')[at] ?? '';
  return {
    shown: () => text,
    type: (typed) => child.stdin?.write(typed),
    waitFor: async (pattern) => {
      const found = await eventually(
        `${pattern} in ${JSON.stringify(text.slice(seenUpTo))}`,
        async () => pattern.exec(text.slice(seenUpTo)) ?? undefined,
        60_000,
      ).catch((error: unknown) => {
        throw new Error(`${pattern} was not shown: ${JSON.stringify(text.slice(seenUpTo))}`, {
          cause: error,
        });
      });
      seenUpTo += found.index + found[0].length;
      return found[0];
    },
    resize: async (columns, rows) => {
      await shell('stty', ['-F', noteOf(0), 'cols', String(columns), 'rows', String(rows)]);
    },
    processId: () => Number(noteOf(1)),
    ended,
    close: () => {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

import { spawn } from 'node:child_process';

/** A command of the host failed. `message` holds what it wrote. */
export class HostCommandError extends Error {
  readonly exitCode: number;

  constructor(command: string, exitCode: number, output: string) {
    super(`${command} failed (${exitCode}): ${output.trim()}`);
    this.name = 'HostCommandError';
    this.exitCode = exitCode;
  }
}

/** Runs a program of the host without a shell, feeds it `input`, and resolves with what it printed. */
export function runHostCommand(command: string, args: readonly string[], input = ''): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const printed: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => printed.push(piece));
  child.stderr.on('data', (piece: Buffer) => complaints.push(piece));
  child.on('error', (error) => reject(new HostCommandError(command, 127, error.message)));
  child.on('close', (code) => {
    if (code === 0) resolve(Buffer.concat(printed).toString('utf8'));
    else
      reject(
        new HostCommandError(
          `${command} ${args.join(' ')}`,
          code ?? 128,
          Buffer.concat([...complaints, ...printed]).toString('utf8'),
        ),
      );
  });
  // A program that ended without reading its input is told by its exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return promise;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runningProcess } from './data-dir.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/gantry.js', import.meta.url));

/** Starts `gantry <args>` so that it outlives us, its output appended to a private file. */
export function startDetached(args: readonly string[], logFile: string): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(process.execPath, [PROGRAM, ...args], { detached: true, stdio: ['ignore', log, log] });
  child.unref();
  return child;
}

/** Asks the process that left a note at `runFile` to end, and waits; after `limitMs` it is killed. False when none ran. */
export async function endProcess(runFile: string, limitMs = 15_000): Promise<boolean> {
  const note = runningProcess(runFile);
  if (note === undefined) return false;
  process.kill(note.pid, 'SIGTERM');
  const deadline = Date.now() + limitMs;
  while (runningProcess(runFile) !== undefined) {
    if (Date.now() > deadline) process.kill(note.pid, 'SIGKILL');
    await pause(20);
  }
  return true;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/support/free-port.ts';
import type { Target } from './load.ts';

const PROGRAM = fileURLToPath(new URL('../bin/gantry.js', import.meta.url));

export interface BenchServer {
  readonly target: Target;
  /** From the start of the process to the first answer. */
  readonly startMs: number;
  /** Memory of the process now. */
  residentMib(): number;
  stop(): Promise<void>;
}

/** Starts the built program on `dataDir` and waits for its first answer. */
export async function startServer(dataDir: string, args: readonly string[]): Promise<BenchServer> {
  const port = await freePort();
  const begin = performance.now();
  const child = spawn(
    process.execPath,
    [PROGRAM, 'up', '--port', String(port), '--data-dir', dataDir, '--runtime', 'simulated', ...args],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const endpointUrl = `http://127.0.0.1:${port}`;
  while (!(await answers(`${endpointUrl}/_gantry/health`))) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    await pause(2);
  }
  const startMs = performance.now() - begin;
  const credentials = JSON.parse(readFileSync(join(dataDir, 'root-key.json'), 'utf8'));
  return {
    target: { endpointUrl, region: 'us-east-1', credentials },
    startMs,
    residentMib: () => residentMib(child.pid ?? 0),
    stop: () => ended(child),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  await exit;
}

function residentMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

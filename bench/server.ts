import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/support/free-port.ts';
import type { Target } from './load.ts';

const PROGRAM = fileURLToPath(new URL('../bin/gantry.js', import.meta.url));

/** Flags for the server's Node, e.g. `--cpu-prof`, to look into a figure. */
const NODE_FLAGS = (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter(Boolean);

/** A process of the built program. */
export interface BenchProcess {
  readonly pid: number;
  stop(): Promise<void>;
  /** Ends it with KILL, without a word to it. */
  kill(): Promise<void>;
}

/** A control plane that answers. */
export interface BenchServer extends BenchProcess {
  readonly target: Target;
  readonly dataDir: string;
  /** From the start of the process to the first answer. */
  readonly startMs: number;
}

/** Starts a control plane on `dataDir` and waits for its first answer. `args` come after those that all have. */
export async function startServer(dataDir: string, args: readonly string[] = []): Promise<BenchServer> {
  const port = await freePort();
  const begin = performance.now();
  const child = startProgram(
    ['up', '--no-agent', '--port', String(port), '--data-dir', dataDir, '--log-level', 'warn', ...args],
    NODE_FLAGS,
  );
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    await pause(2);
  }
  const startMs = performance.now() - begin;
  // The key is written a moment after the port is open.
  while (readKey(dataDir, 'root') === undefined) await pause(2);
  const credentials = readKey(dataDir, 'root');
  if (credentials === undefined) throw new Error('there is no root key');
  const endpointUrl = `http://127.0.0.1:${port}`;
  return {
    ...processOf(child),
    dataDir,
    startMs,
    target: { endpointUrl, region: 'us-east-1', credentials },
  };
}

/** Where the agent beside a server keeps what it knows. */
export const agentFolder = ({ dataDir }: BenchServer): string => join(dataDir, 'agent');

/** Starts an agent that offers as much as `args` say. It has not registered yet when this returns. */
export function startAgent(server: BenchServer, args: readonly string[]): BenchProcess {
  const keyFile = join(server.dataDir, 'host-key.json');
  const { endpointUrl } = server.target;
  return processOf(
    startProgram(
      ['agent', '--endpoint', endpointUrl, '--key-file', keyFile, '--data-dir', agentFolder(server)].concat(
        ['--log-level', 'warn'],
        args,
      ),
    ),
  );
}

function startProgram(args: readonly string[], nodeFlags: readonly string[] = []): ChildProcess {
  return spawn(process.execPath, [...nodeFlags, PROGRAM, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function processOf(child: ChildProcess): BenchProcess {
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    await exit;
  };
  return { pid: child.pid ?? 0, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

function readKey(dataDir: string, name: string): Target['credentials'] | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, `${name}-key.json`), 'utf8')) as Target['credentials'];
  } catch {
    return undefined;
  }
}

/** Whether the API answers, asked with as little work as possible: both processes share the machine. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ port, host: '127.0.0.1', path: '/_gantry/health', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('error', () => resolve(false));
    asked.end();
  });
}

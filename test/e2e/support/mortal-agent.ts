import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot, type TestGantry } from '../../support/gantry.ts';
import { shell } from '../../support/shell.ts';

/** An agent of a cluster that is started again whenever it ends. */
export interface MortalAgent {
  /** Its data directory. */
  readonly dataDir: string;
  readonly logFile: string;
  readonly pid: number;
  /** How often it was killed. */
  readonly deathCount: number;
  /** Kills it at once: when this returns it does not run another instruction. Its successor is started. */
  kill(): void;
  /** Ends it for good. Its containers are taken away from the engine at `socketPath`. */
  remove(socketPath: string): Promise<void>;
}

export interface MortalAgentOptions {
  readonly cluster: string;
  readonly endpointUrl: string;
  /** The socket that it takes for the engine's. */
  readonly engineSocket: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export function startMortalAgent(gantry: TestGantry, options: MortalAgentOptions): MortalAgent {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-mortal-'));
  const keyFile = join(folder, 'key.json');
  const dataDir = join(folder, 'agent');
  const logFile = join(dataDir, 'logs', 'agent.log');
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = gantry.env;
  writeFileSync(keyFile, JSON.stringify({ accessKeyId, secretAccessKey }), { mode: 0o600 });
  const log = openSync(join(folder, 'output.log'), 'a');
  const program = join(projectRoot, 'bin/gantry.js');
  const { cluster, endpointUrl, engineSocket, args = [], env = {} } = options;
  const command = [
    ...[program, 'agent', '--cluster', cluster, '--endpoint', endpointUrl, '--engine', engineSocket],
    ...['--data-dir', dataDir, '--key-file', keyFile, ...args],
  ];
  let isOver = false;
  let deathCount = 0;
  let child: ChildProcess;
  const start = (): void => {
    child = spawn(process.execPath, command, {
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
    });
    child.once('exit', () => {
      if (!isOver) start();
    });
  };
  start();
  return {
    dataDir,
    logFile,
    get pid() {
      return child.pid ?? 0;
    },
    get deathCount() {
      return deathCount;
    },
    kill: () => {
      deathCount += 1;
      child.kill('SIGKILL');
    },
    remove: async (socketPath) => {
      isOver = true;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await ended;
      }
      await shell(process.execPath, [program, 'down', '--containers', '--data-dir', folder], {
        env: { DOCKER_HOST: `unix://${socketPath}` },
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The end of an agent's log, for the message of a test that fails. */
export function logTail({ logFile }: MortalAgent, characters = 4_000): string {
  try {
    return readFileSync(logFile, 'utf8').slice(-characters);
  } catch {
    return '(no log)';
  }
}

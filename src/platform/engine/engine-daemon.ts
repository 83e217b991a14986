import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { doesEngineAnswer } from './engine-probe.ts';

/** Where a private engine keeps its things. */
export interface EngineFolders {
  /** Images, containers and the log: on a real disk. */
  readonly folder: string;
  /** Sockets and process ids: short, because a socket's path has at most 107 characters, and gone after a reboot. */
  readonly runFolder: string;
  readonly socketPath: string;
  readonly logPath: string;
  /** The interface of the engine's default network. */
  readonly bridge: string;
}

/** How to start a private engine. */
export interface DaemonOptions {
  readonly folders: EngineFolders;
  /** The program's full path. */
  readonly dockerd: string;
  /** Containers live on while the engine is down. */
  readonly keepsContainers: boolean;
  /** A second socket, for the `docker` command of this machine's users. */
  readonly publicSocket?: string | undefined;
}

const runProgram = promisify(execFile);

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;
const POLL_MS = 50;
/** One that outlives its engine for longer is not dying: the next engine works with it. */
const CHILD_LIMIT_MS = 3_000;
const LOG_TAIL_CHARACTERS = 2000;

/** The places of the private engine that belongs to a folder. */
export function engineFolders(folder: string): EngineFolders {
  const tag = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  const runFolder = `/run/gantry-${tag}`;
  const socketPath = `${runFolder}/docker.sock`;
  return { folder, runFolder, socketPath, logPath: `${folder}/engine.log`, bridge: `gb-${tag}` };
}

/** Starts a private engine that outlives this process, or waits for the one that is starting already. */
export async function startDaemon(options: DaemonOptions): Promise<void> {
  const { folders } = options;
  await mkdir(`${folders.folder}/data`, { recursive: true, mode: 0o711 });
  await mkdir(folders.runFolder, { recursive: true, mode: 0o711 });
  const runningPid = await daemonPid(folders);
  const exited = runningPid === undefined ? await spawnDaemon(options) : () => undefined;
  const end = performance.now() + START_LIMIT_MS;
  while (!(await doesEngineAnswer(folders.socketPath))) {
    const code = exited();
    if (code !== undefined)
      throw new Error(`the container engine ended at once (${code}):\n${await logTail(folders)}`);
    if (performance.now() > end)
      throw new Error(`the container engine does not answer:\n${await logTail(folders)}`);
    await sleep(POLL_MS);
  }
}

/** Stops a private engine and waits until it is gone. Resolves at once when none runs. */
export async function stopDaemon(folders: EngineFolders): Promise<void> {
  const pid = await daemonPid(folders);
  if (pid === undefined) return;
  process.kill(pid, 'SIGTERM');
  const end = performance.now() + STOP_LIMIT_MS;
  while ((await daemonPid(folders)) !== undefined) {
    if (performance.now() > end) throw new Error(`the container engine (process ${pid}) does not stop`);
    await sleep(POLL_MS);
  }
  await tidyUp(folders);
}

/** What an engine leaves behind: mounts (one that was killed before leaves many), and its bridge if no container is on it. */
async function tidyUp({ folder, runFolder, bridge }: EngineFolders): Promise<void> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const places = mounts
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((place) => [`${folder}/data`, runFolder].some((root) => `${place}/`.startsWith(`${root}/`)));
  // Those that were mounted later may lie in those before.
  for (const place of places.toReversed()) await runProgram('umount', [place]).catch(() => {});
  const ports = await readdir(`/sys/class/net/${bridge}/brif`).catch(() => ['unknown']);
  if (ports.length === 0) await runProgram('ip', ['link', 'delete', bridge]).catch(() => {});
}

/** Resolves with a function that tells the exit code once the program has ended. */
async function spawnDaemon({
  folders,
  dockerd,
  keepsContainers,
  publicSocket,
}: DaemonOptions): Promise<() => number | undefined> {
  // Left by an engine that a reboot or a kill ended; its number may belong to any process now.
  await rm(pidPath(folders), { force: true });
  await forgetChild(folders);
  await makeBridge(folders);
  const log = await open(folders.logPath, 'a', 0o600);
  const args = [
    ...['--data-root', `${folders.folder}/data`, '--exec-root', `${folders.runFolder}/exec`],
    ...['--pidfile', pidPath(folders), '--host', `unix://${folders.socketPath}`, '--log-level', 'warn'],
    ...(publicSocket === undefined ? [] : ['--host', `unix://${publicSocket}`]),
    ...(keepsContainers ? ['--live-restore'] : []),
    ...['--bridge', folders.bridge],
  ];
  // Its standard programs are beside it, and may be missing in a user's PATH.
  const env = {
    ...process.env,
    PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`,
  };
  const child = spawn(dockerd, args, { detached: true, env, stdio: ['ignore', log.fd, log.fd] });
  let exitCode: number | undefined;
  child.on('error', () => {
    exitCode = 127;
  });
  child.on('exit', (code) => {
    exitCode = code ?? 128;
  });
  child.unref();
  await log.close();
  return () => exitCode;
}

/**
 * The part that a killed engine had started dies with it, a moment later. An engine that starts in that moment, or while
 * nobody has taken note of its end, takes it for running and waits for it in vain.
 */
async function forgetChild({ runFolder }: EngineFolders): Promise<void> {
  const path = `${runFolder}/exec/containerd/containerd.pid`;
  const pid = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10);
  const end = performance.now() + CHILD_LIMIT_MS;
  for (; Number.isInteger(pid) && performance.now() < end; await sleep(POLL_MS)) {
    // A process that has ended has no command line any more.
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes('containerd')) return rm(path, { force: true });
  }
}

/**
 * A bridge of this engine's own: two engines in one network cannot share `docker0`, and the second one to start would
 * take it from the first. The engine finds a free range of addresses for it.
 */
async function makeBridge({ bridge }: EngineFolders): Promise<void> {
  if (networkInterfaces()[bridge] !== undefined) return;
  await runProgram('ip', ['link', 'add', bridge, 'type', 'bridge']).catch((error: unknown) => {
    if (!String(error).includes('File exists')) throw error;
  });
}

/** The process of this folder's engine; undefined when the number on file is another process's. */
async function daemonPid(folders: EngineFolders): Promise<number | undefined> {
  const text = await readFile(pidPath(folders), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  if (!Number.isInteger(pid)) return undefined;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.includes(`${folders.folder}/data`) ? pid : undefined;
}

function pidPath({ runFolder }: EngineFolders): string {
  return `${runFolder}/dockerd.pid`;
}

async function logTail({ logPath }: EngineFolders): Promise<string> {
  const text = await readFile(logPath, 'utf8').catch(() => '');
  return `${text.slice(-LOG_TAIL_CHARACTERS).trim()}\n(the whole log: ${logPath})`;
}

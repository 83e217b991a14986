import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './usage-error.ts';

/** What was fixed at the first start and can never change: rows carry ARNs with both. */
export interface Birth {
  readonly accountId: string;
  readonly region: string;
  readonly vpcCidr: string;
}

/** The key that `gantry env` prints and the local agent's key. Kept in a private file. */
export interface KeyFile {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What a running program leaves behind so that others find it. */
export interface RunFile {
  readonly pid: number;
  /** Ticks since boot at which the process began: a pid that was given to another process does not fool us. */
  readonly startTicks: string;
  readonly endpointUrl?: string | undefined;
  /** Of the control plane: how its own agent runs tasks. */
  readonly runtime?: 'docker' | 'simulated' | undefined;
}

/** The files of a data directory, by name. */
export const dataFiles = (dataDir: string) =>
  ({
    birth: join(dataDir, 'installation.json'),
    store: join(dataDir, 'state.db'),
    logEvents: join(dataDir, 'log-events.db'),
    events: join(dataDir, 'events.db'),
    metrics: join(dataDir, 'metrics.db'),
    blobs: join(dataDir, 'blobs'),
    objects: join(dataDir, 'objects'),
    vaultKey: join(dataDir, 'secrets.key'),
    rootKey: join(dataDir, 'root-key.json'),
    hostKey: join(dataDir, 'host-key.json'),
    tlsCert: join(dataDir, 'tls-cert.pem'),
    tlsKey: join(dataDir, 'tls-key.pem'),
    controlPlaneRun: join(dataDir, 'control-plane.run.json'),
    agentRun: join(dataDir, 'agent', 'agent.run.json'),
    agent: join(dataDir, 'agent'),
    engine: join(dataDir, 'engine'),
    logs: join(dataDir, 'logs'),
  }) as const;

/** Makes the directory, readable by its owner alone. */
export function prepareDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    chmodSync(dataDir, 0o700);
    mkdirSync(dataFiles(dataDir).logs, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new UsageError(
      `Cannot use ${dataDir} as data directory: ${(cause as Error).message}. Choose another with --data-dir.`,
      {
        cause,
      },
    );
  }
}

/** What the system and SQLite say of a disk that takes nothing more. */
const NO_ROOM = /ENOSPC|EDQUOT|EROFS|database or disk is full/;

/** What to tell of a failure for want of room in the data directory; undefined for other failures. (HARD-34, HARD-35) */
export function noRoom(error: unknown, dataDir: string): UsageError | undefined {
  if (!(error instanceof Error) || error instanceof UsageError || !NO_ROOM.test(error.message))
    return undefined;
  const text = `Cannot write to ${dataDir}: ${error.message}. Make room there and start again; nothing is lost, and containers run on.`;
  return new UsageError(text, { cause: error });
}

/** Writes JSON whole or not at all, readable by its owner alone. */
export const writePrivateJson = (path: string, value: unknown): void =>
  writePrivate(path, `${JSON.stringify(value, undefined, 2)}\n`);

/** Writes a text whole or not at all, readable by its owner alone. */
export function writePrivate(path: string, text: string): void {
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}

/** Reads JSON; undefined when the file is not there or holds none. */
export function readJson<Value>(path: string): Value | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Value;
  } catch {
    return undefined;
  }
}

/** Leaves a note of this process at `path`. */
export function writeRunFile(path: string, note: Pick<RunFile, 'endpointUrl' | 'runtime'>): void {
  const startTicks = startTicksOf(process.pid) ?? '';
  writePrivateJson(path, { ...note, pid: process.pid, startTicks } satisfies RunFile);
}

/** The process that left a note at `path` and still runs; undefined when there is none. */
export function runningProcess(path: string): RunFile | undefined {
  const note = readJson<RunFile>(path);
  if (note === undefined) return undefined;
  const ticks = startTicksOf(note.pid);
  return ticks !== undefined && ticks === note.startTicks ? note : undefined;
}

/** Takes the note away. */
export const removeRunFile = (path: string): void => rmSync(path, { force: true });

/** Field 22 of /proc/<pid>/stat. The command name before it may hold spaces, so it is cut at the last bracket. */
function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

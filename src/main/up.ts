import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { LogLevel } from '../platform/pino-log.ts';
import { pinoLog } from '../platform/pino-log.ts';
import { randomIds } from '../platform/random-ids.ts';
import { systemClock } from '../platform/system-clock.ts';
import { ensureBirth } from './birth.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import {
  dataFiles,
  noRoom,
  prepareDataDir,
  removeRunFile,
  runningProcess,
  writePrivateJson,
  writeRunFile,
} from './data-dir.ts';
import { hostArguments, type RawHostOptions, readHostOptions } from './host-options.ts';
import { ensureAgent, keepAgent, type LocalAgent } from './local-agent.ts';
import { endProcess, startDetached } from './processes.ts';
import { runSample } from './sample/sample.ts';
import { type RawSettings, readSettings, type Settings } from './settings.ts';
import { connectedHostCount } from './status.ts';
import { terminated } from './terminated.ts';
import { UsageError } from './usage-error.ts';

/** The options of `gantry up`, as the command line gives them. */
export interface UpOptions extends RawSettings, RawHostOptions {
  readonly detach?: boolean | undefined;
  readonly sample?: boolean | undefined;
  readonly agent?: boolean | undefined;
}

/** How long `--detach` waits for the API to answer. */
const DETACH_WAIT_MS = 60_000;

/** Starts an installation: in the foreground until a signal ends it, or with `--detach` in the background. */
export async function up(options: UpOptions): Promise<void> {
  const settings = readSettings(options);
  // A mistake in them is told here, not by the agent later on.
  readHostOptions(options);
  prepareDataDir(settings.dataDir);
  const running = runningProcess(dataFiles(settings.dataDir).controlPlaneRun);
  if (running !== undefined) {
    throw new UsageError(
      `Already running at ${running.endpointUrl} (pid ${running.pid}). Stop it with: gantry down --data-dir ${settings.dataDir}`,
    );
  }
  const run = options.detach === true ? upDetached(settings, options) : upHere(settings, options);
  await run.catch((error: unknown) => {
    throw noRoom(error, settings.dataDir) ?? error;
  });
}

async function upHere(settings: Settings, options: UpOptions): Promise<void> {
  const files = dataFiles(settings.dataDir);
  const level: LogLevel = settings.logLevel;
  const log = pinoLog({ level, destination: join(files.logs, 'control-plane.log') });
  const plane = await startControlPlane(settings, ensureBirth(settings), {
    clock: systemClock,
    ids: randomIds,
    log,
  });
  writePrivateJson(files.rootKey, keyFile(plane.rootKey));
  writePrivateJson(files.hostKey, keyFile(plane.hostKey));
  writeRunFile(files.controlPlaneRun, { endpointUrl: plane.endpointUrl, runtime: settings.runtime });
  const ended = terminated();
  say(`API, registry and agents at ${plane.endpointUrl} (logs in ${files.logs})`);
  const stopping = new AbortController();
  const { signal } = stopping;
  const local = localAgent(settings, options, plane);
  const starting = startAround(settings, options, plane).then(() =>
    options.agent === false ? undefined : keepAgent(local, { log, signal }),
  );
  await Promise.race([ended, starting]);
  await ended;
  stopping.abort();
  await stop(settings, plane);
}

const localAgent = (settings: Settings, options: UpOptions, { endpointUrl }: ControlPlane): LocalAgent => ({
  settings,
  endpointUrl,
  hostArguments: hostArguments(options),
});

/** What follows once the API answers. A failure here is told, and leaves the API up. */
async function startAround(settings: Settings, options: UpOptions, plane: ControlPlane): Promise<void> {
  try {
    if (options.agent !== false) await ensureAgent(localAgent(settings, options, plane));
    if (options.sample === true) await runSample(settings, plane, say);
    say(`for clients: eval "$(npx gantry env${dataDirHint(settings)})"`);
  } catch (error) {
    process.stderr.write(
      `gantry: ${error instanceof UsageError ? error.message : String((error as Error).stack)}\n`,
    );
  }
}

async function stop(settings: Settings, plane: ControlPlane): Promise<void> {
  const files = dataFiles(settings.dataDir);
  await plane.stop();
  removeRunFile(files.controlPlaneRun);
  if (await endProcess(files.agentRun))
    say('stopped; containers run on (gantry down --containers removes them)');
}

async function upDetached(settings: Settings, options: UpOptions): Promise<void> {
  const files = dataFiles(settings.dataDir);
  const logFile = join(files.logs, 'up.log');
  const logLength = textOf(logFile).length;
  const child = startDetached(
    process.argv.slice(2).filter((argument) => argument !== '--detach'),
    logFile,
  );
  const deadline = Date.now() + DETACH_WAIT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null)
      throw new UsageError(`The start failed:\n${textOf(logFile).slice(logLength)}`);
    const endpointUrl = runningProcess(files.controlPlaneRun)?.endpointUrl;
    const hostCount = endpointUrl === undefined ? undefined : await connectedHostCount(endpointUrl);
    // A pipeline's next line may be a RunTask, and a simulated host is there in a moment.
    const isComplete = settings.runtime === 'docker' || options.agent === false || hostCount !== 0;
    if (hostCount !== undefined && isComplete) {
      say(`API, registry and agents at ${endpointUrl} (logs in ${files.logs})`);
      return;
    }
    await pause(20);
  }
  throw new UsageError(`The API did not answer within ${DETACH_WAIT_MS / 1000} s. See ${logFile}`);
}

const keyFile = (key: { readonly accessKeyId: string; readonly secretAccessKey: string }) => ({
  accessKeyId: key.accessKeyId,
  secretAccessKey: key.secretAccessKey,
});

const dataDirHint = (settings: Settings): string =>
  settings.dataDir.endsWith('/.gantry') ? '' : ` --data-dir ${settings.dataDir}`;

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function say(text: string): void {
  process.stdout.write(`gantry: ${text}\n`);
}

import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../../lib/error-text.ts';
import { engineFolders, startDaemon, stopDaemon } from './engine-daemon.ts';
import { findProgram, installEngine, missingPrograms } from './engine-install.ts';
import { doesEngineAnswer, USUAL_SOCKET, usualSockets } from './engine-probe.ts';

/** How to come by a container engine. */
export interface EnsureEngineOptions {
  /** Where a private engine keeps its images and containers, e.g. `<data folder>/engine`. */
  readonly folder: string;
  /** Tells the user, in a sentence, what takes time. */
  readonly report: (sentence: string) => void;
  /** False never starts nor installs anything. */
  readonly mayStart?: boolean | undefined;
}

/** An engine that answers. */
export interface EnsuredEngine {
  readonly socketPath: string;
  /** Stops the engine; there only for a private one. It is left running otherwise, for the next start. */
  readonly stop?: (() => Promise<void>) | undefined;
}

/** No engine can be had. `message` says what to do about it. */
export class NoEngineError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'NoEngineError';
  }
}

const AFTER_INSTALL_LIMIT_MS = 10_000;

/**
 * Finds a container engine that answers: the one of `DOCKER_HOST`, our private one of an earlier start, or the
 * machine's. When there is none, and this is root on Linux, starts a private one, and installs it before when it is
 * missing. Rejects with a `NoEngineError`.
 */
export async function ensureEngine(options: EnsureEngineOptions): Promise<EnsuredEngine> {
  const named = process.env['DOCKER_HOST'];
  if (named !== undefined && named !== '') return { socketPath: await namedSocket(named) };
  const folders = engineFolders(options.folder);
  const stop = (): Promise<void> => stopDaemon(folders);
  if (await doesEngineAnswer(folders.socketPath)) return { socketPath: folders.socketPath, stop };
  const usual = await firstAnswering(usualSockets(homedir(), process.env['XDG_RUNTIME_DIR']));
  if (usual !== undefined) return { socketPath: usual };
  await refuseToStart(options);
  const installed = await installIfMissing(options);
  if (installed !== undefined) return { socketPath: installed };
  const dockerd = await findProgram('dockerd');
  if (dockerd === undefined)
    throw new NoEngineError('No container engine: dockerd was not found after its installation.');
  options.report('Starting a container engine.');
  try {
    // No engine answers where the docker command looks: this one does then, so that "docker push" just works.
    await startDaemon({ folders, dockerd, keepsContainers: true, publicSocket: USUAL_SOCKET });
  } catch (error) {
    throw new NoEngineError(`No container engine: ${errorText(error)}`, error);
  }
  return { socketPath: folders.socketPath, stop };
}

async function namedSocket(dockerHost: string): Promise<string> {
  if (!dockerHost.startsWith('unix://')) {
    throw new NoEngineError(
      `DOCKER_HOST is ${dockerHost}: only an engine at a unix socket can be used (unix:///path).`,
    );
  }
  const socketPath = dockerHost.slice('unix://'.length);
  if (await doesEngineAnswer(socketPath)) return socketPath;
  throw new NoEngineError(
    `DOCKER_HOST is ${dockerHost}, but no container engine answers there. Start it, or unset DOCKER_HOST.`,
  );
}

async function firstAnswering(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await doesEngineAnswer(path)) return path;
  return undefined;
}

async function refuseToStart({ mayStart = true }: EnsureEngineOptions): Promise<void> {
  if (process.platform !== 'linux') {
    throw new NoEngineError(
      'No container engine answers. Start Docker Desktop, OrbStack or Colima, then try again.',
    );
  }
  const denied = usualSockets(homedir(), undefined)[0] ?? '';
  if (await isThereButClosed(denied)) {
    throw new NoEngineError(
      `${denied} may not be used by this user. Add the user to the group "docker", or run as root.`,
    );
  }
  if (process.getuid?.() !== 0 || !mayStart) {
    throw new NoEngineError(
      'No container engine answers. Start one (for example "sudo systemctl start docker"), or run this as root once: ' +
        'then an engine is installed and started for you. Without containers: --runtime simulated.',
    );
  }
}

/** Resolves with a socket when the package itself started the machine's engine. */
async function installIfMissing({ report }: EnsureEngineOptions): Promise<string | undefined> {
  const missing = await missingPrograms();
  if (missing.length === 0) return undefined;
  if ((await findProgram('apt-get')) === undefined) {
    throw new NoEngineError(
      `No container engine: install Docker with your package manager (missing: ${missing.join(', ')}).`,
    );
  }
  report(`Installing a container engine (missing: ${missing.join(', ')}); about 70 MB.`);
  try {
    await installEngine();
  } catch (error) {
    throw new NoEngineError(`No container engine: ${errorText(error)}`, error);
  }
  const hasSystemd = await access('/run/systemd/system').then(
    () => true,
    () => false,
  );
  const end = performance.now() + AFTER_INSTALL_LIMIT_MS;
  while (hasSystemd && performance.now() < end) {
    const found = await firstAnswering(usualSockets(homedir(), undefined));
    if (found !== undefined) return found;
    await sleep(200);
  }
  return undefined;
}

async function isThereButClosed(path: string): Promise<boolean> {
  if (process.getuid?.() === 0) return false;
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  const isOpen = await access(path, 6).then(
    () => true,
    () => false,
  );
  return isThere && !isOpen;
}

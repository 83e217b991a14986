import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { HostOffer } from '../agent/capabilities.ts';
import { byteSocketConnector, websocketConnector } from '../agent/connect-websocket.ts';
import { type EfsSource, readNfsSource } from '../agent/efs-folder.ts';
import { firelensFolders } from '../agent/firelens-folders.ts';
import { nodeHttpCall } from '../agent/http-call.ts';
import { RegistrationRefused } from '../agent/registration.ts';
import { secretFolders } from '../agent/secret-folders.ts';
import { ClusterMismatch, StateCopied, startAgent } from '../agent/start-agent.ts';
import { fileStateDirectory } from '../agent/state-directory.ts';
import { taskVolumes } from '../agent/task-volumes.ts';
import type { Log } from '../lib/log.ts';
import { serverTimes } from '../link/server-times.ts';
import { homeOf } from '../platform/folder-home.ts';
import { lockFolder } from '../platform/folder-lock.ts';
import { hostAccess } from '../platform/host-access.ts';
import { pinoLog } from '../platform/pino-log.ts';
import { randomIds } from '../platform/random-ids.ts';
import { systemClock } from '../platform/system-clock.ts';
import { createDockerDriver } from '../runtime/docker/docker-driver.ts';
import type { HostGpu } from '../runtime/docker/docker-options.ts';
import { type RuntimeDriver, RuntimeError } from '../runtime/driver.ts';
import { createSimulatedDriver } from '../runtime/simulated/simulated-driver.ts';
import { auditFile } from './audit-file.ts';
import { noRoom, prepareDataDir, removeRunFile, runningProcess, writeRunFile } from './data-dir.ts';
import { ensureLocalEngine, ownerOf } from './engine.ts';
import { type RawHostOptions, readHostOptions, readIntrospectionPort } from './host-options.ts';
import { ownKey } from './own-key.ts';
import { secretRoot } from './secret-root.ts';
import { oneOf, readPace, wholeNumber } from './settings.ts';
import { terminated } from './terminated.ts';
import { toldLog } from './told-log.ts';
import { UsageError } from './usage-error.ts';
import { license, version } from './version.ts';

/** The options of `gantry agent`, as the command line gives them. */
export interface AgentCommand extends RawHostOptions {
  readonly endpoint: string;
  readonly cluster: string;
  readonly pool?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly region: string;
  readonly dataDir: string;
  readonly runtime: string;
  readonly pace?: string | undefined;
  readonly engine?: string | undefined;
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly external?: boolean | undefined;
  readonly gpus?: string | undefined;
  readonly efsDirectory?: string | undefined;
  readonly efsNfs?: string | undefined;
  readonly capacityProvider?: string | undefined;
  readonly logLevel: string;
}

/** Where a host keeps its state when nothing else is said. */
export const defaultAgentDir = (): string => join(homedir(), '.gantry-agent');

/** Why an agent ends whose identity another one has taken over. (HARD-41) */
const SUPERSEDED =
  'Another agent has registered as this container instance since, so this one ends; its containers run on. Agents need data directories of their own: start this one with an empty --data-dir.';

/** Runs this machine as a host until a signal ends it. Its containers run on. */
export async function runAgent(command: AgentCommand): Promise<void> {
  const dataDir = resolve(command.dataDir);
  const runFile = join(dataDir, 'agent.run.json');
  const settings = readHostOptions(command);
  const introspectionPort = readIntrospectionPort(command, command.runtime);
  prepareDataDir(dataDir);
  const running = runningProcess(runFile);
  if (running !== undefined)
    throw new UsageError(`An agent already runs in ${dataDir} (pid ${running.pid}).`);
  if (!(await lockFolder(dataDir).catch((error: unknown) => explain(error, dataDir)))) {
    throw new UsageError(
      `Another agent already uses ${dataDir}, perhaps in another container. A data directory belongs to one agent: give this one its own with --data-dir.`,
    );
  }
  const level = oneOf('--log-level', command.logLevel, ['debug', 'info', 'warn', 'error', 'silent']);
  const logFile = join(dataDir, 'logs', 'agent.log');
  const say = (text: string): boolean => process.stdout.write(`gantry: ${text}\n`);
  const log = toldLog(pinoLog({ level, destination: logFile }), say);
  const credentials = ownKey(command.keyFile, { log, say });
  const times = serverTimes(Date.now, (skewMs) => log.warn('agent.clock-off', { skewMs }));
  const signing = { credentials, region: command.region, times };
  const efs = readEfs(command);
  const driver = await openDriver(command, dataDir, log);
  const http = nodeHttpCall();
  const ended = terminated();
  const starting = startAgent({
    driver,
    clock: systemClock,
    ids: randomIds,
    log,
    state: fileStateDirectory(join(dataDir, 'state')),
    volumes: taskVolumes({ driver, efs }),
    firelens: firelensFolders(join(dataDir, 'firelens')),
    audit: auditFile(join(dataDir, 'logs', 'audit.log')),
    secretFolders: secretFolders(secretRoot(dataDir)),
    call: http.call,
    connect: websocketConnector(signing),
    connectBytes: byteSocketConnector(signing),
    times,
    endpointUrl: command.endpoint,
    region: command.region,
    home: homeOf(dataDir, join('state', 'agent.json')),
    cluster: command.pool === undefined ? command.cluster : '',
    credentials,
    agentVersion: version(),
    offer: { ...readOffer(command), efs: efs?.kind },
    settings,
    introspection:
      introspectionPort === undefined ? undefined : { port: introspectionPort, license: license() },
  }).catch((error: unknown) => explain(error, dataDir));
  noteRun(runFile, command.endpoint, dataDir);
  say(`agent of ${command.endpoint} (logs in ${logFile})`);
  const agent = await Promise.race([starting, ended]);
  const isSuperseded = await Promise.race([ended, agent?.superseded.then(() => true)]);
  if (agent !== undefined) await agent.close();
  http.close();
  await driver.close();
  removeRunFile(runFile);
  if (isSuperseded === true) process.stderr.write(`gantry: ${SUPERSEDED}\n`);
  process.exit(isSuperseded === true ? 1 : 0);
}

function noteRun(runFile: string, endpointUrl: string, dataDir: string): void {
  try {
    writeRunFile(runFile, { endpointUrl });
  } catch (error) {
    explain(error, dataDir);
  }
}

function explain(error: unknown, dataDir: string): never {
  const told = noRoom(error, dataDir);
  if (told !== undefined) throw told;
  if (error instanceof RegistrationRefused) {
    throw new UsageError(`The control plane refuses this host: ${error.message}`, { cause: error });
  }
  if (error instanceof StateCopied) {
    const text = `${error.message}. A copy would be a second agent with the same identity: use an empty --data-dir. If it came from a machine that is gone, delete state/agent.json in it, and the host joins as a new one.`;
    throw new UsageError(`This is a copy: ${text}`, { cause: error });
  }
  if (error instanceof ClusterMismatch) {
    throw new UsageError(`${error.message}. Use another --data-dir.`, { cause: error });
  }
  throw error;
}

function readOffer(command: AgentCommand): HostOffer {
  const amount = (option: string, text: string | undefined): number | undefined =>
    text === undefined ? undefined : wholeNumber(option, text, { least: 1, most: 2 ** 31 });
  const servesPool = command.pool !== undefined;
  if (servesPool) oneOf('--pool', command.pool ?? '', ['FARGATE']);
  return {
    cpuUnits: amount('--cpu', command.cpu),
    memoryMib: amount('--memory', command.memory),
    servesPool,
    capacityProvider: command.capacityProvider,
    isExternal: command.external ?? false,
  };
}

const GPU = /^([A-Za-z0-9_.:-]{1,128})=(\/dev\/[^,]+)$/;

/** GPUs that the operator names, as `id=device`; `none` is none, absent those that are found. (RUN-37) */
function readGpus(text: string | undefined): readonly HostGpu[] | undefined {
  if (text === undefined) return undefined;
  if (text === 'none') return [];
  return text.split(',').map((entry) => {
    const [, id = '', device = ''] = GPU.exec(entry) ?? [];
    if (id === '') throw new UsageError(`--gpus takes none, or id=device,… as in GPU-1=/dev/nvidia0.`);
    return { id, device };
  });
}

/** Where the file systems of EFS are on this host; undefined: it has none. (VOL-5, VOL-6) */
function readEfs({ efsDirectory, efsNfs }: AgentCommand): EfsSource | undefined {
  if (efsDirectory !== undefined && efsNfs !== undefined)
    throw new UsageError('--efs-directory and --efs-nfs exclude each other.');
  if (efsDirectory !== undefined) return { kind: 'directory', path: resolve(efsDirectory) };
  if (efsNfs === undefined) return undefined;
  const source = readNfsSource(efsNfs);
  if (source === undefined)
    throw new UsageError(`--efs-nfs takes a server and a path, as in nfs.example:/efs.`);
  return source;
}

async function openDriver(command: AgentCommand, dataDir: string, log: Log): Promise<RuntimeDriver> {
  const runtime = oneOf('--runtime', command.runtime, ['docker', 'simulated']);
  if (runtime === 'simulated')
    return createSimulatedDriver({ clock: systemClock, paceMs: readPace(command.pace) });
  const socketPath = command.engine ?? (await ensureLocalEngine(dataDir));
  const options = { owner: ownerOf(dataDir), access: hostAccess(), gpus: readGpus(command.gpus) };
  let isTold = false;
  for (;;) {
    try {
      return await createDockerDriver({ ...options, socketPath, clock: systemClock, log });
    } catch (error) {
      if (!(error instanceof RuntimeError && error.isEngineAway)) throw error;
      // As after a start of the machine: both start at once, and containers may be there to be looked after.
      if (!isTold) process.stdout.write(`gantry: waiting for the container engine: ${error.message}\n`);
      isTold = true;
      await pause(ENGINE_PAUSE_MS);
    }
  }
}

const ENGINE_PAUSE_MS = 1_000;

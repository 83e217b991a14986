import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../lib/log.ts';
import { dataFiles, runningProcess } from './data-dir.ts';
import { ensureLocalEngine } from './engine.ts';
import { endProcess, startDetached } from './processes.ts';
import type { Settings } from './settings.ts';
import { UsageError } from './usage-error.ts';

/** How long a new agent may take until it has registered. */
const AGENT_WAIT_MS = 30_000;

/**
 * How much more CPU than it has this machine offers to FARGATE tasks. Each task is held to its own size all the same;
 * but a laptop's services mostly wait, and AWS would run more than eight quarter-vCPU tasks too. Memory is never
 * offered twice. (PRG-6)
 */
const CPU_OFFER_FACTOR = 4;

/** How often the agent is looked after, at first and at the least. */
const LOOK_MS = 1_000;
const LOOK_MAX_MS = 60_000;
/** After this long without a restart the agent is looked after as often as at first. */
const CALM_MS = 60_000;

/** What a simulated host offers: more than any test fills. */
export const SIMULATED_OFFER = { cpuUnits: 2 ** 30, memoryMib: 2 ** 30 };

/** The agent of this machine, as `gantry up` wants it. */
export interface LocalAgent {
  readonly settings: Settings;
  /** The control plane. */
  readonly endpointUrl: string;
  /** What it is told of containers and images. */
  readonly hostArguments: readonly string[];
}

/**
 * Makes sure that this machine's agent runs and knows this control plane. One that already does is left alone: it and
 * its containers outlive the control plane.
 */
export async function ensureAgent(wanted: LocalAgent): Promise<void> {
  const { settings, endpointUrl } = wanted;
  const files = dataFiles(settings.dataDir);
  const engine = settings.runtime === 'docker' ? ['--engine', await ensureLocalEngine(settings.dataDir)] : [];
  if (runningProcess(files.agentRun)?.endpointUrl === endpointUrl) return;
  await endProcess(files.agentRun);
  const logFile = join(files.logs, 'agent.log');
  const child = startDetached(
    [
      'agent',
      ...['--pool', 'FARGATE', '--endpoint', endpointUrl, '--region', settings.region],
      ...['--data-dir', files.agent, '--key-file', files.hostKey],
      ...offerOf(settings),
      ...wanted.hostArguments,
      ...['--runtime', settings.runtime, '--log-level', settings.logLevel, ...engine],
      ...(settings.efsDirectory === undefined ? [] : ['--efs-directory', settings.efsDirectory]),
      ...(settings.paceMs === 0 ? [] : ['--pace', `${settings.paceMs}ms`]),
    ],
    logFile,
  );
  const deadline = Date.now() + AGENT_WAIT_MS;
  while (runningProcess(files.agentRun) === undefined) {
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new UsageError(`The agent did not start, so no task can run. See ${logFile}`);
    }
    await pause(20);
  }
}

/**
 * Starts the agent again whenever it has ended, until `signal` is aborted: without it no FARGATE task runs. One that
 * keeps ending is started less and less often. (PRG-10)
 */
export async function keepAgent(
  wanted: LocalAgent,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const { agentRun } = dataFiles(wanted.settings.dataDir);
  let restartCount = 0;
  let restartedAtMs = 0;
  while (!signal.aborted) {
    const waitMs = Math.min(LOOK_MS * 2 ** restartCount, LOOK_MAX_MS);
    await pause(waitMs, undefined, { signal }).catch(() => {});
    if (performance.now() - restartedAtMs > CALM_MS) restartCount = 0;
    if (signal.aborted || runningProcess(agentRun) !== undefined) continue;
    restartCount += 1;
    restartedAtMs = performance.now();
    log.warn('agent.restart', { restartCount });
    await ensureAgent(wanted).catch((error: unknown) =>
      log.error('agent.not-restarted', { error: String(error) }),
    );
  }
}

/** What this machine offers to FARGATE tasks, as arguments of its agent: CPU four times, memory once. (PRG-6) */
export function offerOf(settings: Pick<Settings, 'runtime'>): readonly string[] {
  if (settings.runtime === 'simulated') {
    return ['--cpu', String(SIMULATED_OFFER.cpuUnits), '--memory', String(SIMULATED_OFFER.memoryMib)];
  }
  return ['--cpu', String(availableParallelism() * 1024 * CPU_OFFER_FACTOR)];
}

import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { silentLog } from '../lib/log.ts';
import { type EnsuredEngine, ensureEngine, NoEngineError } from '../platform/engine/ensure-engine.ts';
import { hostAccess } from '../platform/host-access.ts';
import { systemClock } from '../platform/system-clock.ts';
import { clearDockerHost } from '../runtime/docker/clear-docker-host.ts';
import { createDockerDriver } from '../runtime/docker/docker-driver.ts';
import type { RuntimeDriver } from '../runtime/driver.ts';
import { dataFiles } from './data-dir.ts';
import { UsageError } from './usage-error.ts';

/** Names the agent of a directory to the engine: the same at every start, another for every directory. */
export const ownerOf = (agentDir: string): string =>
  createHash('sha256').update(resolve(agentDir)).digest('hex').slice(0, 16);

/** The socket of this machine's container engine, which is installed and started when it can be. */
export async function ensureLocalEngine(dataDir: string): Promise<string> {
  return (await engineOf(dataDir, true)).socketPath;
}

/** The engine with the containers of a data directory's agent, for taking them away. */
export interface OpenEngine {
  readonly driver: RuntimeDriver;
  /** Takes away what the agent made on the host: containers, networks, rules of the packet filter. */
  readonly clear: () => Promise<void>;
  /** Ends the engine, where it is our own. */
  readonly stop?: (() => Promise<void>) | undefined;
}

/** Opens the engine if one runs; undefined when none does. */
export async function openEngine(dataDir: string): Promise<OpenEngine | undefined> {
  let engine: EnsuredEngine;
  try {
    engine = await engineOf(dataDir, false);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
  const owner = ownerOf(dataFiles(dataDir).agent);
  const { socketPath } = engine;
  const driver = await createDockerDriver({
    socketPath,
    owner,
    access: hostAccess(),
    clock: systemClock,
    log: silentLog,
  });
  return { driver, clear: () => clearDockerHost({ socketPath, owner }), stop: engine.stop };
}

async function engineOf(dataDir: string, mayStart: boolean): Promise<EnsuredEngine> {
  try {
    return await ensureEngine({
      folder: dataFiles(dataDir).engine,
      mayStart,
      report: (sentence) => process.stdout.write(`gantry: ${sentence}\n`),
    });
  } catch (cause) {
    if (cause instanceof NoEngineError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

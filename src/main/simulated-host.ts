import { byteSocketConnector, websocketConnector } from '../agent/connect-websocket.ts';
import { noFirelensFolders } from '../agent/firelens.ts';
import { nodeHttpCall } from '../agent/http-call.ts';
import { secretFolders } from '../agent/secret-folders.ts';
import { startAgent } from '../agent/start-agent.ts';
import { memoryStateDirectory } from '../agent/state-directory.ts';
import type { Log } from '../lib/log.ts';
import { serverTimes } from '../link/server-times.ts';
import type { SigningCredentials } from '../link/sigv4-sign.ts';
import { randomIds } from '../platform/random-ids.ts';
import { systemClock } from '../platform/system-clock.ts';
import { createSimulatedDriver } from '../runtime/simulated/simulated-driver.ts';
import { SIMULATED_OFFER } from './local-agent.ts';
import { version } from './version.ts';

/** What a simulated host in this process has to know. */
export interface SimulatedHostOptions {
  readonly endpointUrl: string;
  readonly region: string;
  readonly credentials: SigningCredentials;
  /** How long each step of a task lasts. */
  readonly paceMs: number;
  readonly log: Log;
}

/** Starts a host of the FARGATE pool in this process, without files. Resolves when it has registered. */
export async function startSimulatedHost(options: SimulatedHostOptions): Promise<{ stop(): Promise<void> }> {
  const { endpointUrl, region, credentials, paceMs, log } = options;
  const driver = createSimulatedDriver({ clock: systemClock, paceMs });
  const http = nodeHttpCall();
  const times = serverTimes(() => systemClock.now());
  const agent = await startAgent({
    driver,
    clock: systemClock,
    ids: randomIds,
    log,
    state: memoryStateDirectory(),
    // No program will look into a volume.
    firelens: noFirelensFolders,
    volumes: { prepare: async () => new Map(), remove: async () => {} },
    secretFolders: secretFolders(undefined),
    call: http.call,
    connect: websocketConnector({ credentials, region, times }),
    connectBytes: byteSocketConnector({ credentials, region, times }),
    times,
    endpointUrl,
    region,
    cluster: '',
    credentials,
    agentVersion: version(),
    offer: { ...SIMULATED_OFFER, servesPool: true, isExternal: false, efs: 'directory' },
  });
  return {
    stop: async () => {
      await agent.close();
      http.close();
      await driver.close();
    },
  };
}

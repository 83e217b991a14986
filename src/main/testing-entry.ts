/** `gantry/testing`: a whole control plane inside a test's own process, with simulated hosts and no files. */
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { silentLog } from '../lib/log.ts';
import { randomIds } from '../platform/random-ids.ts';
import { systemClock } from '../platform/system-clock.ts';
import { startControlPlane } from './control-plane.ts';
import { clientVariables } from './env.ts';
import { readSettings } from './settings.ts';
import { startSimulatedHost } from './simulated-host.ts';

/** How a Gantry for tests is started. Everything has a default. */
export interface GantryOptions {
  /** A free one by default, so that test files can run side by side. */
  readonly port?: number | undefined;
  /** `off`, the default, takes any credentials; `on` checks signatures, and then `env` holds the only key. */
  readonly auth?: 'on' | 'off' | undefined;
  /** How long each step of a task lasts, e.g. `500ms`; at once by default. */
  readonly pace?: string | undefined;
  /** How many seconds a task without health check runs before it counts as healthy; 0 by default, 40 in AWS. */
  readonly healthyAfterSeconds?: number | undefined;
  /** `us-east-1` by default. */
  readonly region?: string | undefined;
  /** Twelve digits; `000000000000` by default. */
  readonly accountId?: string | undefined;
}

/** A Gantry that answers and can run tasks. */
export interface Gantry {
  /** What clients take as their endpoint, e.g. `http://127.0.0.1:40123`. */
  readonly endpoint: string;
  /** The variables that lead an SDK, the AWS CLI or Terraform here: spread them into a child's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The subnets of the default VPC, one for each zone; they outlive a reset. */
  readonly subnetIds: readonly string[];
  /** Makes it as it was after the start. The endpoint and the keys stay; tasks can be run at once. */
  reset(): Promise<void>;
  /** Lets go of the port and of everything else. */
  stop(): Promise<void>;
}

/** The default VPC of AWS: no packet of a simulated task reaches this machine's networks. */
const VPC_CIDR = '172.31.0.0/16';

/** Starts a Gantry in this process. It keeps all state in memory and needs neither root nor a container engine. (TST-5) */
export async function startGantry(options: GantryOptions = {}): Promise<Gantry> {
  const settings = {
    ...readSettings({
      port: String(options.port ?? (await freePort())),
      auth: options.auth ?? 'off',
      runtime: 'simulated',
      pace: options.pace,
      healthyAfter: options.healthyAfterSeconds?.toString(),
      region: options.region,
      account: options.accountId,
      allowReset: true,
      dataDir: 'unused',
    }),
    storage: 'memory',
  } as const;
  const { accountId, region, paceMs } = settings;
  const ports = { clock: systemClock, ids: randomIds, log: silentLog };
  const plane = await startControlPlane(settings, { accountId, region, vpcCidr: VPC_CIDR }, ports);
  const { endpointUrl, hostKey, rootKey } = plane;
  const host = await startSimulatedHost({
    endpointUrl,
    region,
    credentials: hostKey,
    paceMs,
    log: silentLog,
  });
  while (plane.connectedHostCount() === 0) await pause(1);
  return {
    endpoint: endpointUrl,
    env: clientVariables({ endpointUrl, region, key: rootKey }),
    subnetIds: plane.subnetIds(),
    reset: () => plane.reset(),
    stop: async () => {
      await host.stop();
      await plane.stop();
    },
  };
}

/** Asks the system for a port that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

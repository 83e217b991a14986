import { rmSync } from 'node:fs';
import { signRequest } from '../src/link/sigv4-sign.ts';
import {
  engineCall,
  makeBusyboxImage,
  startTestEngine,
  type TestEngine,
  whyNoTestEngine,
} from '../test/e2e/support/engine.ts';
import { type Call, callEcs, type Target } from './load.ts';
import { hostReady, stopped, timeToRunning } from './run-and-wait.ts';
import { RUN_CLUSTER, seedTasks } from './seed.ts';
import { startAgent, startServer } from './server.ts';
import { type BenchRow, printTable, quantile, rounded, verdict } from './table.ts';

const ROUND_COUNT = 10;
const IMAGE = 'bench-web:1';
const MODES = ['bridge', 'host', 'awsvpc'] as const;
type Mode = (typeof MODES)[number];

/** Milliseconds of each round. */
interface Samples {
  readonly runTaskMs: number[];
  readonly engineMs: number[];
}

/** Measures RunTask → RUNNING with real containers beside the engine's own create + start, one after the other. */
export async function benchDocker(): Promise<void> {
  const reason = await whyNoTestEngine();
  if (reason !== undefined) {
    process.stdout.write(`\n### RunTask → RUNNING with Docker\n\nNot measured: ${reason}.\n`);
    return;
  }
  const engine = await startTestEngine();
  const { dataDir } = await seedTasks(0);
  try {
    await makeBusyboxImage(engine.socketPath, IMAGE);
    const server = await startServer(dataDir);
    const agent = startAgent(server, [
      ...['--cluster', RUN_CLUSTER, '--runtime', 'docker', '--engine', engine.socketPath],
    ]);
    try {
      await hostReady(server.target);
      await registerDefinitions(server.target);
      printTable(
        `RunTask → RUNNING with Docker, ${ROUND_COUNT} rounds, beside the Engine API's create + start`,
        await measureModes(server.target, engine),
      );
    } finally {
      await agent.stop();
      await server.stop();
    }
  } finally {
    await engine.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function measureModes(target: Target, engine: TestEngine): Promise<readonly BenchRow[]> {
  const subnets = await subnetIds(target);
  const samples = new Map(MODES.map((mode) => [mode, { runTaskMs: [], engineMs: [] } as Samples]));
  for (let round = -1; round < ROUND_COUNT; round += 1) {
    for (const [mode, { runTaskMs, engineMs }] of samples) {
      const byEngine = await timeEngine(engine, mode);
      const byTask = await timeTask(target, mode, subnets);
      // The first round fills caches.
      if (round < 0) continue;
      engineMs.push(byEngine);
      runTaskMs.push(byTask);
    }
  }
  return [...samples].map(([mode, one]) => modeRow(mode, one));
}

function modeRow(mode: Mode, { runTaskMs, engineMs }: Samples): BenchRow {
  const ratio = quantile(runTaskMs, 0.5) / quantile(engineMs, 0.5);
  return {
    'network mode': mode,
    'RunTask → RUNNING, p50, ms': rounded(quantile(runTaskMs, 0.5)),
    'min, ms': rounded(quantile(runTaskMs, 0)),
    'max, ms': rounded(quantile(runTaskMs, 1)),
    'create + start, p50, ms': rounded(quantile(engineMs, 0.5)),
    'its min, ms': rounded(quantile(engineMs, 0)),
    'its max, ms': rounded(quantile(engineMs, 1)),
    ratio: rounded(ratio, 2),
    // An awsvpc task is two containers and an interface of its own; beside it stands one container on the bridge.
    target: mode === 'awsvpc' ? '' : verdict(ratio, { atMost: 1.1 }),
  };
}

async function timeEngine({ socketPath }: TestEngine, mode: Mode): Promise<number> {
  const begin = performance.now();
  const created = await engineCall(socketPath, 'POST', '/containers/create', {
    Image: IMAGE,
    HostConfig: { NetworkMode: mode === 'host' ? 'host' : 'bridge' },
  });
  const { Id: id } = JSON.parse(created) as { Id: string };
  await engineCall(socketPath, 'POST', `/containers/${id}/start`);
  const elapsedMs = performance.now() - begin;
  await engineCall(socketPath, 'DELETE', `/containers/${id}?force=1`);
  return elapsedMs;
}

async function timeTask(target: Target, mode: Mode, subnets: readonly string[]): Promise<number> {
  const networkConfiguration = { awsvpcConfiguration: { subnets } };
  const run: Call = {
    operation: 'RunTask',
    input: {
      ...{ cluster: RUN_CLUSTER, taskDefinition: familyOf(mode), launchType: 'EC2' },
      ...(mode === 'awsvpc' ? { networkConfiguration } : {}),
    },
  };
  const { taskArn, ms } = await timeToRunning(target, run);
  await stopped(target, taskArn);
  return ms;
}

const familyOf = (mode: Mode): string => `docker-${mode}`;

async function registerDefinitions(target: Target): Promise<void> {
  for (const networkMode of MODES) {
    await callEcs(target, {
      operation: 'RegisterTaskDefinition',
      input: {
        family: familyOf(networkMode),
        networkMode,
        containerDefinitions: [{ name: 'web', image: IMAGE, cpu: 64, memory: 64 }],
      },
    });
  }
}

/** The default subnets: the one thing here that ECS does not tell. */
async function subnetIds({ endpointUrl, region, credentials }: Target): Promise<readonly string[]> {
  const body = 'Action=DescribeSubnets&Version=2016-11-15';
  const url = `${endpointUrl}/`;
  const headers = signRequest({
    ...{ method: 'POST', url, body, credentials, region, service: 'ec2', now: Date.now() },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  const response = await fetch(url, { method: 'POST', headers, body });
  return [...(await response.text()).matchAll(/<subnetId>([^<]+)</g)].map(([, id = '']) => id);
}

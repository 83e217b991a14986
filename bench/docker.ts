import { engineCall, type TestEngine } from '../test/e2e/support/engine.ts';
import { awsPost, FORM } from './aws-post.ts';
import { onDockerHost } from './docker-host.ts';
import { type Call, callEcs, type Target } from './load.ts';
import { stopped, timeToRunning } from './run-and-wait.ts';
import { RUN_CLUSTER } from './seed.ts';
import { type BenchRow, printTable, quantile, rounded, verdict } from './table.ts';

const ROUND_COUNT = 12;
/** Which part of the shortest time so far passes before a task is asked after. */
const PATIENCE = 0.85;
const IMAGE = 'bench-web:1';
const MODES = ['bridge', 'host', 'awsvpc'] as const;
type Mode = (typeof MODES)[number];

/** Milliseconds of each round. */
interface Samples {
  readonly runTaskMs: number[];
  /** The engine's create + start of one container that is asked for nothing but its network. */
  readonly plainMs: number[];
  /** The engine's create + start of what the task is made of. */
  readonly sameMs: number[];
}

/** Measures RunTask → RUNNING with real containers beside the engine's own create + start, one after the other. */
export function benchDocker(): Promise<void> {
  return onDockerHost({
    title: 'RunTask → RUNNING with Docker',
    image: IMAGE,
    measure: async ({ server, engine }) => {
      await registerDefinitions(server.target);
      printTable(
        `RunTask → RUNNING with Docker, ${ROUND_COUNT} rounds, beside the Engine API's create + start`,
        await measureModes(server.target, engine),
      );
    },
  });
}

async function measureModes(target: Target, engine: TestEngine): Promise<readonly BenchRow[]> {
  const subnets = await subnetIds(target);
  const samples = new Map(
    MODES.map((mode): [Mode, Samples] => [mode, { runTaskMs: [], plainMs: [], sameMs: [] }]),
  );
  for (let round = -1; round < ROUND_COUNT; round += 1) {
    for (const [mode, one] of samples) {
      const patienceMs = PATIENCE * (one.runTaskMs.length === 0 ? 0 : Math.min(...one.runTaskMs));
      const runTaskMs = await timeTask(target, { mode, subnets, patienceMs });
      const plainMs = await timeEngine(engine, [plain(mode)]);
      const sameMs = await timeEngine(engine, mode === 'awsvpc' ? [PAUSE, ownSettings] : [ownSettings(mode)]);
      // The first round fills caches.
      if (round < 0) continue;
      one.runTaskMs.push(runTaskMs);
      one.plainMs.push(plainMs);
      one.sameMs.push(sameMs);
    }
  }
  return [...samples].map(([mode, one]) => modeRow(mode, one));
}

function modeRow(mode: Mode, { runTaskMs, plainMs, sameMs }: Samples): BenchRow {
  const taskMs = quantile(runTaskMs, 0.5);
  const byEngineMs = quantile(plainMs, 0.5);
  const sameByEngineMs = quantile(sameMs, 0.5);
  const ratio = taskMs / byEngineMs;
  return {
    'network mode': mode,
    'RunTask → RUNNING, p50, ms': rounded(taskMs),
    'min, ms': rounded(quantile(runTaskMs, 0)),
    'max, ms': rounded(quantile(runTaskMs, 1)),
    'create + start, p50, ms': rounded(byEngineMs),
    'its min, ms': rounded(quantile(plainMs, 0)),
    'its max, ms': rounded(quantile(plainMs, 1)),
    ratio: rounded(ratio, 2),
    target: verdict(ratio, { atMost: 1.1 }),
    'the same work by the engine, p50, ms': rounded(sameByEngineMs),
    'ratio to it': rounded(taskMs / sameByEngineMs, 2),
  };
}

/** A task with an interface of its own stands beside one container on the bridge. */
const plain = (mode: Mode): object => ({
  Image: IMAGE,
  HostConfig: { NetworkMode: mode === 'host' ? 'host' : 'bridge' },
});

/** What the task definition implies, in the network that is named. */
const ownSettings = (network: string): object => ({
  Image: IMAGE,
  HostConfig: {
    NetworkMode: network,
    Memory: 64 * 1024 * 1024,
    CpuShares: 64,
    LogConfig: { Type: 'json-file', Config: { 'max-size': '64m', 'max-file': '5' } },
  },
});

/** What the containers of an awsvpc task join; its interface is not counted. */
const PAUSE = {
  Image: IMAGE,
  Cmd: ['sleep', '60'],
  HostConfig: { NetworkMode: 'none', LogConfig: { Type: 'none' } },
};

/** Creates and starts containers one after the other; each may be made for the one before it. */
async function timeEngine(
  { socketPath }: TestEngine,
  containers: readonly (object | ((network: string) => object))[],
): Promise<number> {
  const ids: string[] = [];
  const begin = performance.now();
  for (const container of containers) {
    const body = typeof container === 'function' ? container(`container:${ids.at(-1)}`) : container;
    const created = await engineCall(socketPath, 'POST', '/containers/create', body);
    const { Id: id } = JSON.parse(created) as { Id: string };
    ids.push(id);
    await engineCall(socketPath, 'POST', `/containers/${id}/start`);
  }
  const elapsedMs = performance.now() - begin;
  for (const id of ids.toReversed()) await engineCall(socketPath, 'DELETE', `/containers/${id}?force=1`);
  return elapsedMs;
}

async function timeTask(
  target: Target,
  {
    mode,
    subnets,
    patienceMs,
  }: { readonly mode: Mode; readonly subnets: readonly string[]; readonly patienceMs: number },
): Promise<number> {
  const networkConfiguration = { awsvpcConfiguration: { subnets } };
  const run: Call = {
    operation: 'RunTask',
    input: {
      ...{ cluster: RUN_CLUSTER, taskDefinition: familyOf(mode), launchType: 'EC2' },
      ...(mode === 'awsvpc' ? { networkConfiguration } : {}),
    },
  };
  const { taskArn, ms } = await timeToRunning(target, run, patienceMs);
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
async function subnetIds(target: Target): Promise<readonly string[]> {
  const body = 'Action=DescribeSubnets&Version=2016-11-15';
  const text = await awsPost(target, { service: 'ec2', headers: FORM, body });
  return [...text.matchAll(/<subnetId>([^<]+)</g)].map(([, id = '']) => id);
}

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { type Rng, seededRng } from '../../../src/lib/rng.ts';
import { eventually } from '../../support/wait.ts';
import { clientOptions, FARGATE, type HostTask, LOG_GROUP, onSignals, script } from './host-lab.ts';
import { logTail } from './mortal-agent.ts';
import { type KillLab, type NetworkMode, nothingLeft } from './task-life.ts';

export interface ChurnOptions {
  /** Which deeds are done, in which order. */
  readonly seed: string;
  readonly forMs: number;
  /** The longest pause between two deeds. */
  readonly pauseMs: number;
  /** The engine dies too. */
  readonly isEngineMortal: boolean;
  /** Hears every so often how far it is. */
  readonly say?: (text: string) => void;
}

export interface ChurnReport {
  readonly tasks: number;
  readonly agentDeaths: number;
  readonly engineDeaths: number;
  /** Of the agent, from the last time it was killed to the end. */
  readonly memoryMib: readonly [number, number];
  readonly openFiles: readonly [number, number];
  /** What did not go as it must. */
  readonly problems: readonly string[];
}

interface Kind {
  readonly name: string;
  readonly mode: NetworkMode | 'none';
  readonly container?: Readonly<Record<string, unknown>>;
  readonly volumes?: readonly unknown[];
  /** Ends by itself, so. */
  readonly end?: (task: HostTask) => boolean;
}

interface Running {
  readonly arn: string;
  readonly kind: Kind;
  isAskedToStop: boolean;
}

const MOST_TASKS = 12;
/** In the last part of the time the agent is left alone: what it holds on to shows. */
const DEADLY_SHARE = 0.65;
const SETTLED_SHARE = 0.75;
const SAY_EVERY_MS = 60_000;

const exitedWith = (code: number) => (task: HostTask) =>
  task.stopCode === 'EssentialContainerExited' && task.containers[0]?.exitCode === code;

const kinds = (port: number): readonly Kind[] => [
  { name: 'life-awsvpc', mode: 'awsvpc' },
  { name: 'life-bridge', mode: 'bridge' },
  {
    ...{ name: 'job', mode: 'bridge', end: exitedWith(0) },
    container: script('main', 'seq 200; sleep 0.3', { memory: 16 }),
  },
  {
    ...{ name: 'failing', mode: 'awsvpc', end: exitedWith(3) },
    container: script('main', 'echo no; exit 3', { memory: 16 }),
  },
  {
    ...{ name: 'volumes', mode: 'none' },
    volumes: [{ name: 'a' }, { name: 'b', dockerVolumeConfiguration: { scope: 'task' } }],
    container: script('main', onSignals(), {
      memory: 16,
      mountPoints: ['a', 'b'].map((name) => ({ sourceVolume: name, containerPath: `/${name}` })),
    }),
  },
  {
    ...{ name: 'absent', mode: 'bridge' },
    container: script('main', 'true', { memory: 16, image: `127.0.0.1:${port}/absent:1` }),
    end: ({ stopCode, stoppedReason, containers }) =>
      stopCode === 'TaskFailedToStart' && `${stoppedReason} ${containers[0]?.reason}`.includes('CannotPull'),
  },
];

/** Starts and stops tasks of all kinds at random while agent and engine die, then looks what is left. (HARD-17) */
export async function churn(kills: KillLab, options: ChurnOptions): Promise<ChurnReport> {
  const { forMs, isEngineMortal, say = () => {} } = options;
  const rng = seededRng(options.seed);
  const known = await registerKinds(kills);
  const running = new Set<Running>();
  const problems: string[] = [];
  const counts = { tasks: 0, agentDeaths: 0, engineDeaths: 0 };
  const began = performance.now();
  const passedMs = (): number => performance.now() - began;
  let settled: Held | undefined;
  let saidMs = 0;
  while (passedMs() < forMs) {
    const isDeadly = passedMs() < forMs * DEADLY_SHARE;
    if (passedMs() > forMs * SETTLED_SHARE) settled ??= held(kills.agent.pid);
    await deed({ kills, known, running, rng, counts, isDeadly, isEngineMortal });
    await look(kills, running, problems);
    if (passedMs() - saidMs > SAY_EVERY_MS) {
      saidMs = passedMs();
      say(`${Math.round(saidMs / 60_000)} min: ${JSON.stringify(counts)}, problems: ${problems.length}`);
    }
    await pause(rng.below(options.pauseMs));
  }
  for (const task of running) await ask(kills, task);
  await eventually('the end of all tasks', async () => {
    await look(kills, running, problems);
    return running.size === 0 ? true : undefined;
  });
  await nothingLeft(kills).catch((error: unknown) => {
    problems.push(causeOf(error), logTail(kills.agent));
  });
  problems.push(...(await startedTwice(kills)));
  const after = held(kills.agent.pid);
  const before = settled ?? after;
  return {
    ...counts,
    memoryMib: [before.memoryMib, after.memoryMib],
    openFiles: [before.openFiles, after.openFiles],
    problems,
  };
}

interface Known {
  readonly kind: Kind;
  readonly definition: string | undefined;
}

const registerKinds = ({ lab }: KillLab): Promise<readonly Known[]> =>
  Promise.all(
    kinds(lab.gantry.port).map(async (kind): Promise<Known> => {
      if (kind.container === undefined) return { kind, definition: undefined };
      const definition = await lab.register({
        family: `churn-${kind.name}`,
        networkMode: kind.mode,
        executionRoleArn: FARGATE.executionRoleArn,
        containerDefinitions: [kind.container],
        volumes: kind.volumes ?? [],
      });
      return { kind, definition };
    }),
  );

interface Scene {
  readonly kills: KillLab;
  readonly known: readonly Known[];
  readonly running: Set<Running>;
  readonly rng: Rng;
  readonly counts: { tasks: number; agentDeaths: number; engineDeaths: number };
  readonly isDeadly: boolean;
  readonly isEngineMortal: boolean;
}

async function deed(scene: Scene): Promise<void> {
  const { kills, running, rng, counts, isDeadly, isEngineMortal } = scene;
  const dice = rng.below(100);
  if (isDeadly && dice < 3) {
    counts.agentDeaths += 1;
    kills.agent.kill();
  } else if (isEngineMortal && isDeadly && dice < 4) {
    counts.engineDeaths += 1;
    await kills.lab.engine.crash();
    await kills.lab.engine.revive({ keepsContainers: true });
  } else if (dice < 60 && running.size < MOST_TASKS) {
    await start(scene);
  } else {
    const task = [...running][rng.below(Math.max(1, running.size))];
    if (task !== undefined) await ask(kills, task);
  }
}

async function start({ kills, known, running, rng, counts }: Scene): Promise<void> {
  const chosen = known[rng.below(known.length)];
  if (chosen === undefined) return;
  const { kind, definition } = chosen;
  const arns = await (definition === undefined
    ? kills.run(kind.mode === 'awsvpc' ? 'awsvpc' : 'bridge').then((arn) => [arn])
    : kills.runMany(definition, kind.mode)
  ).catch((error: unknown) => {
    // Nothing is placed on a host whose agent is not there just now.
    if (String(error).includes('"reason":"AGENT"')) return [];
    throw error;
  });
  counts.tasks += arns.length;
  for (const arn of arns) running.add({ arn, kind, isAskedToStop: false });
}

async function ask(kills: KillLab, task: Running): Promise<void> {
  task.isAskedToStop = true;
  await kills.stop(task.arn);
}

/** Takes out the tasks that have stopped, and notes those that ended otherwise than they should. */
async function look(kills: KillLab, running: Set<Running>, problems: string[]): Promise<void> {
  if (running.size === 0) return;
  const described = await kills.describe([...running].map(({ arn }) => arn));
  for (const task of running) {
    const seen = described.find(({ taskArn }) => taskArn === task.arn);
    if (seen?.lastStatus !== 'STOPPED') continue;
    running.delete(task);
    if (!isAsItShould(task, seen)) problems.push(`${task.kind.name}: ${JSON.stringify(seen)}`);
  }
}

/** What the engine says of a container whose end it did not see. */
const UNSEEN_END = 255;

/**
 * One that was asked to stop may have been at any point, also at its own end. An engine that died may not know how a
 * container ended, and may refuse to start what it had begun to start.
 */
function isAsItShould({ kind, isAskedToStop }: Running, task: HostTask): boolean {
  if (kind.end?.(task) === true) return true;
  const codes = task.containers.map(({ exitCode = 0 }) => exitCode);
  if (task.stopCode === 'EssentialContainerExited') return codes.includes(UNSEEN_END);
  if (task.stopCode === 'TaskFailedToStart')
    return task.containers.some(({ reason = '' }) => reason.includes('Error response from daemon'));
  return isAskedToStop && codes.every((code) => [0, 3, 137, 143, UNSEEN_END].includes(code));
}

/** Each life writes how often its container was started. */
async function startedTwice({ lab }: KillLab): Promise<readonly string[]> {
  const client = new CloudWatchLogsClient(clientOptions(lab.gantry));
  const found: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new FilterLogEventsCommand({ logGroupName: LOG_GROUP, filterPattern: '"starts "', nextToken }),
    );
    for (const { message, logStreamName } of page.events ?? [])
      if (message !== 'starts 1') found.push(`${logStreamName}: ${message}`);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

interface Held {
  readonly memoryMib: number;
  readonly openFiles: number;
}

function held(pid: number): Held {
  const kib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  return { memoryMib: Math.round(kib / 1024), openFiles: readdirSync(`/proc/${pid}/fd`).length };
}

const causeOf = (error: unknown): string =>
  error instanceof Error ? `${error.message}: ${String(error.cause ?? '')}` : String(error);

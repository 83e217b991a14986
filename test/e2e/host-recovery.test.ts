import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/wait.ts';
import { whyNoTestEngine } from './support/engine.ts';
import {
  containerOf,
  FARGATE,
  fargateOptions,
  type HostLab,
  type HostTask,
  onSignals,
  script,
  startHostLab,
} from './support/host-lab.ts';

const missing = await whyNoTestEngine();

let lab: HostLab;
let options: readonly string[];

describe.skipIf(missing !== undefined)('after a crash', () => {
  beforeAll(async () => {
    lab = await startHostLab('recovery');
    options = await fargateOptions(lab.gantry, 'recovery');
  });

  afterAll(async () => {
    await lab?.close();
  });

  const start = async (family: string, containerDefinitions: readonly unknown[]): Promise<string> =>
    lab.run(await lab.register({ family, ...FARGATE, containerDefinitions }), options);

  const signal = (task: HostTask, container: string, name: string): Promise<string> =>
    lab.docker(['kill', '--signal', name, containerOf(task, container).runtimeId ?? '']);

  /** When the engine says that a container started: another start would be another time. */
  const startedAt = async (task: HostTask): Promise<string> =>
    (
      await lab.docker([
        'inspect',
        '-f',
        '{{.State.StartedAt}} {{.State.Pid}}',
        containerOf(task, 'main').runtimeId ?? '',
      ])
    ).trim();

  const isReady = (arn: string): Promise<true> =>
    eventually('the first line', async () =>
      (await lab.logLines(arn, 'main')).length > 0 ? true : undefined,
    );

  test('[PRG-7] [AGT-16] an agent that was killed finds its containers, and reports the one that ended meanwhile', async () => {
    const staying = await start('staying', [script('main', onSignals())]);
    const leaving = await start('leaving', [script('main', onSignals({ USR1: 'exit 5' }))]);
    const stays = await lab.running(staying);
    const leaves = await lab.running(leaving);
    await Promise.all([isReady(staying), isReady(leaving)]);
    const before = await startedAt(stays);
    const pid = agentPid();
    await killed(pid);
    await signal(leaves, 'main', 'USR1');
    expect(await startedAt(stays)).toBe(before);
    await agentAfter(pid);
    const ended = await lab.stopped(leaving);
    expect(ended.stopCode).toBe('EssentialContainerExited');
    expect(containerOf(ended, 'main').exitCode).toBe(5);
    expect(await startedAt(stays)).toBe(before);
    expect((await lab.describe(staying)).lastStatus).toBe('RUNNING');
    // It is in charge again: it stops what it is told to stop.
    expect(containerOf(await lab.stop(staying), 'main').exitCode).toBe(0);
  });

  const crashes = {
    agent: async () => {
      const pid = agentPid();
      await killed(pid);
      await agentAfter(pid);
    },
    'control plane': async () => {
      await killed(pidIn('control-plane.run.json'));
      await lab.gantry.up();
    },
  };

  test.each(['agent', 'control plane'] as const)(
    '20,000 lines arrive in order, each once, although the %s is killed among them',
    async (victim) => {
      const text =
        'i=0; while [ $i -lt 200 ]; do seq $((i * 100 + 1)) $((i * 100 + 100)); i=$((i + 1)); sleep 0.05; done';
      const arn = await start(`flow-${victim.length}`, [script('main', text)]);
      for (const atLeast of [1, 4_000, 9_000]) {
        await eventually(`line ${atLeast}`, async () =>
          (await lab.logLines(arn, 'main')).length >= atLeast ? true : undefined,
        );
        await crashes[victim]();
      }
      const lines = await eventually('the last line', async () => {
        const seen = await lab.logLines(arn, 'main');
        return seen.at(-1) === '20000' ? seen : undefined;
      });
      expect(lines.findIndex((line, index) => line !== String(index + 1))).toBe(-1);
      expect(lines).toHaveLength(20_000);
      expect(containerOf(await lab.stopped(arn), 'main').exitCode).toBe(0);
    },
  );

  test('[PRG-7] a control plane that was killed learns what happened meanwhile, and no container was touched', async () => {
    const staying = await start('lasting', [script('main', onSignals())]);
    const leaving = await start('ending', [script('main', onSignals({ USR1: 'exit 6' }))]);
    const stays = await lab.running(staying);
    const leaves = await lab.running(leaving);
    await Promise.all([isReady(staying), isReady(leaving)]);
    const before = await startedAt(stays);
    await killed(pidIn('control-plane.run.json'));
    await signal(leaves, 'main', 'USR1');
    await lab.gantry.up();
    expect(containerOf(await lab.stopped(leaving), 'main').exitCode).toBe(6);
    expect(await startedAt(stays)).toBe(before);
    expect((await lab.describe(staying)).lastStatus).toBe('RUNNING');
    await lab.stop(staying);
  });

  test('both are killed, and the containers live on', async () => {
    const arn = await start('surviving', [script('main', onSignals())]);
    const task = await lab.running(arn);
    await isReady(arn);
    const before = await startedAt(task);
    await killed(pidIn('control-plane.run.json'));
    await killed(agentPid());
    await lab.gantry.up();
    expect(containerOf(await lab.stop(arn), 'main').exitCode).toBe(0);
    expect(before).not.toBe('');
  });

  const pidIn = (...path: readonly string[]): number =>
    (JSON.parse(readFileSync(join(lab.gantry.dataDir, ...path), 'utf8')) as { pid: number }).pid;

  /** The agent that `gantry up` started. */
  const agentPid = (): number => pidIn('agent', 'agent.run.json');

  /** `gantry up` looks after it. */
  const agentAfter = (pid: number): Promise<true> =>
    eventually('the new agent', async () => (agentPid() === pid ? undefined : true));
});

/** Kills a process of this test's own and waits until it is gone. */
async function killed(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await eventually(`the end of process ${pid}`, async () => {
    try {
      const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1];
      return state?.startsWith('Z') ? true : undefined;
    } catch {
      return true;
    }
  });
}

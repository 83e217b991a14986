import { expect, test } from 'vitest';
import { eventually } from '../../support/wait.ts';
import { churn } from '../support/churn.ts';
import { IMAGE, onSignals } from '../support/host-lab.ts';
import { type KillLab, nothingLeft } from '../support/task-life.ts';

const isWhole = process.env['GANTRY_SOAK'] !== undefined;
const TASK_COUNT = isWhole ? 200 : 40;
/** What RunTask takes at once. */
const RUN_COUNT = 10;
const DESCRIBE_COUNT = 100;
const CHURN_MS = isWhole ? 120_000 : 15_000;

/** Many tasks at once, and many one after the other; the lab is given when the tests run. */
export function crowds(given: () => KillLab): void {
  test(`[HARD-16] ${TASK_COUNT} tasks at once on one host run, end and leave nothing`, {
    timeout: 900_000,
  }, async () => {
    const kills = given();
    const definition = await kills.lab.register({
      family: 'crowd',
      networkMode: 'none',
      containerDefinitions: [
        {
          name: 'main',
          image: IMAGE,
          memory: 16,
          entryPoint: ['/bin/sh', '-c'],
          command: [onSignals()],
        },
      ],
    });
    const began = performance.now();
    const seconds = (): number => Math.round((performance.now() - began) / 100) / 10;
    const chunks = await Promise.all(
      Array.from({ length: TASK_COUNT / RUN_COUNT }, () => kills.runMany(definition, 'none', RUN_COUNT)),
    );
    const arns = chunks.flat();
    await all(kills, arns, 'RUNNING');
    const runningAt = seconds();
    await Promise.all(arns.map((arn) => kills.stop(arn)));
    await all(kills, arns, 'STOPPED');
    const stoppedAt = seconds();
    await nothingLeft(kills);
    const codes = (await described(kills, arns)).map(({ containers }) => containers[0]?.exitCode);
    expect(new Set(codes)).toEqual(new Set([0]));
    if (isWhole)
      process.stdout.write(
        `${TASK_COUNT} tasks: RUNNING after ${runningAt} s, STOPPED after ${stoppedAt} s, gone after ${seconds()} s\n`,
      );
  });

  test('[HARD-17] tasks come and go while agent and engine die: each ends as it should, and nothing is left', {
    timeout: 600_000,
  }, async () => {
    const report = await churn(given(), {
      seed: 'ci',
      forMs: CHURN_MS,
      pauseMs: 300,
      isEngineMortal: isWhole,
    });
    expect(report.problems).toEqual([]);
    expect(report.tasks).toBeGreaterThan(5);
    if (isWhole) process.stdout.write(`${JSON.stringify(report)}\n`);
  });
}

async function described(kills: KillLab, arns: readonly string[]) {
  const chunks = Array.from({ length: Math.ceil(arns.length / DESCRIBE_COUNT) }, (_, at) =>
    arns.slice(at * DESCRIBE_COUNT, (at + 1) * DESCRIBE_COUNT),
  );
  return (await Promise.all(chunks.map((chunk) => kills.describe(chunk)))).flat();
}

/** Waits until all tasks are described so. One that has stopped instead ends the wait. */
function all(kills: KillLab, arns: readonly string[], status: string): Promise<true> {
  return eventually(
    `${arns.length} tasks ${status}`,
    async () => {
      const tasks = await described(kills, arns);
      const early = tasks.find(({ lastStatus }) => lastStatus === 'STOPPED');
      if (status !== 'STOPPED' && early !== undefined) throw new Error(JSON.stringify(early));
      return tasks.every(({ lastStatus }) => lastStatus === status) ? true : undefined;
    },
    600_000,
  );
}

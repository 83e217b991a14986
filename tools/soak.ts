import { parseArgs } from 'node:util';
import { churn } from '../test/e2e/support/churn.ts';
import { startKillLab } from '../test/e2e/support/task-life.ts';

/**
 * `npm run soak -- --minutes N --seed S --pause MS`: tasks of all kinds come and go on a host of its own with a real engine,
 * while its agent and its engine are killed now and then. It ends with what did not go as it must, and what was left on
 * the host. Needs root on Linux and dockerd, and a build.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    pause: { type: 'string', default: '1000' },
  },
});
const MINUTE_MS = 60_000;
/** More than this is a leak, whatever the collector of garbage has not done yet. */
const GROWTH_MOST_MIB = 64;
const GROWTH_MOST_FILES = 16;

const lab = await startKillLab();
try {
  const report = await churn(lab, {
    seed: values.seed,
    forMs: Number(values.minutes) * MINUTE_MS,
    pauseMs: Number(values.pause),
    isEngineMortal: true,
    say: (text) => console.log(text),
  });
  const { memoryMib, openFiles, problems } = report;
  console.log(JSON.stringify({ ...report, problems: problems.length }));
  for (const problem of problems) console.error(problem);
  const hasGrown =
    memoryMib[1] - memoryMib[0] > GROWTH_MOST_MIB || openFiles[1] - openFiles[0] > GROWTH_MOST_FILES;
  if (problems.length > 0 || hasGrown) process.exitCode = 1;
} finally {
  await lab.close();
}

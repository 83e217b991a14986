import { expect, test } from 'vitest';
import { type Clock, instant } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { seededRng } from '../lib/rng.ts';
import type { TaskStateChange } from '../link/ecs-calls.ts';
import type { EngineDeps } from './engine-deps.ts';
import { liveTask } from './live-task.ts';
import { memoryStateDirectory } from './state-directory.ts';
import { withContainer } from './task-record.ts';
import { reportTask } from './task-reporter.ts';
import { aRecord, RUNNING } from './testing.ts';

/** Time that passes when it is told to, and can be set; what waits goes on waiting for as long as it would have. */
function settableClock(): Clock & { pass(ms: number): Promise<void>; jump(ms: number): void } {
  let wallMs = 10 ** 12;
  let steadyMs = 0;
  const timers = new Set<{ readonly dueMs: number; readonly run: () => void }>();
  return {
    now: () => instant(wallMs),
    schedule: (at, run) => {
      const timer = { dueMs: steadyMs + Math.max(0, at - wallMs), run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    jump: (ms) => {
      wallMs += ms;
    },
    pass: async (ms) => {
      wallMs += ms;
      steadyMs += ms;
      for (const timer of [...timers]) {
        if (timer.dueMs > steadyMs || !timers.delete(timer)) continue;
        timer.run();
      }
      await settled();
    },
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test.each([{ jumpMs: -3_600_000 }, { jumpMs: 3_600_000 }])(
  '[HARD-51] what is gathered is reported after a second, also when the clock is set by $jumpMs ms meanwhile',
  async ({ jumpMs }) => {
    const clock = settableClock();
    const reports: TaskStateChange[] = [];
    const up = { ...RUNNING, sent: 'RUNNING' } as const;
    const live = liveTask({
      state: memoryStateDirectory(),
      clock,
      record: aRecord(
        [
          { name: 'app', is: up },
          { name: 'side', essential: false, is: up },
        ],
        { wasRunning: true, sent: 'RUNNING' },
      ),
      onChange: () => {},
    });
    const deps = {
      clock,
      log: silentLog,
      rng: seededRng('reports'),
      cluster: 'lab',
      submit: async (change: TaskStateChange) => void reports.push(change),
    };
    const reporting = reportTask(deps as unknown as EngineDeps, live);
    live.change((record) => withContainer(record, 'side', { phase: 'STOPPED', exitCode: 4 }));
    await settled();
    clock.jump(jumpMs);
    await clock.pass(999);
    expect(reports).toEqual([]);
    await clock.pass(1);
    expect(reports).toMatchObject([{ containers: [{ containerName: 'side', exitCode: 4 }] }]);
    live.close();
    await reporting;
  },
);

import { describe, expect, test } from 'vitest';
import { type Clock, instant } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { seededRng } from '../lib/rng.ts';
import type { TaskStateChange } from '../link/ecs-calls.ts';
import { VirtualClock } from '../sim/virtual-clock.ts';
import { AwsError } from './aws-call.ts';
import type { EngineDeps } from './engine-deps.ts';
import { liveTask } from './live-task.ts';
import { memoryStateDirectory } from './state-directory.ts';
import { type TaskRecord, withContainer } from './task-record.ts';
import { reportTask } from './task-reporter.ts';
import { aRecord, exited, RUNNING } from './testing.ts';

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

const NOW = instant(1_000_000);
const UP = aRecord([{ name: 'a', is: RUNNING }], { wasRunning: true });
const OVER: TaskRecord = { ...aRecord([{ name: 'a', is: exited(0) }]), wasRunning: true, isStopped: true };

/** A task that reports to a control plane of which each attempt fails with the next of `failures`. */
function aReporter(record: TaskRecord, failures: readonly Error[] = []) {
  const clock = new VirtualClock(NOW);
  const left = [...failures];
  const attempts: { readonly atMs: number; readonly change: TaskStateChange }[] = [];
  const deps = {
    clock,
    log: silentLog,
    rng: seededRng('r'),
    cluster: 'lab',
    submit: async (change: TaskStateChange) => {
      attempts.push({ atMs: clock.now() - NOW, change });
      const failure = left.shift();
      if (failure !== undefined) throw failure;
    },
  } as Partial<EngineDeps> as EngineDeps;
  const live = liveTask({ state: memoryStateDirectory(), clock, record, onChange: () => {} });
  const ended = reportTask(deps, live);
  return {
    live,
    ended,
    attempts,
    /** Lets `count` waits pass. */
    pass: async (count: number) => {
      await settled();
      for (let step = 0; step < count; step += 1) {
        clock.step();
        await settled();
      }
    },
  };
}

describe('reportTask', () => {
  test('[AGT-8] a report is repeated until it is accepted, with pauses that grow to half a minute', async () => {
    const { attempts, pass, live, ended } = aReporter(
      UP,
      Array.from({ length: 30 }, (_, index) =>
        index % 2 === 0 ? new Error('ECONNREFUSED') : new AwsError('ServerException', 'busy', 500),
      ),
    );
    await pass(40);
    expect(attempts).toHaveLength(31);
    expect(live.record.sent).toBe('RUNNING');
    const pauses = attempts.slice(1).map(({ atMs }, index) => atMs - (attempts[index]?.atMs ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(200);
    expect(pauses[0]).toBeLessThanOrEqual(300);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(36_000);
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(24_000);
    live.close();
    await ended;
  });

  test('[AGT-8] InvalidParameterException drops it, and what comes later is reported', async () => {
    const { attempts, pass, ended } = aReporter(OVER, [new AwsError('InvalidParameterException', 'no', 400)]);
    await pass(0);
    await ended;
    expect(attempts.map(({ change }) => change.status)).toEqual(['RUNNING', 'STOPPED']);
  });

  test('[AGT-8] reports of a task keep their order', async () => {
    const { attempts, pass, live, ended } = aReporter(UP, [new Error('one'), new Error('two')]);
    await pass(0);
    live.change(() => OVER);
    await pass(10);
    await ended;
    expect(attempts.map(({ change }) => change.status)).toEqual(['RUNNING', 'RUNNING', 'RUNNING', 'STOPPED']);
  });
});

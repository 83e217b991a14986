import { describe, expect, test } from 'vitest';
import { instant, plusMs } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { seededRng } from '../lib/rng.ts';
import type { TaskStateChange } from '../link/ecs-calls.ts';
import { VirtualClock } from '../sim/virtual-clock.ts';
import { AwsError } from './aws-call.ts';
import type { EngineDeps } from './engine-deps.ts';
import { liveTask } from './live-task.ts';
import type { StateDirectory } from './state-directory.ts';
import type { TaskRecord } from './task-record.ts';
import { reportTask } from './task-reporter.ts';
import { aRecord, exited, RUNNING } from './testing.ts';

const NOW = instant(1_000_000);
const UP = aRecord([{ name: 'a', is: RUNNING }], { wasRunning: true });
const OVER: TaskRecord = { ...aRecord([{ name: 'a', is: exited(0) }]), wasRunning: true, isStopped: true };

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A task that reports to a control plane of which each attempt fails with the next of `failures`. */
function aReporter(record: TaskRecord, failures: readonly Error[] = []) {
  const clock = new VirtualClock(NOW);
  const left = [...failures];
  const attempts: { readonly atMs: number; readonly change: TaskStateChange }[] = [];
  let offsetMs = 0;
  const settable = {
    now: () => plusMs(clock.now(), offsetMs),
    // What was begun lasts as long as it would have, whatever the time is called meanwhile.
    schedule: (at: ReturnType<typeof plusMs>, callback: () => void) =>
      clock.schedule(plusMs(at, -offsetMs), callback),
  };
  const deps = {
    clock: settable,
    log: silentLog,
    rng: seededRng('r'),
    cluster: 'lab',
    submit: async (change: TaskStateChange) => {
      attempts.push({ atMs: clock.now() - NOW, change });
      const failure = left.shift();
      if (failure !== undefined) throw failure;
    },
  } as Partial<EngineDeps> as EngineDeps;
  const state = { save: async () => {} } as Partial<StateDirectory> as StateDirectory;
  const live = liveTask({ state, clock: settable, record, onChange: () => {} });
  const ended = reportTask(deps, live);
  return {
    live,
    ended,
    attempts,
    clock,
    setClock: (ms: number) => {
      offsetMs += ms;
    },
    /** Lets `count` waits pass. */
    pass: async (count: number) => {
      await turn();
      for (let step = 0; step < count; step += 1) {
        clock.step();
        await turn();
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

  test.each([{ jumpMs: 3_600_000 }, { jumpMs: -3_600_000 }])(
    '[HARD-51] what is gathered waits a second, also when the clock is set by $jumpMs ms meanwhile',
    async ({ jumpMs }) => {
      const two = [
        { name: 'a', is: RUNNING },
        { name: 'b', is: RUNNING },
      ];
      const { attempts, pass, live, setClock, clock, ended } = aReporter(aRecord(two, { wasRunning: true }));
      await pass(0);
      const [, b] = live.record.containers;
      live.change((record) => ({
        ...record,
        containers: record.containers.map((each) =>
          each.name === b?.name ? { ...each, ...exited(0) } : each,
        ),
      }));
      await turn();
      expect(attempts).toHaveLength(1);
      setClock(jumpMs);
      while (attempts.length < 2 && clock.nextAt() !== undefined) await pass(1);
      expect(attempts[1]?.atMs).toBe(1_000);
      live.close();
      await ended;
    },
  );
});

import { describe, expect, test } from 'vitest';
import { memoryStateDirectory } from '../agent/state-directory.ts';
import type { RuntimeDriver } from '../runtime/driver.ts';
import { createSimulatedDriver } from '../runtime/simulated/simulated-driver.ts';
import { aHostTask, type OneHost, oneHost, START, withMethods } from './one-host.ts';
import { VirtualClock } from './virtual-clock.ts';

const ARN = 'arn:aws:ecs:us-east-1:1:task/lab/t1';
const TASK = aHostTask([
  { name: 'side', image: 'side', essential: false },
  { name: 'main', image: 'main', dependsOn: [{ containerName: 'side', condition: 'START' }] },
]);
const SETTINGS = { cleanupWaitMs: 1_000 };

/** An agent's life, by the calls that it makes of its engine and its disk. */
interface Life {
  /** The call at which it ends, from 1, and whether that call is still carried out. */
  readonly endsAt: number;
  readonly moment: 'before' | 'after';
  calls: number;
  isOver: boolean;
}

const NEVER = new Promise<never>(() => {});

/** Carries calls on as long as the life lasts; after its end none is begun and none is answered. */
function mortal<Target extends object>(target: Target, life: Life): Target {
  const guarded =
    (call: (...given: unknown[]) => unknown) =>
    async (...given: unknown[]): Promise<unknown> => {
      if (life.isOver) return NEVER;
      life.calls += 1;
      const isLast = life.calls === life.endsAt;
      if (isLast) life.isOver = true;
      if (isLast && life.moment === 'before') return NEVER;
      const answer = await call.apply(target, given);
      return life.isOver ? NEVER : answer;
    };
  return new Proxy(target, {
    get: (_, name) => {
      const own: unknown = Reflect.get(target, name);
      return typeof own === 'function' ? guarded(own as (...given: unknown[]) => unknown) : own;
    },
  });
}

/** It hears of changes at once, and not as an answer. */
const mortalDriver = (driver: RuntimeDriver, life: Life): RuntimeDriver =>
  withMethods(mortal(driver, life), {
    watch: (onChange) => driver.watch((runtimeId) => !life.isOver && onChange(runtimeId)),
  });

/** What the control plane does: it says again what was not acknowledged, and what it wants now. */
async function live(host: OneHost, isOver: () => boolean): Promise<void> {
  const found = () => host.engine.records().find(({ payload }) => payload.arn === ARN);
  void host.engine.accept(TASK);
  await host.until(() => isOver() || found()?.wasRunning === true || found()?.isStopped === true);
  if (isOver()) return;
  void host.engine.stop(ARN);
  await host.until(() => isOver() || host.engine.records().length === 0);
}

/** Two agents, one after the other, on one engine and one disk. Answers what the first one did of its calls. */
async function twoAgents(endsAt: number, moment: Life['moment']) {
  const clock = new VirtualClock(START);
  const starts: string[] = [];
  const plain = createSimulatedDriver({ clock });
  const engine = withMethods(plain, {
    startContainer: async (runtimeId) => {
      const before = await plain.inspectContainer(runtimeId);
      await plain.startContainer(runtimeId);
      if (before?.status !== 'running') starts.push(before?.containerName ?? '');
    },
  });
  const state = memoryStateDirectory();
  const life: Life = { endsAt, moment, calls: 0, isOver: false };
  const first = oneHost(SETTINGS, undefined, {
    clock,
    driver: mortalDriver(engine, life),
    state: mortal(state, life),
  });
  await live(first, () => life.isOver);
  const next = oneHost(SETTINGS, undefined, { clock, driver: engine, state });
  await next.engine.recover();
  // A task of which STOPPED was heard is not sent again.
  const isHeard = first.reports.some(({ status }) => status === 'STOPPED');
  if (isHeard) await next.until(() => next.engine.records().length === 0);
  else await live(next, () => false);
  return { first, next, starts, life, state, engine };
}

describe('an agent that is killed at any call of its engine or its disk', () => {
  test('[HARD-1] [HARD-2] each container starts once, the end is reported, nothing is left', async () => {
    const counted = await twoAgents(Number.POSITIVE_INFINITY, 'before');
    expect(counted.life.calls).toBeGreaterThan(30);
    for (let endsAt = 1; endsAt <= counted.life.calls; endsAt += 1) {
      for (const moment of ['before', 'after'] as const) {
        const { first, next, starts, state, engine } = await twoAgents(endsAt, moment);
        const at = `${moment} call ${endsAt}`;
        expect([at, starts.toSorted()]).toEqual([at, ['main', 'side']]);
        const statuses = [...first.reports, ...next.reports].map(({ status }) => status);
        expect([at, statuses.at(-1)]).toEqual([at, 'STOPPED']);
        expect([at, statuses.includes('RUNNING')]).toEqual([at, true]);
        expect([at, await engine.listContainers(), await engine.listSandboxes()]).toEqual([at, [], []]);
        expect([at, await state.list('tasks'), await state.list('cursors')]).toEqual([at, [], []]);
      }
    }
  });

  test('[HARD-1] [LIF-4] a restart is counted once, and made once', async () => {
    const counted = await restartedOnTwoAgents(Number.POSITIVE_INFINITY, 'before');
    expect(counted.life.calls).toBeGreaterThan(15);
    for (let endsAt = 1; endsAt <= counted.life.calls; endsAt += 1) {
      for (const moment of ['before', 'after'] as const) {
        const { startCount } = await restartedOnTwoAgents(endsAt, moment);
        expect([moment, endsAt, startCount]).toEqual([moment, endsAt, 3]);
      }
    }
  });
});

/** A container that ends every 70 seconds, until two restarts are counted. Answers how often it was started by then. */
async function restartedOnTwoAgents(endsAt: number, moment: Life['moment']) {
  const task = aHostTask([
    {
      ...{ name: 'main', image: 'sim.exit-1.after-70000' },
      restartPolicy: { enabled: true, ignoredExitCodes: [], restartAttemptPeriod: 60 },
    },
  ]);
  const clock = new VirtualClock(START);
  const plain = createSimulatedDriver({ clock });
  let startCount = 0;
  const engine = withMethods(plain, {
    startContainer: async (runtimeId) => {
      const before = await plain.inspectContainer(runtimeId);
      if (before?.status !== 'running') startCount += 1;
      await plain.startContainer(runtimeId);
    },
  });
  const state = memoryStateDirectory();
  const life: Life = { endsAt, moment, calls: 0, isOver: false };
  const isThere = ({ engine: { records } }: OneHost): boolean => {
    const [main] = records()[0]?.containers ?? [];
    return main?.restartCount === 2 && main.phase === 'RUNNING';
  };
  const first = oneHost(SETTINGS, undefined, {
    clock,
    driver: mortalDriver(engine, life),
    state: mortal(state, life),
  });
  void first.engine.accept(task);
  await first.until(() => life.isOver || isThere(first));
  if (life.isOver) {
    const next = oneHost(SETTINGS, undefined, { clock, driver: engine, state });
    await next.engine.recover();
    void next.engine.accept(task);
    await next.until(() => isThere(next));
  }
  return { startCount, life };
}

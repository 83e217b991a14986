import { describe, expect, test } from 'vitest';
import type { ContractProgram } from '../../../test/runtime/driver-contract.ts';
import { describeRuntimeDriver } from '../../../test/runtime/driver-contract.ts';
import type { Clock, Instant } from '../../lib/clock.ts';
import { instant, plusMs } from '../../lib/clock.ts';
import { behaviourOfImage } from './behaviour.ts';
import { createSimulatedDriver } from './simulated-driver.ts';

/** Time that jumps to the next timer as soon as nothing else is left to do. */
function hurriedClock(): Clock {
  let now: Instant = instant(1_700_000_000_000);
  const timers = new Map<() => void, Instant>();
  const step = (): void => {
    const [next] = [...timers].sort(([, left], [, right]) => left - right);
    if (next === undefined) return;
    timers.delete(next[0]);
    now = next[1] > now ? next[1] : now;
    next[0]();
  };
  return {
    now: () => now,
    schedule: (at, callback) => {
      const timer = (): void => callback();
      timers.set(timer, at);
      setImmediate(step);
      return () => timers.delete(timer);
    },
  };
}

const IMAGES: Readonly<Record<ContractProgram, string>> = {
  serve: 'web:1',
  deaf: 'any/sim.deaf:1',
  'exit-3': 'any/sim.exit-3',
  print: 'any/sim.log-3.exit-0',
  unstartable: 'any/sim.refuse-start',
};

describeRuntimeDriver('simulated', async () => {
  const driver = createSimulatedDriver({ clock: hurriedClock() });
  let made = 0;
  return {
    driver,
    reopen: async () => driver,
    program: (name) => ({ image: IMAGES[name] }),
    missingImage: 'any/sim.refuse-pull',
    nextInterface: () => {
      made += 1;
      return {
        macAddress: `0a:00:00:00:00:0${made}`,
        ipv4Address: `10.0.0.${made + 10}`,
        gatewayCidr: '10.0.0.1/24',
        hostName: 'x',
      };
    },
    dispose: () => driver.close(),
  };
});

describe('simulated driver', () => {
  test('[RUN-2] an image name tells what its containers do, in any order', () => {
    expect(behaviourOfImage('h:80/a/sim.exit-3.after-500:v1')).toMatchObject({
      exitCode: 3,
      endsAfterMs: 500,
    });
    expect(behaviourOfImage('sim.after-500.exit-3@sha256:00')).toMatchObject({
      exitCode: 3,
      endsAfterMs: 500,
    });
    expect(behaviourOfImage('sim.oom.after-9')).toMatchObject({
      exitCode: 137,
      endsAfterMs: 9,
      isOutOfMemory: true,
    });
    expect(behaviourOfImage('sim.healthy-1.unhealthy-2').health).toHaveLength(2);
    expect(behaviourOfImage('nginx:exit-3')).toEqual({});
    expect(behaviourOfImage('exit-3')).toEqual({});
  });

  test('[RUN-2] delays are the clock’s, and a script outranks the name', async () => {
    const clock = hurriedClock();
    const driver = createSimulatedDriver({
      clock,
      script: (image) => (image === 'slow' ? { pullMs: 700, startMs: 300 } : undefined),
    });
    const begin = clock.now();
    await driver.pullImage({ image: 'slow', localImage: 'never' });
    expect(clock.now()).toBe(plusMs(begin, 700));
  });

  test('[TST-2] a pace is the time of each step that nothing else times', async () => {
    const clock = hurriedClock();
    const driver = createSimulatedDriver({ clock, paceMs: 500 });
    const tookMs = async (step: () => Promise<unknown>): Promise<number> => {
      const begin = clock.now();
      await step();
      return clock.now() - begin;
    };
    const sandbox = { taskId: 't', networkMode: 'none' } as const;
    expect(await tookMs(() => driver.prepareSandbox(sandbox))).toBe(500);
    expect(await tookMs(() => driver.prepareSandbox(sandbox))).toBe(0);
    expect(await tookMs(() => driver.pullImage({ image: 'web', localImage: 'fallback' }))).toBe(500);
    const labels = { 'gantry.simulate.pull-for': '2s' };
    const container = { labels, environment: {} };
    expect(await tookMs(() => driver.pullImage({ image: 'web', localImage: 'fallback', container }))).toBe(
      2000,
    );
    expect(await tookMs(() => driver.releaseSandbox('t'))).toBe(500);
    expect(await tookMs(() => driver.releaseSandbox('t'))).toBe(0);
  });

  test('[RUN-2] the same calls give the same ids', async () => {
    const ids = await Promise.all(
      [1, 2].map(async () => {
        const driver = createSimulatedDriver({ clock: hurriedClock(), hostName: 'one' });
        await driver.prepareSandbox({ taskId: 't', networkMode: 'none' });
        const spec = {
          taskId: 't',
          containerName: 'c',
          engineName: 'e',
          image: 'i',
          labels: {},
          environment: {},
          cpuUnits: 2,
          portMappings: [],
        };
        return (await driver.createContainer(spec)).runtimeId;
      }),
    );
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  test('[RUN-2] a crash from outside ends the container and tells', async () => {
    const driver = createSimulatedDriver({ clock: hurriedClock() });
    await driver.prepareSandbox({ taskId: 't', networkMode: 'none' });
    const { runtimeId } = await driver.createContainer({
      ...{ taskId: 't', containerName: 'c', engineName: 'e', image: 'i', labels: {}, environment: {} },
      ...{ cpuUnits: 2, portMappings: [] },
    });
    await driver.startContainer(runtimeId);
    const heard: string[] = [];
    driver.watch((id) => heard.push(id));
    driver.crash(runtimeId, 137, true);
    expect(heard).toEqual([runtimeId]);
    expect(await driver.inspectContainer(runtimeId)).toMatchObject({ exitCode: 137, wasOutOfMemory: true });
  });
});

import { expect, test } from 'vitest';
import { aContainer, aTask } from '../core/task/testing.ts';
import type { HealthStatus } from '../shapes/generated/ecs.ts';
import { memoryStore } from '../store/memory-store.ts';
import { tasks } from './collections.ts';
import { recordTaskHealth, taskHealth } from './task-health.ts';

const containers = (
  ...states: readonly (readonly [essential: boolean, health: HealthStatus | undefined])[]
) => states.map(([essential, healthStatus], at) => aContainer({ name: `c${at}`, essential, healthStatus }));

test.each([
  { name: 'no check at all', rows: containers([true, undefined]), health: 'UNKNOWN' },
  { name: 'all healthy', rows: containers([true, 'HEALTHY'], [true, undefined]), health: 'HEALTHY' },
  { name: 'one unknown', rows: containers([true, 'HEALTHY'], [true, 'UNKNOWN']), health: 'UNKNOWN' },
  { name: 'one unhealthy', rows: containers([true, 'UNKNOWN'], [true, 'UNHEALTHY']), health: 'UNHEALTHY' },
  {
    name: 'only one that is not essential unhealthy',
    rows: containers([true, 'HEALTHY'], [false, 'UNHEALTHY']),
    health: 'HEALTHY',
  },
])('[ASN-9] $name: $health', ({ rows, health }) => {
  expect(taskHealth(rows)).toBe(health);
});

test('[LIF-5] what a failing check says is kept without a new version, until the container is healthy', async () => {
  const store = await memoryStore();
  const { taskArn } = aTask();
  const report = async (healthStatus: HealthStatus, ...outputs: readonly string[]) => {
    const gantryChecks = outputs.map((output, at) => ({ endedAtMs: at, exitCode: 1, output }));
    await store.write((tx) =>
      recordTaskHealth(tx, taskArn, [{ containerName: 'app', healthStatus, gantryChecks }]),
    );
    const task = store.read((tx) => tx.get(tasks, taskArn));
    return [task?.version, task?.containers[0]?.healthChecks?.map(({ output }) => output)];
  };
  await store.write((tx) => tx.put(tasks, aTask({ lastStatus: 'RUNNING', containers: [aContainer()] })));
  expect(await report('UNKNOWN')).toEqual([2, []]);
  expect(await report('UNKNOWN', 'refused')).toEqual([2, ['refused']]);
  expect(await report('UNHEALTHY', 'refused', 'late')).toEqual([3, ['refused', 'late']]);
  expect(await report('HEALTHY')).toEqual([4, []]);
});

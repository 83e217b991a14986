import { expect, test } from 'vitest';
import { type CgroupKind, TaskCgroups } from './task-cgroup.ts';

test.each<[CgroupKind, string | undefined]>([
  ['v1', '/gantry/owner/task'],
  ['v2', '/gantry/owner/task'],
  ['systemd', 'gantry-owner-task.slice'],
  ['none', undefined],
])('[RUN-50] with cgroups of kind %s a task has the cgroup %s', (kind, name) => {
  expect(new TaskCgroups(kind, 'owner').nameOf('task')).toBe(name);
});

test('[RUN-50] where none can be written a task has no cgroup', async () => {
  const spec = { taskId: 'task', networkMode: 'none', memoryMib: 64, cpuUnits: 256 } as const;
  expect(await new TaskCgroups('none', 'owner').prepare(spec)).toBeUndefined();
});

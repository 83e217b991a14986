import { expect, test } from 'vitest';
import { statsFromKernel } from './container-stats.ts';
import { procStat } from './proc-stat.ts';

test('a process has the parent that it says, and one start', async () => {
  const own = await procStat(process.pid);
  expect(own?.parent).toBe(process.ppid);
  expect(own?.startTicks).toMatch(/^\d+$/);
  expect(await procStat(process.pid)).toEqual(own);
  expect(await procStat(2 ** 30)).toBeUndefined();
});

test('[RUN-49] counters of a process that is in no cgroup of the name are not read', async () => {
  expect(await statsFromKernel(process.pid, 'no-cgroup-of-this-name')).toBeUndefined();
});

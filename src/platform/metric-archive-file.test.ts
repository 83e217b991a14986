import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { MetricArchive, MetricPoint, MetricQuery } from '../domain/metrics.ts';
import { memoryMetricArchive } from '../records/memory-metric-archive.ts';
import { metricArchiveFile } from './metric-archive-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'gantry-metrics-'));
afterAll(() => rmSync(directory, { recursive: true }));
let fileCount = 0;
const freshPath = (): string => {
  fileCount += 1;
  return join(directory, `${fileCount}`, 'metrics.db');
};

const CLUSTER = 'arn:aws:ecs:us-east-1:000000000000:cluster/lab';
const one = (value: number) => ({ min: value, max: value, sum: value, count: 1 });
const aPoint = (minute: number, part: Partial<MetricPoint> = {}): MetricPoint => ({
  clusterArn: CLUSTER,
  serviceName: undefined,
  family: 'web',
  revision: 1,
  taskId: 't1',
  containerName: 'app',
  minute,
  cpuUnits: one(100),
  memoryMib: one(64),
  receivedBytes: 10,
  sentBytes: 20,
  readBytes: 0,
  writtenBytes: 5,
  restartCount: 0,
  ...part,
});
const ALL: MetricQuery = { clusterArn: CLUSTER, fromMinute: 0, untilMinute: 1e9, limit: 1000 };

/** What every archive promises. */
function describeMetricArchive(name: string, make: () => MetricArchive): void {
  describe(`MetricArchive: ${name}`, () => {
    test('[MET-1] points of one container and minute are one, whatever batches they come in', async () => {
      const entry = fc.record({ minute: fc.nat(3), task: fc.constantFrom('t1', 't2'), cpu: fc.nat(500) });
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(entry, { maxLength: 6 }), { maxLength: 4 }), async (batches) => {
          const archive = make();
          for (const batch of batches) {
            await archive.append(
              batch.map(({ minute, task, cpu }) => aPoint(minute, { taskId: task, cpuUnits: one(cpu) })),
            );
          }
          const found = await archive.read(ALL);
          const given = batches.flat();
          expect(found.length).toBe(new Set(given.map(({ minute, task }) => `${minute} ${task}`)).size);
          for (const point of found) {
            const own = given.filter(({ minute, task }) => minute === point.minute && task === point.taskId);
            const cpus = own.map(({ cpu }) => cpu);
            expect(point.cpuUnits).toEqual({
              min: Math.min(...cpus),
              max: Math.max(...cpus),
              sum: cpus.reduce((sum, cpu) => sum + cpu, 0),
              count: cpus.length,
            });
            expect(point.receivedBytes).toBe(10 * own.length);
          }
          expect(found.map(({ minute }) => minute)).toEqual(
            found.map(({ minute }) => minute).toSorted((a, b) => a - b),
          );
          await archive.close();
        }),
        { numRuns: name === 'memory' ? 60 : 6 },
      );
    });

    test('[MET-1] are read by cluster, service, task and time', async () => {
      const archive = make();
      await archive.append([
        aPoint(1),
        aPoint(2, { serviceName: 'shop', taskId: 't2' }),
        aPoint(3, { clusterArn: `${CLUSTER}2` }),
        aPoint(3, { containerName: 'side' }),
      ]);
      const minutes = async (query: Partial<MetricQuery>) =>
        (await archive.read({ ...ALL, ...query })).map(({ minute }) => minute);
      expect(await minutes({})).toEqual([1, 2, 3]);
      expect(await minutes({ serviceName: 'shop' })).toEqual([2]);
      expect(await minutes({ taskId: 't1' })).toEqual([1, 3]);
      expect(await minutes({ fromMinute: 2, untilMinute: 2 })).toEqual([2]);
      expect(await minutes({ clusterArn: `${CLUSTER}2` })).toEqual([3]);
      expect(await minutes({ limit: 2 })).toEqual([1, 2]);
      expect(await archive.read({ ...ALL, serviceName: 'shop' })).toEqual([
        aPoint(2, { serviceName: 'shop', taskId: 't2' }),
      ]);
      await archive.close();
    });

    test('[MET-2] go when they are old, and all at once when asked', async () => {
      const archive = make();
      await archive.append([1, 2, 3].map((minute) => aPoint(minute)));
      await archive.expire(3);
      expect((await archive.read(ALL)).map(({ minute }) => minute)).toEqual([3]);
      await archive.append([aPoint(4)]);
      expect(await archive.read(ALL)).toHaveLength(2);
      await archive.clear();
      expect(await archive.read(ALL)).toEqual([]);
      await archive.close();
    });
  });
}

describeMetricArchive('memory', () => memoryMetricArchive());
describeMetricArchive('SQLite', () => metricArchiveFile(freshPath()));

test('[MET-1] the file is there from the first point on, for its owner alone, and is found again', async () => {
  const path = freshPath();
  const archive = metricArchiveFile(path);
  await archive.append([]);
  expect(existsSync(path)).toBe(false);
  await archive.append([aPoint(7)]);
  await archive.close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const again = metricArchiveFile(path);
  expect(await again.read(ALL)).toEqual([aPoint(7)]);
  await again.close();
});

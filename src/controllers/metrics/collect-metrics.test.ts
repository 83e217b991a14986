import { beforeEach, describe, expect, test } from 'vitest';
import { aContainerInstance } from '../../core/instance/testing.ts';
import { minuteOf } from '../../core/metrics/points.ts';
import { aTask } from '../../core/task/testing.ts';
import type { MetricArchive } from '../../domain/metrics.ts';
import { instant } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import type { ContainerMetrics } from '../../link/tcs-messages.ts';
import { containerInstances, tasks } from '../../records/collections.ts';
import { memoryMetricArchive } from '../../records/memory-metric-archive.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { memoryStore } from '../../store/memory-store.ts';
import type { Store } from '../../store/store.ts';
import { collectMetrics, type MetricCollector } from './collect-metrics.ts';

const START = instant(1_795_358_280_000);
const instance = aContainerInstance({
  registered: { cpuUnits: 8192, memoryMib: 4096, tcpPorts: [], udpPorts: [] },
  attributes: [{ name: 'gantry.host-cpu-units', value: '2048' }],
});
const task = aTask({
  instanceArn: instance.containerInstanceArn,
  group: 'service:shop',
  lastStatus: 'RUNNING',
});

const single = (value: number) => ({ min: value, max: value, sum: value, sampleCount: 1 });
const measured = (cpuPercent: number, receivedBytes: number): ContainerMetrics => ({
  containerName: 'app',
  cpuStatsSet: single(cpuPercent),
  memoryStatsSet: single(64),
  networkStatsSet: { rxBytes: single(receivedBytes), txBytes: single(0) },
  storageStatsSet: { readSizeBytes: single(0), writeSizeBytes: single(receivedBytes * 2) },
  restartStatsSet: { restartCount: 1 },
});

let store: Store;
let clock: VirtualClock;
let archive: MetricArchive;
let collector: MetricCollector;

const report = (metrics: ContainerMetrics, taskArn = task.taskArn): void =>
  collector.report(instance.containerInstanceArn, [
    { taskArn, taskDefinitionFamily: 'web', taskDefinitionVersion: '1', containerMetrics: [metrics] },
  ]);
const kept = () => archive.read({ clusterArn: task.clusterArn, fromMinute: 0, untilMinute: 1e9, limit: 100 });

/** Lets time pass, and lets what is begun by it end. */
async function wait(ms: number): Promise<void> {
  const until = clock.now() + ms;
  let isThere = false;
  clock.schedule(instant(until), () => {
    isThere = true;
  });
  while (!isThere) {
    clock.step();
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }
}

describe('measurements', () => {
  beforeEach(async () => {
    store = await memoryStore();
    await store.write((tx) => {
      tx.put(containerInstances, instance);
      tx.put(tasks, task);
    });
    clock = new VirtualClock(START);
    archive = memoryMetricArchive();
    collector = collectMetrics({ store, clock, log: silentLog, archive });
  });

  test('[MET-1] [MET-3] [MET-5] the reports of a minute are one point, written when it is over', async () => {
    report(measured(10, 1000));
    await wait(20_000);
    report(measured(30, 1600));
    expect(await kept()).toEqual([]);
    await wait(40_000);
    expect(await kept()).toEqual([
      {
        clusterArn: task.clusterArn,
        serviceName: 'shop',
        family: task.family,
        revision: task.revision,
        taskId: task.taskId,
        containerName: 'app',
        minute: minuteOf(START),
        cpuUnits: { min: 204.8, max: 614.4, sum: 819.2, count: 2 },
        memoryMib: { min: 64, max: 64, sum: 128, count: 2 },
        receivedBytes: 600,
        sentBytes: 0,
        readBytes: 0,
        writtenBytes: 1200,
        restartCount: 1,
      },
    ]);
  });

  test('[MET-1] its end writes what there is', async () => {
    report(measured(10, 0));
    await collector.stop();
    expect(await kept()).toHaveLength(1);
  });

  test('[MET-1] the points of thousands of containers are written some at a time, all of them, and once', async () => {
    const sizes: number[] = [];
    const counted: MetricArchive = {
      ...archive,
      append: (points) => {
        sizes.push(points.length);
        return archive.append(points);
      },
    };
    collector = collectMetrics({ store, clock, log: silentLog, archive: counted });
    for (let index = 0; index < 1_201; index += 1)
      report({ ...measured(10, 0), containerName: `app-${index}` });
    await wait(60_000);
    report(measured(10, 0));
    await collector.stop();
    expect(sizes).toEqual([500, 500, 201, 1]);
  });

  test('[MET-6] what is being written when all is forgotten is forgotten, too', async () => {
    let clear: () => Promise<void> = async () => {};
    let cleared: Promise<void> | undefined;
    const slow: MetricArchive = {
      ...archive,
      append: async (points) => {
        await archive.append(points);
        cleared ??= clear();
      },
    };
    collector = collectMetrics({ store, clock, log: silentLog, archive: slow });
    clear = () => collector.clear();
    for (let index = 0; index < 1_201; index += 1)
      report({ ...measured(10, 0), containerName: `app-${index}` });
    await wait(60_000);
    await cleared;
    await collector.stop();
    expect(await kept()).toEqual([]);
  });

  test('[MET-4] what is used now is told for 90 seconds', async () => {
    report(measured(10, 0));
    await wait(10_000);
    report(measured(50, 5000));
    expect(collector.current()).toMatchObject([
      { series: { serviceName: 'shop', containerName: 'app' }, cpuUnits: 1024, receivedBytesPerSecond: 500 },
    ]);
    await wait(90_000);
    expect(collector.current()).toHaveLength(1);
    await wait(1);
    expect(collector.current()).toEqual([]);
  });

  test('[MET-1] tasks that are unknown, or of another host, are passed over', async () => {
    report(measured(10, 0), `${task.taskArn}0`);
    await store.write((tx) => tx.put(tasks, { ...task, instanceArn: 'another' }));
    report(measured(10, 0));
    expect(collector.current()).toEqual([]);
  });

  test('[MET-6] a reset forgets all', async () => {
    report(measured(10, 0));
    await wait(60_000);
    report(measured(10, 0));
    await collector.clear();
    await collector.stop();
    expect(collector.current()).toEqual([]);
    expect(await kept()).toEqual([]);
  });
});

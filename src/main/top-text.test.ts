import { expect, test } from 'vitest';
import type { MetricPoint } from '../domain/metrics.ts';
import { instant } from '../lib/clock.ts';
import { bytes, historyText, topText } from './top-text.ts';

const series = {
  clusterArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/lab',
  serviceName: 'shop',
  family: 'web',
  revision: 1,
  taskId: '0123456789abcdef0123456789abcdef',
  containerName: 'app',
};
const row = {
  series,
  at: instant(0),
  cpuUnits: 12.4,
  memoryMib: 63.6,
  receivedBytesPerSecond: 2048,
  sentBytesPerSecond: 0,
  restartCount: 0,
  taskCpuUnits: 256,
  taskMemoryMib: 512,
};

test('[MET-6] the most CPU comes first, in columns', () => {
  const other = {
    ...row,
    cpuUnits: 250,
    series: { ...series, serviceName: undefined, containerName: 'sidecar' },
  };
  expect(topText([row, other])).toBe(
    [
      'CLUSTER  SERVICE  TASK      CONTAINER  CPU UNITS  MEMORY MiB     IN/s  OUT/s  RESTARTS',
      'lab      -        01234567  sidecar      250/256      64/512  2.0 KiB    0 B         0',
      'lab      shop     01234567  app           12/256      64/512  2.0 KiB    0 B         0',
      '',
    ].join('\n'),
  );
  expect(topText([])).toBe('Nothing has been measured lately.\n');
});

test('[MET-6] of a span, the minutes of a container are one line', () => {
  const point = (minute: number, cpu: number): MetricPoint => ({
    ...series,
    minute,
    cpuUnits: { min: cpu, max: cpu, sum: cpu * 3, count: 3 },
    memoryMib: { min: 10, max: 20, sum: 30, count: 2 },
    receivedBytes: 1024,
    sentBytes: 0,
    readBytes: 0,
    writtenBytes: 0,
    restartCount: minute,
  });
  expect(
    historyText([point(1, 100), point(2, 200)])
      .split('\n')[1]
      ?.split(/ {2,}/),
  ).toEqual([...['lab', 'shop', '01234567', 'app'], ...['150', '200', '15', '20', '2.0 KiB', '0 B', '2']]);
});

test('bytes are told in the unit that fits', () => {
  expect([0, 1023, 1024, 10_240, 1_572_864, 5e12].map(bytes)).toEqual([
    ...['0 B', '1023 B', '1.0 KiB', '10 KiB', '1.5 MiB', '4.5 TiB'],
  ]);
});

import { describe, expect, test } from 'vitest';
import { healthOf, metricsOf, pieces } from './telemetry.ts';
import { aRecord, RUNNING } from './testing.ts';

const stats = (cpuNanoseconds: number) => ({
  cpuNanoseconds,
  memoryBytes: 3 * 1024 * 1024,
  receivedBytes: 1,
  sentBytes: 2,
});

describe('metricsOf', () => {
  test('[AGT-18] CPU is percent of the whole host', () => {
    const record = aRecord([{ name: 'a', is: RUNNING }]);
    const samples = new Map([
      ['r', { before: { stats: stats(0), atMs: 0 }, stats: stats(1e9), atMs: 2_000 }],
    ]);
    expect(metricsOf(record, samples, 2).containerMetrics).toMatchObject([
      { cpuStatsSet: { min: 25, max: 25, sampleCount: 1, sum: 25 }, memoryStatsSet: { sum: 3 } },
    ]);
  });

  test('a container that started anew does not count backwards', () => {
    const record = aRecord([{ name: 'a', is: RUNNING }]);
    const samples = new Map([['r', { before: { stats: stats(5), atMs: 0 }, stats: stats(1), atMs: 1_000 }]]);
    expect(metricsOf(record, samples, 1).containerMetrics[0]?.cpuStatsSet.sum).toBe(0);
  });
});

describe('healthOf', () => {
  test('[AGT-18] tells of checked containers that have not ended', () => {
    const record = aRecord([
      { name: 'a', healthCheckType: 'docker', is: { ...RUNNING, health: 'HEALTHY', healthSinceMs: 2_000 } },
      { name: 'b', is: RUNNING },
      { name: 'c', healthCheckType: 'docker', is: { phase: 'STOPPED' } },
    ]);
    expect(healthOf([record])).toMatchObject([
      { containers: [{ containerName: 'a', healthStatus: 'HEALTHY', statusSince: 2 }] },
    ]);
    expect(healthOf([{ ...record, isStopped: true }])).toEqual([]);
  });

  const check = (exitCode: number) => ({ endedAtMs: 1, exitCode, output: 'said' });

  test.each([
    { name: 'an unhealthy container', health: 'UNHEALTHY', checks: [check(0), check(1)], isTold: true },
    { name: 'one that has not passed yet', health: 'UNKNOWN', checks: [check(1)], isTold: true },
    { name: 'a healthy one', health: 'HEALTHY', checks: [check(1), check(0)], isTold: false },
    { name: 'one whose checks all passed', health: 'UNKNOWN', checks: [check(0)], isTold: false },
  ] as const)('[LIF-5] results of $name are sent: $isTold', ({ health, checks, isTold }) => {
    const is = { ...RUNNING, health, healthChecks: checks };
    const [task] = healthOf([aRecord([{ name: 'a', healthCheckType: 'docker', is }])]);
    expect(task?.containers[0]?.gantryChecks).toEqual(isTold ? checks : undefined);
  });
});

test.each([
  { count: 0, sizes: [0] },
  { count: 10, sizes: [10] },
  { count: 11, sizes: [10, 1] },
])('[LNK-6] $count tasks go in messages of $sizes', ({ count, sizes }) => {
  expect(
    pieces(
      Array.from({ length: count }, () => 0),
      10,
    ).map((piece) => piece.length),
  ).toEqual(sizes);
});

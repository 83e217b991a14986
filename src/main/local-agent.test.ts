import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { offerOf } from './local-agent.ts';

test('[PRG-6] this machine offers four times its CPU, and memory once', () => {
  // Without --memory the agent offers what the engine tells.
  expect(offerOf({ runtime: 'docker' })).toEqual(['--cpu', String(4 * 1024 * availableParallelism())]);
});

test('[PRG-9] a simulated host takes every task', () => {
  const [, cpu, , memory] = offerOf({ runtime: 'simulated' });
  // The largest task that there is, a million times.
  expect(Number(cpu)).toBeGreaterThan(196_608);
  expect(Number(memory)).toBeGreaterThan(1_000_000);
});

import { expect, test } from 'vitest';
import { aContainer } from '../core/task/testing.ts';
import type { HealthStatus } from '../shapes/generated/ecs.ts';
import { taskHealth } from './task-health.ts';

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

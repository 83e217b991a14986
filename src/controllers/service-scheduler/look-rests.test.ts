import { expect, test } from 'vitest';
import { aDeployment, aService } from '../../core/deployment/testing.ts';
import { type Clock, instant } from '../../lib/clock.ts';
import { services } from '../../records/collections.ts';
import { LookRests } from './look-rests.ts';

const clock: Clock = { now: () => instant(1_000), schedule: () => () => {} };

const rollingOut = (index: number) =>
  aService({
    serviceArn: `arn:aws:ecs:us-east-1:123456789012:service/c/s${index}`,
    deployments: [aDeployment({ rolloutState: 'IN_PROGRESS' })],
  });

const restAfter = (rests: LookRests, taskCount: number): number => {
  rests.looked('web', taskCount);
  return rests.until('web') - clock.now();
};

test('[SVC-23] a service of ten tasks and more rests, a millisecond for each and two seconds at most', () => {
  const rests = new LookRests(clock, []);
  expect([9, 10, 1_999, 2_001].map((taskCount) => restAfter(rests, taskCount))).toEqual([
    0, 10, 1_999, 2_000,
  ]);
  expect(restAfter(rests, 9)).toBe(0);
});

test('[SVC-23] it rests longer while twenty services and more roll out', () => {
  const all = Array.from({ length: 20 }, (_, index) => rollingOut(index));
  const rests = new LookRests(clock, all.slice(1));
  expect(restAfter(rests, 100)).toBe(100);
  const [last] = all;
  const change = { collection: services.name, key: last?.serviceArn ?? '' };
  rests.changed({ ...change, after: last });
  expect([restAfter(rests, 100), restAfter(rests, 1_500)]).toEqual([200, 2_000]);
  rests.changed({ ...change, after: { ...rollingOut(0), status: 'DRAINING' } });
  expect(restAfter(rests, 100)).toBe(100);
});

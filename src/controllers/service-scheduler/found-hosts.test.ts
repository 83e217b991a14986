import { expect, test } from 'vitest';
import { type Clock, instant } from '../../lib/clock.ts';
import { FoundHosts } from './found-hosts.ts';

const SEARCH = { deploymentId: 'one', placementConstraints: [], placementStrategy: [] };

test('[SVC-24] hosts that were found serve one look of the same search, within a second', () => {
  let now = 0;
  const clock: Clock = { now: () => instant(now), schedule: () => () => {} };
  const found = new FoundHosts(clock);
  found.keep(SEARCH, ['a', 'b']);
  expect(found.take({ ...SEARCH, deploymentId: 'two' })).toEqual([]);
  expect([found.has('one'), found.has('two')]).toEqual([true, false]);
  expect(found.take(SEARCH)).toEqual(['a', 'b']);
  expect(found.take(SEARCH)).toEqual([]);
  found.keep(SEARCH, ['a']);
  expect(found.take({ ...SEARCH, placementStrategy: [{ type: 'random' }] })).toEqual([]);
  found.keep(SEARCH, ['a']);
  now = 999;
  expect(found.take(SEARCH)).toEqual(['a']);
  found.keep(SEARCH, ['a']);
  now = 1_999;
  expect(found.take(SEARCH)).toEqual([]);
});

test('[SVC-24] what is found anew takes the place of what was known, and old finds are forgotten', () => {
  let now = 0;
  const clock: Clock = { now: () => instant(now), schedule: () => () => {} };
  const found = new FoundHosts(clock);
  found.keep(SEARCH, ['a']);
  found.keep(SEARCH, []);
  expect(found.has('one')).toBe(false);
  found.keep(SEARCH, ['a']);
  now = 999;
  found.keep({ ...SEARCH, deploymentId: 'two' }, ['b']);
  expect(found.has('one')).toBe(true);
  now = 1_000;
  found.keep({ ...SEARCH, deploymentId: 'three' }, ['c']);
  expect(['one', 'two', 'three'].map((id) => found.has(id))).toEqual([false, true, true]);
});

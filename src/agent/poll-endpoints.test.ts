import { expect, test } from 'vitest';
import { instant } from '../lib/clock.ts';
import { pollEndpoints } from './poll-endpoints.ts';

const HOURS_MS = 3_600_000;

test('[AGT-2] the endpoints are asked for every twelve hours, and old ones do while there is no answer', async () => {
  let now = 1;
  let name: string | undefined;
  let askedCount = 0;
  const endpoints = pollEndpoints(
    {
      clock: { now: () => instant(now), schedule: () => () => {} },
      api: {
        discover: async () => {
          askedCount += 1;
          if (name === undefined) throw new Error('ECONNREFUSED');
          return { endpoint: `${name}-acs`, telemetryEndpoint: `${name}-tcs` };
        },
      },
    },
    { cluster: 'lab', containerInstanceArn: 'arn' },
  );
  await expect(endpoints()).rejects.toThrow('ECONNREFUSED');
  name = 'one';
  expect(await endpoints()).toEqual({ endpoint: 'one-acs', telemetryEndpoint: 'one-tcs' });
  name = 'two';
  now += 12 * HOURS_MS - 1;
  expect((await endpoints()).endpoint).toBe('one-acs');
  expect(askedCount).toBe(2);
  now += 1;
  name = undefined;
  expect((await endpoints()).endpoint).toBe('one-acs');
  expect(askedCount).toBe(3);
  name = 'two';
  expect((await endpoints()).endpoint).toBe('two-acs');
});

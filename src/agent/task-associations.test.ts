import { expect, test } from 'vitest';
import { associations } from './task-associations.ts';

test('[TMD-10] nothing is associated with a task', () => {
  expect(associations('associations/elastic-inference')).toEqual({ status: 200, body: { Associations: [] } });
  expect(associations('associations/elastic-inference/a')).toMatchObject({
    status: 400,
    body: expect.stringContaining('type elastic-inference and name a'),
  });
  for (const other of ['', 'task', 'associations', 'associations/a/b/c']) {
    expect(associations(other)).toBeUndefined();
  }
});

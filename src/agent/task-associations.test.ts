import { expect, test } from 'vitest';
import { associations } from './task-associations.ts';

const content = { encoding: 'base64', value: '' } as const;
const payload = { associations: [{ type: 'gpu', name: 'GPU-1', containers: ['model'], content }] } as const;
const ask = (path: string, containerName = 'model') => associations({ payload, containerName, path });

test('[TMD-10] the GPUs of a container, and nothing of other types', () => {
  expect(ask('associations/gpu')).toEqual({ status: 200, body: { Associations: ['GPU-1'] } });
  expect(ask('associations/gpu', 'other')).toEqual({ status: 200, body: { Associations: [] } });
  expect(ask('associations/gpu/GPU-1')).toEqual({ status: 200, body: '' });
  expect(ask('associations/elastic-inference')).toEqual({ status: 200, body: { Associations: [] } });
  expect(ask('associations/gpu/GPU-2')?.status).toBe(400);
  expect(associations({ payload: {}, containerName: 'a', path: 'associations/gpu' })?.body).toEqual({
    Associations: [],
  });
  for (const other of ['', 'task', 'associations', 'associations/a/b/c']) expect(ask(other)).toBeUndefined();
});

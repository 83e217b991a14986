import { expect, test } from 'vitest';
import { aTask } from '../core/task/testing.ts';
import { instant } from '../lib/clock.ts';
import { memoryStore } from '../store/memory-store.ts';
import { containerInstances } from './collections.ts';
import { withPayloadNumber } from './payload-number.ts';
import { anInstance } from './testing.ts';

const host = anInstance({ instanceId: 'i1', lastSequenceNumber: 4 });
const pending = aTask({ lastStatus: 'PENDING', instanceArn: host.containerInstanceArn });

test.each([
  { name: 'a task that is PENDING on a connected host gets a number', task: pending, isDrawn: true },
  {
    name: 'not while its host is away',
    task: pending,
    host: { ...host, agentConnected: false },
    isDrawn: false,
  },
  {
    name: 'not while it waits for its interface',
    task: { ...pending, lastStatus: 'PROVISIONING' as const },
    isDrawn: false,
  },
  { name: 'not when it has a role', task: { ...pending, taskRoleCredentialsId: 'r' }, isDrawn: false },
  {
    name: 'not when it has an execution role',
    task: { ...pending, executionRoleCredentialsId: 'e' },
    isDrawn: false,
  },
])('[ASN-5] $name', async ({ task, isDrawn, ...given }) => {
  const store = await memoryStore();
  await store.write((tx) => tx.put(containerInstances, given.host ?? host));
  const numbered = await store.write((tx) => withPayloadNumber(tx, task, instant(9)));
  expect(numbered).toEqual(isDrawn ? { ...task, sentAt: 9, payloadNumber: 5 } : task);
  const row = store.read((tx) => tx.get(containerInstances, host.containerInstanceArn));
  expect(row?.lastSequenceNumber).toBe(isDrawn ? 5 : 4);
});

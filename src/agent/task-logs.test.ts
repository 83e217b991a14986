import { expect, test } from 'vitest';
import { instant } from '../lib/clock.ts';
import { VirtualClock } from '../sim/virtual-clock.ts';
import { credentialsBook } from './credentials-book.ts';
import type { EngineDeps } from './engine-deps.ts';
import { liveTask } from './live-task.ts';
import { memoryStateDirectory } from './state-directory.ts';
import { logCredentials } from './task-logs.ts';
import { aRecord, exited } from './testing.ts';

const OWN = { accessKeyId: 'own', secretAccessKey: 's' };
const ROLE = {
  credentialsId: 'c1',
  roleArn: 'arn:aws:iam::1:role/execution',
  accessKeyId: 'role',
  secretAccessKey: 's',
  sessionToken: 't',
  expiration: '2099-01-01T00:00:00Z',
  roleType: 'TaskExecution' as const,
};

test.each([
  { isKnown: true, isStopped: false, who: 'role' },
  { isKnown: true, isStopped: true, who: 'role' },
  { isKnown: false, isStopped: false, who: undefined },
  { isKnown: false, isStopped: true, who: 'own' },
])('[HARD-5] credentials known: $isKnown, task over: $isStopped: $who writes its logs', (given) => {
  const record = aRecord([{ name: 'app', is: exited(0) }], { isStopped: given.isStopped });
  const book = credentialsBook();
  if (given.isKnown) book.put(ROLE);
  const live = liveTask({
    state: memoryStateDirectory(),
    clock: new VirtualClock(instant(0)),
    record: { ...record, payload: { ...record.payload, executionRoleCredentials: ROLE } },
    onChange: () => {},
  });
  const deps = { book, credentials: OWN } as Partial<EngineDeps> as EngineDeps;
  expect(logCredentials(deps, live)?.accessKeyId).toBe(given.who);
});

import { beforeEach, describe, expect, test } from 'vitest';
import { aTask } from '../core/task/testing.ts';
import { instant } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import { memoryStore } from '../store/memory-store.ts';
import type { Store } from '../store/store.ts';
import { accessKeys, roles } from './collections.ts';
import {
  CREDENTIALS_REFRESH_MS,
  forgetTaskCredentials,
  issueTaskCredentials,
  lookAtCredentials,
} from './task-credentials.ts';

const roleArn = 'arn:aws:iam::123456789012:role/app';
const task = aTask({ taskRoleArn: roleArn, taskRoleCredentialsId: 'id-1' });
const LIFETIME_MS = 6 * 3_600_000;

let store: Store;
let drawn = 0;
const next = (length: number): string => (drawn++).toString().padStart(length, '0');
const ids: Ids = { hex: next, digits: next, uuid: () => next(36), base32: next, secret: next };

const issue = (nowMs: number) =>
  store.write((tx) =>
    issueTaskCredentials(tx, { task, roleType: 'TaskApplication', ids, now: instant(nowMs) }),
  );

const trust = (service: string) =>
  store.write((tx) =>
    tx.put(roles, {
      roleName: 'app',
      roleId: 'AROA1',
      arn: roleArn,
      path: '/',
      createdAt: instant(0),
      maxSessionDurationSeconds: 3600,
      assumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
      }),
      inlinePolicies: {},
      attachedPolicyArns: [],
      tags: [],
    }),
  );

describe('issueTaskCredentials', () => {
  beforeEach(async () => {
    store = await memoryStore();
    await trust('ecs-tasks.amazonaws.com');
  });

  test('[CRD-1] makes a key of the role for six hours, in the name of the task', async () => {
    const issued = await issue(0);
    expect(issued).toMatchObject({
      kind: 'issued',
      isNew: true,
      credentials: { credentialsId: 'id-1', roleArn, expiration: '1970-01-01T06:00:00Z' },
    });
    const [key] = store.read((tx) => tx.all(accessKeys));
    expect(key?.owner).toEqual({ kind: 'role', roleName: 'app', sessionName: task.taskId });
  });

  test.each([
    {
      name: 'one millisecond before the refresh is due: the same key',
      leftMs: CREDENTIALS_REFRESH_MS + 1,
      isNew: false,
    },
    { name: 'when the refresh is due: another key', leftMs: CREDENTIALS_REFRESH_MS, isNew: true },
  ])('[CRD-2] $name, under the same id', async ({ leftMs, isNew }) => {
    await issue(0);
    const nowMs = LIFETIME_MS - leftMs;
    expect(store.read((tx) => lookAtCredentials(tx, task, instant(nowMs)).isDue)).toBe(isNew);
    expect(await issue(nowMs)).toMatchObject({ isNew, credentials: { credentialsId: 'id-1' } });
  });

  test('[CRD-3] refuses a role that does not trust tasks, and one that is gone', async () => {
    await trust('ec2.amazonaws.com');
    expect(await issue(0)).toEqual({ kind: 'refused', roleArn });
    await store.write((tx) => tx.delete(roles, 'app'));
    expect(await issue(0)).toEqual({ kind: 'refused', roleArn });
  });

  test('[CRD-3] [ASN-8] credentials that end, of a role that is gone, are none to make; of one that is back, they are', async () => {
    await issue(0);
    const now = instant(LIFETIME_MS);
    const look = () => store.read((tx) => lookAtCredentials(tx, task, now));
    await store.write((tx) => tx.delete(roles, 'app'));
    expect(look()).toEqual({ isDue: false, dueAt: LIFETIME_MS - CREDENTIALS_REFRESH_MS });
    await trust('ecs-tasks.amazonaws.com');
    expect(look().isDue).toBe(true);
  });

  test('[CRD-4] a task that has ended is forgotten, its keys are not', async () => {
    await issue(0);
    await store.write((tx) => forgetTaskCredentials(tx, task.taskArn));
    expect(store.read((tx) => lookAtCredentials(tx, task, instant(1)).isDue)).toBe(true);
    expect(store.read((tx) => tx.all(accessKeys))).toHaveLength(1);
  });

  test('a task without a role needs none', async () => {
    const plain = aTask();
    const issued = store.write((tx) =>
      issueTaskCredentials(tx, { task: plain, roleType: 'TaskExecution', ids, now: instant(0) }),
    );
    expect(await issued).toBeUndefined();
    expect(store.read((tx) => lookAtCredentials(tx, plain, instant(0)))).toEqual({ isDue: false });
  });
});

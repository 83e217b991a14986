import { describe, expect, test } from 'vitest';
import type { Role } from '../domain/identity.ts';
import { instant, plusMs } from '../lib/clock.ts';
import { randomIds } from '../platform/random-ids.ts';
import { memoryStore } from '../store/memory-store.ts';
import { accessKeys, roles, users } from './collections.ts';
import {
  bootstrapAccount,
  createSession,
  findCredentials,
  findRoleByArn,
  HOST_USER_NAME,
  isForgottenKey,
} from './identity.ts';

const NOW = instant(1_700_000_000_000);
const installation = { accountId: '000000000000', region: 'us-east-1', endpointUrl: 'http://127.0.0.1:7070' };
const source = { ids: randomIds, now: NOW, installation };

const aRole = (overrides: Partial<Role> = {}): Role => ({
  roleName: 'web',
  roleId: 'AROAAAAAAAAAAAAAAAAAA',
  arn: 'arn:aws:iam::000000000000:role/app/web',
  path: '/app/',
  createdAt: NOW,
  maxSessionDurationSeconds: 3600,
  assumeRolePolicyDocument: '{}',
  inlinePolicies: {},
  attachedPolicyArns: [],
  tags: [],
  ...overrides,
});

async function aStartedStore() {
  const store = await memoryStore();
  const keys = await store.write((tx) => bootstrapAccount(tx, source));
  return { store, keys };
}

describe('bootstrapAccount', () => {
  test('[IAM-1] makes the root key and the host user with a key of its own', async () => {
    const { store, keys } = await aStartedStore();
    expect(keys.root.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(keys.root.secretAccessKey).toHaveLength(40);
    const callers = store.read((tx) =>
      [keys.root, keys.host].map((key) => findCredentials(tx, key.accessKeyId, NOW)?.caller),
    );
    expect(callers).toMatchObject([
      { kind: 'root', arn: 'arn:aws:iam::000000000000:root', userId: '000000000000' },
      { kind: 'user', arn: `arn:aws:iam::000000000000:user/${HOST_USER_NAME}` },
    ]);
  });

  test('[IAM-2] the host user has the permissions of a container instance', async () => {
    const { store } = await aStartedStore();
    expect(store.read((tx) => tx.get(users, HOST_USER_NAME))).toMatchObject({
      attachedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role'],
      userId: expect.stringMatching(/^AIDA/),
    });
  });

  test('[IAM-1] a second start finds the same keys', async () => {
    const { store, keys } = await aStartedStore();
    expect(await store.write((tx) => bootstrapAccount(tx, source))).toEqual(keys);
  });

  test('[IAM-1] makes the host user and key again when they were deleted', async () => {
    const { store, keys } = await aStartedStore();
    await store.write((tx) => {
      tx.delete(users, HOST_USER_NAME);
      tx.delete(accessKeys, keys.host.accessKeyId);
    });
    const again = await store.write((tx) => bootstrapAccount(tx, source));
    expect(again.root).toEqual(keys.root);
    expect(again.host.accessKeyId).not.toBe(keys.host.accessKeyId);
  });
});

describe('sessions', () => {
  test('[IAM-4] a session is its role under the session name', async () => {
    const { store } = await aStartedStore();
    const key = await store.write((tx) => {
      tx.put(roles, aRole());
      return createSession(tx, { role: aRole(), sessionName: 'task-1', durationSeconds: 900, ...source });
    });
    expect(key.accessKeyId).toMatch(/^ASIA/);
    expect(store.read((tx) => findCredentials(tx, key.accessKeyId, NOW))).toEqual({
      secretAccessKey: key.secretAccessKey,
      sessionToken: key.sessionToken,
      expiresAt: plusMs(NOW, 900_000),
      caller: {
        kind: 'assumed-role',
        accountId: '000000000000',
        arn: 'arn:aws:sts::000000000000:assumed-role/web/task-1',
        userId: 'AROAAAAAAAAAAAAAAAAAA:task-1',
        accessKeyId: key.accessKeyId,
        roleArn: 'arn:aws:iam::000000000000:role/app/web',
      },
    });
  });

  test('[IAM-4] a session of a role that is gone opens nothing', async () => {
    const { store } = await aStartedStore();
    const key = await store.write((tx) =>
      createSession(tx, { role: aRole(), sessionName: 'task-1', durationSeconds: 900, ...source }),
    );
    expect(store.read((tx) => findCredentials(tx, key.accessKeyId, NOW))).toBeUndefined();
  });

  test.each([
    { name: 'is kept for an hour', sinceExpiryMs: 3_599_999, removed: 0 },
    { name: 'goes after an hour', sinceExpiryMs: 3_600_000, removed: 1 },
  ])('[IAM-4] an expired session $name', async ({ sinceExpiryMs, removed }) => {
    const { store } = await aStartedStore();
    const key = await store.write((tx) => {
      tx.put(roles, aRole());
      return createSession(tx, { role: aRole(), sessionName: 's', durationSeconds: 900, ...source });
    });
    const now = plusMs(NOW, 900_000 + sinceExpiryMs);
    expect(store.read((tx) => findCredentials(tx, key.accessKeyId, now)) === undefined).toBe(removed === 1);
    expect(isForgottenKey(key, now)).toBe(removed === 1);
  });
});

describe('findRoleByArn', () => {
  test('wants the whole ARN, path included', async () => {
    const { store } = await aStartedStore();
    await store.write((tx) => tx.put(roles, aRole()));
    expect(store.read((tx) => findRoleByArn(tx, 'arn:aws:iam::000000000000:role/app/web'))).toEqual(aRole());
    expect(store.read((tx) => findRoleByArn(tx, 'arn:aws:iam::000000000000:role/web'))).toBeUndefined();
  });
});

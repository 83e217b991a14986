import { expect, test } from 'vitest';
import { iamOperations } from '../api/iam/operations.ts';
import { aContext } from '../api/testing.ts';
import type { Caller } from '../domain/caller.ts';
import { bootstrapAccount } from '../records/identity.ts';
import { keyUses } from './key-uses.ts';

test('[IAM-19] the last use of a long-lived key is known to a quarter of an hour', async () => {
  const context = await aContext();
  const { store, ids, installation, clock } = context;
  const { root, host } = await store.write((tx) =>
    bootstrapAccount(tx, { ids, installation, now: clock.now() }),
  );
  const uses = keyUses(context);
  const caller: Caller = { ...context.caller, accessKeyId: root.accessKeyId };
  const lastUsed = (AccessKeyId: string) => iamOperations.GetAccessKeyLastUsed?.(context, { AccessKeyId });
  expect(await lastUsed(host.accessKeyId)).toEqual({
    UserName: 'gantry-host',
    AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A', LastUsedDate: undefined },
  });
  const start = clock.now();
  const settled = () => store.write(() => undefined);
  uses.note(caller, 'ecs:ListClusters');
  await settled();
  const first = { ServiceName: 'ecs', Region: 'us-east-1', LastUsedDate: start };
  expect(await lastUsed(root.accessKeyId)).toMatchObject({ AccessKeyLastUsed: first });
  clock.advance(899_999);
  uses.note(caller, 'iam:ListUsers');
  await settled();
  expect(await lastUsed(root.accessKeyId)).toMatchObject({ AccessKeyLastUsed: first });
  clock.advance(1);
  uses.note(caller, 'iam:ListUsers');
  await settled();
  expect(await lastUsed(root.accessKeyId)).toMatchObject({
    AccessKeyLastUsed: { ServiceName: 'iam', LastUsedDate: start + 900_000 },
  });
  await expect(Promise.resolve().then(() => lastUsed('AKIAUNKNOWN'))).rejects.toMatchObject({
    code: 'AccessDenied',
  });
});

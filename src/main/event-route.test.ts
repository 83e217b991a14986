import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createAuthorizer } from '../api/authorize.ts';
import { aContext } from '../api/testing.ts';
import type { Caller } from '../domain/caller.ts';
import { users } from '../records/collections.ts';
import { memoryEventArchive } from '../records/memory-event-archive.ts';
import { answerEvents } from './event-route.ts';

const ANN: Caller = {
  kind: 'user',
  accountId: '123456789012',
  arn: 'arn:aws:iam::123456789012:user/ann',
  userId: 'AIDAANN',
  accessKeyId: 'AKIAANN',
};

test('[AUTH-12] a Deny that asks how the request was made counts for events too', async () => {
  const context = await aContext();
  const action = { Action: 'gantry:ReadEvents', Resource: '*' };
  const Condition = { StringLike: { 'aws:UserAgent': 'old/*' } };
  const Statement = [
    { Effect: 'Allow', ...action },
    { Effect: 'Deny', ...action, Condition },
  ];
  await context.store.write((tx) =>
    tx.put(users, {
      userName: 'ann',
      userId: ANN.userId,
      arn: ANN.arn,
      path: '/',
      createdAt: context.clock.now(),
      inlinePolicies: { own: JSON.stringify({ Version: '2012-10-17', Statement }) },
      attachedPolicyArns: [],
      tags: [],
    }),
  );
  const statusFor = async (userAgent: string): Promise<number> => {
    const request = new IncomingMessage(new Socket());
    request.url = '/_gantry/events';
    request.headers['user-agent'] = userAgent;
    const { status } = await answerEvents(request, {
      archive: memoryEventArchive(),
      authenticator: () => ({ kind: 'caller', caller: ANN }),
      authorizer: createAuthorizer(context),
    });
    return status;
  };
  expect(await statusFor('new/1')).toBe(200);
  expect(await statusFor('old/1')).toBe(403);
});

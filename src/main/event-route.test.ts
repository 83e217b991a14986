import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createAuthorizer } from '../api/authorize.ts';
import { ANN, aContext, storeAnn } from '../api/testing.ts';
import { memoryEventArchive } from '../records/memory-event-archive.ts';
import { answerEvents } from './event-route.ts';

test('[AUTH-12] a Deny that asks how the request was made counts for events too', async () => {
  const context = await aContext();
  const action = { Action: 'gantry:ReadEvents', Resource: '*' };
  const Condition = { StringLike: { 'aws:UserAgent': 'old/*' } };
  const statements = [
    { Effect: 'Allow', ...action },
    { Effect: 'Deny', ...action, Condition },
  ];
  await storeAnn(context, statements);
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

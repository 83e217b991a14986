import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createAuthorizer } from '../api/authorize.ts';
import { aCluster, aContext } from '../api/testing.ts';
import type { Caller } from '../domain/caller.ts';
import { containerInstances, users } from '../records/collections.ts';
import { anInstance } from '../records/testing.ts';
import { hostRefusal } from './agent-gateway.ts';

const ANN: Caller = {
  kind: 'user',
  accountId: '123456789012',
  arn: 'arn:aws:iam::123456789012:user/ann',
  userId: 'AIDAANN',
  accessKeyId: 'AKIAANN',
};

function upgradeOf(query: string): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.url = `/acs/ws?${query}`;
  return request;
}

test("[AUTH-16] a host of one cluster cannot take another cluster's instance by naming its own cluster", async () => {
  const context = await aContext();
  const own = await aCluster(context, { clusterName: 'own' });
  await aCluster(context, { clusterName: 'other' });
  const register = (cluster: string): Promise<string> =>
    context.store.write((tx) => {
      const containerInstanceArn = `${own.clusterArn.replace(':cluster/own', '')}:container-instance/${cluster}/1`;
      const clusterArn = own.clusterArn.replace(/own$/, cluster);
      tx.put(containerInstances, anInstance({ instanceId: '1', containerInstanceArn, clusterArn }));
      return containerInstanceArn;
    });
  const Condition = { ArnEquals: { 'ecs:cluster': own.clusterArn } };
  const Statement = [{ Effect: 'Allow', Action: 'ecs:Poll', Resource: '*', Condition }];
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
  const parts = {
    ...context,
    authenticator: () => ({ kind: 'caller', caller: ANN }) as const,
    authorizer: createAuthorizer(context),
  };
  const refusalOf = (query: string) => hostRefusal(upgradeOf(query), parts, 'ecs:Poll');
  const mine = await register('own');
  const theirs = await register('other');
  expect(refusalOf(`clusterArn=own&containerInstanceArn=${mine}`)).toBeUndefined();
  // The socket of an exec session names no cluster.
  expect(refusalOf(`containerInstanceArn=${mine}&sessionId=s`)).toBeUndefined();
  expect(refusalOf(`clusterArn=own&containerInstanceArn=${theirs}`)?.status).toBeGreaterThanOrEqual(400);
});

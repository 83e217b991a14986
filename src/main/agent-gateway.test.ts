import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createAuthorizer } from '../api/authorize.ts';
import { ANN, aCluster, aContext, storeAnn } from '../api/testing.ts';
import { containerInstances } from '../records/collections.ts';
import { anInstance } from '../records/testing.ts';
import { hostRefusal } from './agent-gateway.ts';

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
  await storeAnn(context, [{ Effect: 'Allow', Action: 'ecs:Poll', Resource: '*', Condition }]);
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

import { afterEach, describe, expect, test } from 'vitest';
import { instant } from '../lib/clock.ts';
import type { RuntimeDriver } from '../runtime/driver.ts';
import { credentialsBook } from './credentials-book.ts';
import { startMetadataServer } from './metadata-server.ts';
import type { TaskEngine } from './task-engine.ts';
import type { TaskRecord } from './task-record.ts';
import { aPayloadTask, aRecord, RUNNING } from './testing.ts';

let close = (): void => {};
afterEach(() => close());

/** The server of a host whose one task has this address. */
async function aServer(privateAddress: string): Promise<(path: string) => Promise<[number, unknown]>> {
  const base = aRecord([{ name: 'app', is: RUNNING }]);
  const eni = { ...ENI, ipv4Addresses: [{ privateAddress, primary: true }] };
  const record: TaskRecord = {
    ...base,
    payload: aPayloadTask({ networkMode: 'awsvpc', elasticNetworkInterfaces: [eni] }),
  };
  const engine = { records: () => [record], findByToken: () => undefined } as Partial<TaskEngine>;
  const driver = { otherMetadataPorts: async () => [], engineStats: async () => undefined };
  const server = await startMetadataServer(
    {
      engine: () => engine as TaskEngine,
      book: credentialsBook(),
      driver: driver as unknown as RuntimeDriver,
      clock: { now: () => instant(0), schedule: () => () => {} },
      host: () => ({ cluster: 'lab', containerInstanceArn: '' }),
      audit: () => {},
      protect: async () => ({}),
      tagsOf: async () => ({}),
    },
    { host: '127.0.0.1' },
  );
  close = () => server.close();
  return async (path) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return [answer.status, await answer.json()];
  };
}

const ENI = {
  name: 'eth0',
  index: 0,
  ec2Id: 'eni-1',
  attachmentArn: 'arn',
  macAddress: '0a:00:00:00:00:01',
  subnetGatewayIpv4Address: '127.0.0.1/8',
  domainNameServers: [],
  domainName: [],
  privateDnsName: 'host',
};

describe('version 2', () => {
  test('[TMD-9] knows the caller by the address of its task, and containers by their engine id', async () => {
    const get = await aServer('127.0.0.1');
    expect(await get('/v2/metadata')).toMatchObject([200, { Family: 'web', Containers: [{ Name: 'app' }] }]);
    expect(await get('/v2/metadata/r')).toMatchObject([200, { Name: 'app', DockerId: 'r' }]);
    expect((await get('/v2/stats'))[0]).toBe(200);
    expect((await get('/v2/stats/r'))[0]).toBe(200);
    expect(await get('/v2/metadata/other')).toEqual([400, "Unable to find container 'other'"]);
  });

  test('[TMD-9] does not answer others', async () => {
    const get = await aServer('127.0.0.2');
    for (const path of ['/v2/metadata', '/v2/metadata/r', '/v2/stats', '/v2/stats/r'])
      expect(await get(path)).toEqual([
        400,
        "Unable to get task arn from request: unable to associate '127.0.0.1' with task",
      ]);
  });
});

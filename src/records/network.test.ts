import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countingIds } from '../api/testing.ts';
import type { Subnet } from '../domain/network.ts';
import type { Task } from '../domain/task.ts';
import { memoryStore } from '../store/memory-store.ts';
import { subnets, tasks } from './collections.ts';
import {
  allocateAddress,
  availableAddressCount,
  bootstrapNetwork,
  defaultNetwork,
  gatewayCidr,
  macAddress,
  makeNetworkInterface,
  privateDnsName,
} from './network.ts';

const SMALL: Subnet = {
  subnetId: 'subnet-1',
  vpcId: 'vpc-1',
  cidrBlock: '10.0.0.0/28',
  availabilityZone: 'us-east-1a',
  availabilityZoneId: 'use1-az1',
  defaultForAz: true,
};

const holding = (address: string): Task =>
  ({
    taskArn: `arn:task/${address}`,
    clusterArn: 'arn:cluster',
    family: 'web',
    launchType: 'FARGATE',
    desiredStatus: 'RUNNING',
    lastStatus: 'RUNNING',
    networkInterface: {
      subnetId: SMALL.subnetId,
      networkInterfaceId: `eni-${address}`,
      privateIpv4Address: address,
    },
  }) as Task;

describe('defaultNetwork', () => {
  test('[NET-1] cuts a /16 in three /20 subnets, one per zone', () => {
    const network = defaultNetwork({ cidrBlock: '172.31.0.0/16', region: 'us-east-1', ids: countingIds() });
    expect(
      network.subnets.map((row) => [row.cidrBlock, row.availabilityZone, row.availabilityZoneId]),
    ).toEqual([
      ['172.31.0.0/20', 'us-east-1a', 'use1-az1'],
      ['172.31.16.0/20', 'us-east-1b', 'use1-az2'],
      ['172.31.32.0/20', 'us-east-1c', 'use1-az3'],
    ]);
    expect(network.securityGroup).toMatchObject({
      groupName: 'default',
      description: 'default VPC security group',
    });
    expect(network.vpc.vpcId).toMatch(/^vpc-[0-9a-f]{17}$/);
  });

  test('[NET-1] a second start keeps the network', async () => {
    const store = await memoryStore();
    const source = { cidrBlock: '172.31.0.0/16', region: 'eu-west-1', ids: countingIds() };
    const first = await store.write((tx) => bootstrapNetwork(tx, source));
    const second = await store.write((tx) => bootstrapNetwork(tx, source));
    expect(second).toEqual(first);
    expect(store.read((tx) => tx.all(subnets).length)).toBe(3);
  });
});

describe('allocateAddress', () => {
  test('[NET-2] gives each address once, none of the five reserved, and undefined when all are taken', async () => {
    const store = await memoryStore();
    const given: (string | undefined)[] = [];
    for (let turn = 0; turn < 12; turn += 1) {
      const address = await store.write((tx) => {
        const free = allocateAddress(tx, SMALL, turn * 7);
        if (free !== undefined) tx.put(tasks, holding(free));
        return free;
      });
      given.push(address);
    }
    const expected = Array.from({ length: 11 }, (_, index) => `10.0.0.${index + 4}`);
    expect(given.filter((address) => address !== undefined).sort()).toEqual(expected.sort());
    expect(given[11]).toBeUndefined();
    expect(store.read((tx) => availableAddressCount(tx, SMALL))).toBe(0);
  });

  test('[NET-2] stays inside the subnet for every seed', async () => {
    const store = await memoryStore();
    fc.assert(
      fc.property(fc.nat({ max: 0xffff_ffff }), (seed) => {
        const address =
          store.read((tx) => allocateAddress(tx, { ...SMALL, cidrBlock: '172.31.16.0/20' }, seed)) ?? '';
        const [, , third = 0, fourth = 0] = address.split('.').map(Number);
        const offset = (third - 16) * 256 + fourth;
        return address.startsWith('172.31.') && offset >= 4 && offset <= 4094;
      }),
      { numRuns: 200 },
    );
  });
});

describe('makeNetworkInterface', () => {
  test('[NET-3] names the interface, its hardware address, its host name and its gateway', async () => {
    const store = await memoryStore();
    const made = store.read((tx) =>
      makeNetworkInterface(tx, {
        subnet: SMALL,
        securityGroupIds: ['sg-1'],
        region: 'us-east-1',
        ids: countingIds(),
      }),
    );
    expect(made).toEqual({
      attachmentId: '00000000-0000-4000-8000-000000000002',
      status: 'PRECREATED',
      networkInterfaceId: 'eni-00000000000000001',
      subnetId: 'subnet-1',
      vpcId: 'vpc-1',
      availabilityZone: 'us-east-1a',
      securityGroupIds: ['sg-1'],
      macAddress: '0a:00:0a:00:00:05',
      privateIpv4Address: '10.0.0.5',
      privateDnsName: 'ip-10-0-0-5.ec2.internal',
      gatewayCidr: '10.0.0.1/28',
    });
  });

  test('[NET-3] outside us-east-1 the host name holds the region', () => {
    expect(privateDnsName('172.31.0.10', 'eu-west-1')).toBe('ip-172-31-0-10.eu-west-1.compute.internal');
    expect(gatewayCidr('172.31.16.0/20')).toBe('172.31.16.1/20');
    expect(macAddress('172.31.0.255')).toBe('0a:00:ac:1f:00:ff');
  });
});

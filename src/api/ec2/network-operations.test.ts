import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aTask } from '../../core/task/testing.ts';
import type { Task } from '../../domain/task.ts';
import { securityGroups, subnets, tasks, vpcs } from '../../records/collections.ts';
import { makeNetworkInterface } from '../../records/network.ts';
import type { DescribeNetworkInterfacesRequest } from '../../shapes/generated/ec2.ts';
import { aContext, TEST_START, type TestContext } from '../testing.ts';
import { describeAvailabilityZones } from './describe-availability-zones.ts';
import { describeNetworkInterfaces } from './describe-network-interfaces.ts';
import { describeSecurityGroups } from './describe-security-groups.ts';
import { describeSubnets } from './describe-subnets.ts';
import { describeVpcs } from './describe-vpcs.ts';
import { filterTest } from './filters.ts';

const rowsOf = (context: TestContext) =>
  context.store.read((tx) => ({
    vpc: tx.all(vpcs)[0],
    subnets: tx.all(subnets),
    group: tx.all(securityGroups)[0],
  }));

/** A task with an interface in the `index`th subnet. */
async function aTaskIn(context: TestContext, index: number, lastStatus: Task['lastStatus'] = 'RUNNING') {
  const { subnets: rows, group } = rowsOf(context);
  const subnet = rows[index];
  if (subnet === undefined || group === undefined) throw new Error('no network');
  return context.store.write((tx) => {
    const { ids } = context;
    const made = makeNetworkInterface(tx, {
      subnet,
      securityGroupIds: [group.groupId],
      region: 'us-east-1',
      ids,
    });
    if (made === undefined) throw new Error('no address');
    const networkInterface = { ...made, status: 'ATTACHED' } as const;
    const taskArn = `arn:task/${made.networkInterfaceId}`;
    tx.put(tasks, aTask({ taskArn, lastStatus, createdAt: TEST_START, networkInterface }));
    return networkInterface;
  });
}

describe('describeVpcs', () => {
  test('[EC2-10] answers the default VPC', async () => {
    const context = await aContext();
    const { vpc } = rowsOf(context);
    const answer = await describeVpcs(context, { Filters: [{ Name: 'isDefault', Values: ['true'] }] });
    expect(answer.Vpcs).toMatchObject([
      {
        VpcId: vpc?.vpcId,
        CidrBlock: '172.31.0.0/16',
        IsDefault: true,
        State: 'available',
        OwnerId: '123456789012',
      },
    ]);
  });

  test('[EC2-3] an unknown id is refused, in a filter it finds nothing', async () => {
    const context = await aContext();
    expect(() => describeVpcs(context, { VpcIds: ['vpc-x'] })).toThrow(
      expect.objectContaining({
        code: 'InvalidVpcID.NotFound',
        message: "The vpc ID 'vpc-x' does not exist",
      }),
    );
    expect(await describeVpcs(context, { Filters: [{ Name: 'vpc-id', Values: ['vpc-x'] }] })).toEqual({
      Vpcs: [],
    });
  });

  test('[EC2-2] a dry run is refused with success', async () => {
    const context = await aContext();
    expect(() => describeVpcs(context, { DryRun: true })).toThrow(
      'Request would have succeeded, but DryRun flag is set.',
    );
  });
});

describe('describeSubnets', () => {
  test('[EC2-11] counts the addresses that are left', async () => {
    const context = await aContext();
    await aTaskIn(context, 0);
    const { subnets: rows, vpc } = rowsOf(context);
    const answer = await describeSubnets(context, {
      Filters: [{ Name: 'vpc-id', Values: [vpc?.vpcId ?? ''] }],
    });
    expect(answer.Subnets).toMatchObject(
      rows.map((row, index) => ({
        SubnetId: row.subnetId,
        SubnetArn: `arn:aws:ec2:us-east-1:123456789012:subnet/${row.subnetId}`,
        CidrBlock: row.cidrBlock,
        AvailabilityZone: row.availabilityZone,
        AvailableIpAddressCount: index === 0 ? 4090 : 4091,
        DefaultForAz: true,
      })),
    );
  });

  test('[EC2-1] by zone, in either spelling', async () => {
    const context = await aContext();
    for (const Name of ['availability-zone', 'availabilityZone']) {
      const answer = await describeSubnets(context, {
        Filters: [{ Name, Values: ['us-east-1b', 'us-east-1z'] }],
      });
      expect(answer.Subnets?.map((subnet) => subnet.CidrBlock)).toEqual(['172.31.16.0/20']);
    }
  });

  test('[EC2-3] an unknown id is refused', async () => {
    const context = await aContext();
    expect(() => describeSubnets(context, { SubnetIds: ['subnet-x'] })).toThrow(
      expect.objectContaining({
        code: 'InvalidSubnetID.NotFound',
        message: "The subnet ID 'subnet-x' does not exist",
      }),
    );
  });
});

describe('describeSecurityGroups', () => {
  test('[EC2-12] the default group lets its members in and everything out', async () => {
    const context = await aContext();
    const { group } = rowsOf(context);
    const answer = await describeSecurityGroups(context, { GroupNames: ['default'] });
    expect(answer.SecurityGroups).toMatchObject([
      {
        GroupId: group?.groupId,
        Description: 'default VPC security group',
        IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group?.groupId }] }],
        IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      },
    ]);
    expect(() => describeSecurityGroups(context, { GroupIds: ['sg-x'] })).toThrow(
      expect.objectContaining({
        code: 'InvalidGroup.NotFound',
        message: "The security group 'sg-x' does not exist",
      }),
    );
  });
});

describe('describeAvailabilityZones', () => {
  test('[EC2-13] answers the zones of the default subnets', async () => {
    const context = await aContext();
    const { AvailabilityZones = [] } = await describeAvailabilityZones(context, {});
    expect(AvailabilityZones.map((zone) => [zone.ZoneName, zone.ZoneId, zone.State])).toEqual([
      ['us-east-1a', 'use1-az1', 'available'],
      ['us-east-1b', 'use1-az2', 'available'],
      ['us-east-1c', 'use1-az3', 'available'],
    ]);
    expect(() => describeAvailabilityZones(context, { ZoneNames: ['us-east-1z'] })).toThrow(
      expect.objectContaining({
        code: 'InvalidParameterValue',
        message: 'Invalid availability zone: [us-east-1z]',
      }),
    );
  });
});

describe('describeNetworkInterfaces', () => {
  test('[EC2-14] answers the interface of a task as its owner sees it', async () => {
    const context = await aContext();
    const made = await aTaskIn(context, 0);
    await aTaskIn(context, 1, 'STOPPED');
    const { NetworkInterfaces = [] } = await describeNetworkInterfaces(context, {});
    expect(NetworkInterfaces).toMatchObject([
      {
        NetworkInterfaceId: made.networkInterfaceId,
        PrivateIpAddress: made.privateIpv4Address,
        PrivateDnsName: made.privateDnsName,
        MacAddress: made.macAddress,
        Description: `arn:aws:ecs:us-east-1:123456789012:attachment/${made.attachmentId}`,
        Status: 'in-use',
        Attachment: { Status: 'attached', AttachTime: TEST_START },
        SubnetId: made.subnetId,
        AvailabilityZone: 'us-east-1a',
        AvailabilityZoneId: 'use1-az1',
        Groups: [{ GroupId: made.securityGroupIds[0], GroupName: 'default' }],
      },
    ]);
  });

  test('[EC2-1] [EC2-14] each way to ask finds the one that is meant', async () => {
    const context = await aContext();
    const made = await aTaskIn(context, 0);
    await aTaskIn(context, 1);
    const by = (Name: string, value: string): DescribeNetworkInterfacesRequest => ({
      Filters: [{ Name, Values: [value] }],
    });
    const requests: readonly DescribeNetworkInterfacesRequest[] = [
      { NetworkInterfaceIds: [made.networkInterfaceId] },
      by('network-interface-id', made.networkInterfaceId),
      by('addresses.private-ip-address', made.privateIpv4Address),
      by('private-ip-address', `${made.privateIpv4Address.slice(0, -1)}?`),
      by('subnet-id', made.subnetId),
      by('description', `*${made.attachmentId}`),
      by('availability-zone', 'us-east-1a'),
    ];
    for (const request of requests) {
      const { NetworkInterfaces = [] } = await describeNetworkInterfaces(context, request);
      expect(NetworkInterfaces.map((row) => row.NetworkInterfaceId)).toEqual([made.networkInterfaceId]);
    }
  });

  test('[EC2-2] comes in pages', async () => {
    const context = await aContext();
    for (let count = 0; count < 7; count += 1) await aTaskIn(context, count % 3);
    const first = await describeNetworkInterfaces(context, { MaxResults: 5 });
    const second = await describeNetworkInterfaces(context, { MaxResults: 5, NextToken: first.NextToken });
    const seen = [...(first.NetworkInterfaces ?? []), ...(second.NetworkInterfaces ?? [])];
    expect(new Set(seen.map((row) => row.NetworkInterfaceId)).size).toBe(7);
    expect(second.NextToken).toBeUndefined();
  });

  test.each([4, 1001])('[EC2-2] refuses pages of %i', async (MaxResults) => {
    const context = await aContext();
    expect(() => describeNetworkInterfaces(context, { MaxResults })).toThrow(
      expect.objectContaining({ code: 'InvalidParameterValue' }),
    );
  });

  test('[EC2-1] refuses a filter that is not there', async () => {
    const context = await aContext();
    expect(() =>
      describeNetworkInterfaces(context, { Filters: [{ Name: 'colour', Values: ['red'] }] }),
    ).toThrow(
      expect.objectContaining({ code: 'InvalidParameterValue', message: "The filter 'colour' is invalid" }),
    );
  });
});

describe('filterTest', () => {
  const table = { name: (row: string) => [row] };
  const passes = (row: string, ...Values: string[]) => filterTest([{ Name: 'name', Values }], table)(row);

  test('[EC2-1] a text without wildcards passes itself alone', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, other) => {
        const escaped = text.replaceAll(/[*?\\]/g, '\\$&');
        return passes(text, escaped) && (text === other || !passes(other, escaped));
      }),
    );
  });

  test('[EC2-1] wildcards stand for any text and for one character', () => {
    expect(passes('abc', 'a*')).toBe(true);
    expect(passes('abc', 'a?c')).toBe(true);
    expect(passes('abc', 'a?')).toBe(false);
    expect(passes('abc', 'x', '*c')).toBe(true);
    expect(passes('a*c', 'a\\*c')).toBe(true);
    expect(passes('abc', 'a\\*c')).toBe(false);
  });
});

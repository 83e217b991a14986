import type { Subnet } from '../../domain/network.ts';
import { subnets } from '../../records/collections.ts';
import { availableAddressCount } from '../../records/network.ts';
import type { Ec2Operations } from '../../shapes/generated/ec2.ts';
import type { Operation } from '../operation.ts';
import { ec2Errors } from './errors.ts';
import { checkDryRun, type Listing, listPage, rowsById } from './listing.ts';

type Shapes = Ec2Operations['DescribeSubnets'];

interface CountedSubnet extends Subnet {
  readonly availableCount: number;
}

/** Describes subnets with the addresses that tasks have left. (EC2-11) */
export const describeSubnets: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  checkDryRun(input);
  const { accountId, region } = installation;
  const arnOf = (row: Subnet): string => `arn:aws:ec2:${region}:${accountId}:subnet/${row.subnetId}`;
  const listing: Listing<CountedSubnet> = {
    id: (row) => row.subnetId,
    filters: {
      ...aliases(['availability-zone', 'availabilityZone'], (row) => [row.availabilityZone]),
      ...aliases(['availability-zone-id', 'availabilityZoneId'], (row) => [row.availabilityZoneId]),
      'available-ip-address-count': (row) => [String(row.availableCount)],
      ...aliases(['cidr-block', 'cidr', 'cidrBlock'], (row) => [row.cidrBlock]),
      ...aliases(['default-for-az', 'defaultForAz'], (row) => [String(row.defaultForAz)]),
      'map-public-ip-on-launch': () => ['true'],
      'owner-id': () => [accountId],
      state: () => ['available'],
      'subnet-arn': (row) => [arnOf(row)],
      'subnet-id': (row) => [row.subnetId],
      'vpc-id': (row) => [row.vpcId],
    },
  };
  const rows = store.read((tx) =>
    tx.all(subnets).map((row) => ({ ...row, availableCount: availableAddressCount(tx, row) })),
  );
  const chosen = rowsById(rows, input.SubnetIds, { id: listing.id, missing: ec2Errors.subnetNotFound });
  const page = listPage(chosen, input, listing);
  return {
    Subnets: page.rows.map((row) => ({
      SubnetId: row.subnetId,
      SubnetArn: arnOf(row),
      VpcId: row.vpcId,
      OwnerId: accountId,
      CidrBlock: row.cidrBlock,
      Ipv6CidrBlockAssociationSet: [],
      AvailabilityZone: row.availabilityZone,
      AvailabilityZoneId: row.availabilityZoneId,
      AvailableIpAddressCount: row.availableCount,
      AssignIpv6AddressOnCreation: false,
      DefaultForAz: row.defaultForAz,
      MapPublicIpOnLaunch: true,
      State: 'available' as const,
      Tags: [],
    })),
    NextToken: page.nextToken,
  };
};

type Read = (row: CountedSubnet) => readonly string[];

/** EC2 takes several spellings of some filters. */
const aliases = (names: readonly string[], read: Read): Readonly<Record<string, Read>> =>
  Object.fromEntries(names.map((name) => [name, read]));

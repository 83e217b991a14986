import type { SecurityGroup } from '../../domain/network.ts';
import { securityGroups } from '../../records/collections.ts';
import type { Ec2Operations, IpPermission } from '../../shapes/generated/ec2.ts';
import type { Operation } from '../operation.ts';
import { ec2Errors } from './errors.ts';
import { checkDryRun, type Listing, listPage, rowsById } from './listing.ts';

type Shapes = Ec2Operations['DescribeSecurityGroups'];

/** Describes security groups: each lets its own members in and everything out. (EC2-12) */
export const describeSecurityGroups: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  checkDryRun(input);
  const { accountId, region } = context.installation;
  const listing: Listing<SecurityGroup> = {
    id: (row) => row.groupId,
    filters: {
      description: (row) => [row.description],
      'egress.ip-permission.cidr': () => ['0.0.0.0/0'],
      'group-id': (row) => [row.groupId],
      'group-name': (row) => [row.groupName],
      'ip-permission.group-id': (row) => [row.groupId],
      'ip-permission.protocol': () => ['-1'],
      'owner-id': () => [accountId],
      'vpc-id': (row) => [row.vpcId],
    },
  };
  const rows = context.store.read((tx) => tx.all(securityGroups));
  const byId = rowsById(rows, input.GroupIds, { id: listing.id, missing: ec2Errors.groupNotFound });
  const chosen = rowsById(byId, input.GroupNames, {
    id: (row) => row.groupName,
    missing: ec2Errors.groupNotFound,
  });
  const page = listPage(chosen, input, listing);
  return {
    SecurityGroups: page.rows.map((row) => ({
      GroupId: row.groupId,
      GroupName: row.groupName,
      Description: row.description,
      VpcId: row.vpcId,
      OwnerId: accountId,
      SecurityGroupArn: `arn:aws:ec2:${region}:${accountId}:security-group/${row.groupId}`,
      IpPermissions: [{ ...ANYTHING, UserIdGroupPairs: [{ GroupId: row.groupId, UserId: accountId }] }],
      IpPermissionsEgress: [{ ...ANYTHING, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      Tags: [],
    })),
    NextToken: page.nextToken,
  };
};

const ANYTHING: IpPermission = {
  IpProtocol: '-1',
  UserIdGroupPairs: [],
  IpRanges: [],
  Ipv6Ranges: [],
  PrefixListIds: [],
};

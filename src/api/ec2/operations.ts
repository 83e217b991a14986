import type { Ec2Operations } from '../../shapes/generated/ec2.ts';
import type { Operation } from '../operation.ts';
import { describeAvailabilityZones } from './describe-availability-zones.ts';
import { describeNetworkInterfaces } from './describe-network-interfaces.ts';
import { describeSecurityGroups } from './describe-security-groups.ts';
import { describeSubnets } from './describe-subnets.ts';
import { describeVpcs } from './describe-vpcs.ts';

/** Every EC2 operation that is there, by its AWS name. */
export const ec2Operations: Partial<{
  readonly [Name in keyof Ec2Operations]: Operation<
    Ec2Operations[Name]['input'],
    Ec2Operations[Name]['output']
  >;
}> = {
  DescribeAvailabilityZones: describeAvailabilityZones,
  DescribeNetworkInterfaces: describeNetworkInterfaces,
  DescribeSecurityGroups: describeSecurityGroups,
  DescribeSubnets: describeSubnets,
  DescribeVpcs: describeVpcs,
};

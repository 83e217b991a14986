import type { Ec2Operations } from '../../shapes/generated/ec2.ts';
import { type AccessDeclaration, type AccessDeclarations, ANY_RESOURCE } from '../authorization.ts';

/** Describing knows no resource in EC2. */
const describe: AccessDeclaration<unknown> = (_input, { installation }) => [
  { resource: ANY_RESOURCE, keys: { 'ec2:region': installation.region } },
];

/** EC2 operations with the permissions that they need. (AUTH-11; Service Authorization Reference, Amazon EC2) */
export const ec2Authorization: Partial<AccessDeclarations<Ec2Operations>> = {
  DescribeAvailabilityZones: describe,
  DescribeNetworkInterfaces: describe,
  DescribeSecurityGroups: describe,
  DescribeSubnets: describe,
  DescribeVpcs: describe,
};

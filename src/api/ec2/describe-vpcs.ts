import type { Vpc } from '../../domain/network.ts';
import { vpcs } from '../../records/collections.ts';
import type { Ec2Operations } from '../../shapes/generated/ec2.ts';
import type { Operation } from '../operation.ts';
import { ec2Errors } from './errors.ts';
import { checkDryRun, type Listing, listPage, rowsById } from './listing.ts';

type Shapes = Ec2Operations['DescribeVpcs'];

/** Describes the default VPC, the only one there is. (EC2-10) */
export const describeVpcs: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  checkDryRun(input);
  const listing: Listing<Vpc> = {
    id: (row) => row.vpcId,
    filters: {
      cidr: (row) => [row.cidrBlock],
      'cidr-block-association.cidr-block': (row) => [row.cidrBlock],
      'cidr-block-association.state': () => ['associated'],
      'dhcp-options-id': (row) => [row.dhcpOptionsId],
      'is-default': () => ['true'],
      isDefault: () => ['true'],
      'owner-id': () => [installation.accountId],
      state: () => ['available'],
      'vpc-id': (row) => [row.vpcId],
    },
  };
  const rows = store.read((tx) => tx.all(vpcs));
  const chosen = rowsById(rows, input.VpcIds, { id: listing.id, missing: ec2Errors.vpcNotFound });
  const page = listPage(chosen, input, listing);
  return {
    Vpcs: page.rows.map((row) => ({
      VpcId: row.vpcId,
      OwnerId: installation.accountId,
      CidrBlock: row.cidrBlock,
      CidrBlockAssociationSet: [
        {
          AssociationId: row.vpcId.replace('vpc-', 'vpc-cidr-assoc-'),
          CidrBlock: row.cidrBlock,
          CidrBlockState: { State: 'associated' as const },
        },
      ],
      DhcpOptionsId: row.dhcpOptionsId,
      InstanceTenancy: 'default' as const,
      IsDefault: true,
      State: 'available' as const,
      Tags: [],
    })),
    NextToken: page.nextToken,
  };
};

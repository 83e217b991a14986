import type { Task, TaskNetworkInterface } from '../../domain/task.ts';
import type { Installation } from '../../lib/config.ts';
import { securityGroups, subnets, tasks } from '../../records/collections.ts';
import type {
  Ec2Operations,
  Filter,
  NetworkInterface,
  NetworkInterfaceStatus,
} from '../../shapes/generated/ec2.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { ec2Errors } from './errors.ts';
import { exactValues } from './filters.ts';
import { checkDryRun, type Listing, listPage, rowsById } from './listing.ts';

type Shapes = Ec2Operations['DescribeNetworkInterfaces'];

/** Describes the interfaces of tasks that have not stopped; nothing else has one. (EC2-14) */
export const describeNetworkInterfaces: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  checkDryRun(input);
  const { store, installation } = context;
  const { NetworkInterfaceIds: ids = [], Filters: filters = [] } = input;
  const shapes = store.read((tx) => {
    const groupNames = new Map(tx.all(securityGroups).map((group) => [group.groupId, group.groupName]));
    const zoneIds = new Map(tx.all(subnets).map((subnet) => [subnet.subnetId, subnet.availabilityZoneId]));
    return candidates(tx, ids, filters).map((task) =>
      interfaceShape(task, { installation, groupNames, zoneIds }),
    );
  });
  const found = shapes.filter((shape) => shape !== undefined);
  const chosen = rowsById(found, ids, { id: LISTING.id, missing: ec2Errors.networkInterfaceNotFound });
  const page = listPage(chosen, input, LISTING);
  return { NetworkInterfaces: page.rows, NextToken: page.nextToken };
};

/** Tasks that may have a wanted interface, by the narrowest index that the request allows. */
function candidates(tx: ReadTx, ids: readonly string[], filters: readonly Filter[]): readonly Task[] {
  const find = (values: readonly string[]): readonly Task[] =>
    [...new Set(values)].flatMap((value) => tx.find(tasks, 'address', value));
  if (ids.length > 0) return find(ids);
  const byId = exactValues(filters, 'network-interface-id');
  if (byId !== undefined) return find(byId);
  const byAddress =
    exactValues(filters, 'addresses.private-ip-address') ?? exactValues(filters, 'private-ip-address');
  if (byAddress !== undefined) return find(byAddress.map((address) => `ip=${address}`));
  return find(exactValues(filters, 'subnet-id') ?? tx.all(subnets).map((subnet) => subnet.subnetId));
}

const LISTING: Listing<NetworkInterface> = {
  id: (row) => row.NetworkInterfaceId ?? '',
  filters: {
    'addresses.primary': () => ['true'],
    'addresses.private-ip-address': (row) => [row.PrivateIpAddress],
    'attachment.attachment-id': (row) => [row.Attachment?.AttachmentId],
    'attachment.status': (row) => [row.Attachment?.Status],
    'availability-zone': (row) => [row.AvailabilityZone],
    'availability-zone-id': (row) => [row.AvailabilityZoneId],
    description: (row) => [row.Description],
    'group-id': (row) => (row.Groups ?? []).map((group) => group.GroupId),
    'group-name': (row) => (row.Groups ?? []).map((group) => group.GroupName),
    'interface-type': (row) => [row.InterfaceType],
    'mac-address': (row) => [row.MacAddress],
    'network-interface-id': (row) => [row.NetworkInterfaceId],
    'owner-id': (row) => [row.OwnerId],
    'private-dns-name': (row) => [row.PrivateDnsName],
    'private-ip-address': (row) => [row.PrivateIpAddress],
    'requester-id': (row) => [row.RequesterId],
    'requester-managed': (row) => [String(row.RequesterManaged)],
    'source-dest-check': (row) => [String(row.SourceDestCheck)],
    status: (row) => [row.Status],
    'subnet-id': (row) => [row.SubnetId],
    'vpc-id': (row) => [row.VpcId],
  },
};

interface Surroundings {
  readonly installation: Installation;
  readonly groupNames: ReadonlyMap<string, string>;
  readonly zoneIds: ReadonlyMap<string, string>;
}

const STATUSES: Readonly<Record<TaskNetworkInterface['status'], NetworkInterfaceStatus>> = {
  PRECREATED: 'available',
  ATTACHED: 'in-use',
  DETACHED: 'available',
  DELETED: 'available',
};

function interfaceShape(
  task: Task,
  { installation, groupNames, zoneIds }: Surroundings,
): NetworkInterface | undefined {
  const { networkInterface } = task;
  if (networkInterface === undefined || networkInterface.status === 'DELETED') return undefined;
  const { accountId, region } = installation;
  const { networkInterfaceId, privateIpv4Address, privateDnsName, subnetId } = networkInterface;
  return {
    NetworkInterfaceId: networkInterfaceId,
    Description: `arn:aws:ecs:${region}:${accountId}:attachment/${networkInterface.attachmentId}`,
    Status: STATUSES[networkInterface.status],
    ...(networkInterface.status === 'ATTACHED'
      ? {
          Attachment: {
            AttachmentId: networkInterfaceId.replace('eni-', 'eni-attach-'),
            AttachTime: task.createdAt,
            DeleteOnTermination: true,
            DeviceIndex: 1,
            InstanceOwnerId: accountId,
            Status: 'attached' as const,
          },
        }
      : {}),
    AvailabilityZone: networkInterface.availabilityZone,
    AvailabilityZoneId: zoneIds.get(subnetId),
    Groups: networkInterface.securityGroupIds.map((id) => ({ GroupId: id, GroupName: groupNames.get(id) })),
    InterfaceType: 'interface',
    Ipv6Addresses: [],
    MacAddress: networkInterface.macAddress,
    OwnerId: accountId,
    PrivateDnsName: privateDnsName,
    PrivateIpAddress: privateIpv4Address,
    PrivateIpAddresses: [
      { Primary: true, PrivateDnsName: privateDnsName, PrivateIpAddress: privateIpv4Address },
    ],
    RequesterId: accountId,
    RequesterManaged: false,
    SourceDestCheck: true,
    SubnetId: subnetId,
    TagSet: [],
    VpcId: networkInterface.vpcId,
  };
}

import type { SecurityGroup, Subnet, Vpc } from '../domain/network.ts';
import type { TaskNetworkInterface } from '../domain/task.ts';
import { assert } from '../lib/assert.ts';
import type { Ids } from '../lib/ids.ts';
import type { ReadTx, WriteTx } from '../store/store.ts';
import { securityGroups, subnets, tasks, vpcs } from './collections.ts';

/** Like AWS: the network's own address, the router, the name server, one for later; and the broadcast address. */
const RESERVED_AT_START_COUNT = 4;
const RESERVED_AT_END_COUNT = 1;

/** The zones that get a default subnet, in order. */
const ZONE_LETTERS = ['a', 'b', 'c'] as const;

/** The default network of an installation. (NET-1) */
export interface DefaultNetwork {
  readonly vpc: Vpc;
  readonly subnets: readonly Subnet[];
  readonly securityGroup: SecurityGroup;
}

/**
 * Makes the rows of the default network in `cidrBlock`, which is a /16 to /24: one subnet of a sixteenth of it in each
 * of three zones, as AWS cuts a /16 in /20s, and the group `default`. (NET-1)
 */
export function defaultNetwork(source: { cidrBlock: string; region: string; ids: Ids }): DefaultNetwork {
  const { cidrBlock, region, ids } = source;
  const block = parseCidr(cidrBlock);
  assert(block.prefix >= 16 && block.prefix <= 24, `a default network is a /16 to /24, not ${cidrBlock}`);
  const vpc: Vpc = { vpcId: `vpc-${ids.hex(17)}`, cidrBlock, dhcpOptionsId: `dopt-${ids.hex(17)}` };
  const subnetPrefix = block.prefix + 4;
  const rows = ZONE_LETTERS.map((letter, index): Subnet => {
    const start = block.base + index * 2 ** (32 - subnetPrefix);
    return {
      subnetId: `subnet-${ids.hex(17)}`,
      vpcId: vpc.vpcId,
      cidrBlock: `${formatAddress(start)}/${subnetPrefix}`,
      availabilityZone: `${region}${letter}`,
      availabilityZoneId: `${shortRegion(region)}-az${index + 1}`,
      defaultForAz: true,
    };
  });
  const securityGroup: SecurityGroup = {
    groupId: `sg-${ids.hex(17)}`,
    groupName: 'default',
    description: 'default VPC security group',
    vpcId: vpc.vpcId,
  };
  return { vpc, subnets: rows, securityGroup };
}

/** Stores a default network unless there is one already; answers the VPC that is there afterwards. (NET-1) */
export function bootstrapNetwork(tx: WriteTx, source: { cidrBlock: string; region: string; ids: Ids }): Vpc {
  const existing = findDefaultVpc(tx);
  if (existing !== undefined) return existing;
  const network = defaultNetwork(source);
  tx.put(vpcs, network.vpc);
  for (const subnet of network.subnets) tx.put(subnets, subnet);
  tx.put(securityGroups, network.securityGroup);
  return network.vpc;
}

/** The one VPC of the installation; undefined before the first start has made it. */
export const findDefaultVpc = (tx: ReadTx): Vpc | undefined => tx.all(vpcs, { limit: 1 })[0];

/** The group that an interface gets when the caller names none. (NET-5) */
export const findDefaultSecurityGroup = (tx: ReadTx, vpcId: string): SecurityGroup | undefined =>
  tx.all(securityGroups).find((group) => group.vpcId === vpcId && group.groupName === 'default');

/**
 * A free address of the subnet; undefined when every one is taken. `seed` spreads the choice, so that under load a
 * free one is found after a few probes of an index and an address just released is not given out at once. (NET-2)
 */
export function allocateAddress(tx: ReadTx, subnet: Subnet, seed: number): string | undefined {
  const { base } = parseCidr(subnet.cidrBlock);
  const usableCount = usableAddressCount(subnet.cidrBlock);
  if (tx.count(tasks, 'address', subnet.subnetId) >= usableCount) return undefined;
  for (let probe = 0; probe < usableCount; probe += 1) {
    const address = formatAddress(base + RESERVED_AT_START_COUNT + ((seed + probe) % usableCount));
    if (tx.count(tasks, 'address', `ip=${address}`) === 0) return address;
  }
  return undefined;
}

/** How many addresses of the subnet are neither reserved nor held by a task. */
export const availableAddressCount = (tx: ReadTx, subnet: Subnet): number =>
  usableAddressCount(subnet.cidrBlock) - tx.count(tasks, 'address', subnet.subnetId);

/**
 * A new interface in the subnet, not attached yet; undefined when the subnet has no address left. The caller stores it
 * in its task in the same transaction: that is what holds the address. (NET-2, NET-3)
 */
export function makeNetworkInterface(
  tx: ReadTx,
  wanted: { subnet: Subnet; securityGroupIds: readonly string[]; region: string; ids: Ids },
): TaskNetworkInterface | undefined {
  const { subnet, securityGroupIds, region, ids } = wanted;
  const networkInterfaceId = `eni-${ids.hex(17)}`;
  const seed = Number.parseInt(networkInterfaceId.slice(-8), 16);
  const address = allocateAddress(tx, subnet, seed);
  if (address === undefined) return undefined;
  return {
    attachmentId: ids.uuid(),
    status: 'PRECREATED',
    networkInterfaceId,
    subnetId: subnet.subnetId,
    vpcId: subnet.vpcId,
    availabilityZone: subnet.availabilityZone,
    securityGroupIds,
    macAddress: macAddress(address),
    privateIpv4Address: address,
    privateDnsName: privateDnsName(address, region),
    gatewayCidr: gatewayCidr(subnet.cidrBlock),
  };
}

/** The router's address in the subnet with the subnet's prefix length, e.g. `172.31.0.1/20`. (NET-3) */
export function gatewayCidr(cidrBlock: string): string {
  const { base, prefix } = parseCidr(cidrBlock);
  return `${formatAddress(base + 1)}/${prefix}`;
}

/** A locally administered hardware address that is as unique as the IPv4 address it is made of. (NET-3) */
export function macAddress(address: string): string {
  const octets = address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
  return `0a:00:${octets.join(':')}`;
}

/** The name that the VPC's name server has for an address. (NET-3) */
export function privateDnsName(address: string, region: string): string {
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  return `ip-${address.replaceAll('.', '-')}.${domain}`;
}

/** The region part of a zone id: `us-east-1` is `use1`, `ap-southeast-2` is `apse2`. */
function shortRegion(region: string): string {
  const directions: Readonly<Record<string, string>> = {
    northeast: 'ne',
    northwest: 'nw',
    southeast: 'se',
    southwest: 'sw',
  };
  const [area = '', ...rest] = region.split('-');
  return area + rest.map((part) => directions[part] ?? part.slice(0, 1)).join('');
}

interface CidrBlock {
  /** The first address as a number. */
  readonly base: number;
  readonly prefix: number;
}

function parseCidr(text: string): CidrBlock {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text);
  assert(match !== null, `${text} is an IPv4 block`);
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number);
  return { base: ((a * 256 + b) * 256 + c) * 256 + d, prefix };
}

const formatAddress = (value: number): string =>
  [value / 2 ** 24, value / 2 ** 16, value / 2 ** 8, value].map((part) => Math.floor(part) % 256).join('.');

const usableAddressCount = (cidrBlock: string): number =>
  2 ** (32 - parseCidr(cidrBlock).prefix) - RESERVED_AT_START_COUNT - RESERVED_AT_END_COUNT;

import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/** AWS's default VPC range first, then ranges that engines and home routers seldom take. */
const CANDIDATES = [
  '172.31.0.0/16',
  ...Array.from({ length: 40 }, (_, index) => `10.${index + 200}.0.0/16`),
] as const;

/** The first candidate that overlaps no address range of this machine, so that two installations never share one. */
export function chooseVpcRange(used: readonly string[] = usedRanges()): string {
  const free = CANDIDATES.find((candidate) => used.every((range) => !overlaps(candidate, range)));
  return free ?? CANDIDATES[0];
}

/** The ranges of this machine's own interfaces. */
function usedRanges(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((address) => address.family === 'IPv4' && address.cidr !== null)
    .map((address) => address.cidr ?? '');
}

function overlaps(left: string, right: string): boolean {
  const [leftAddress, leftBits] = ipaddr.IPv4.parseCIDR(left);
  const [rightAddress, rightBits] = ipaddr.IPv4.parseCIDR(right);
  return leftAddress.match(rightAddress, Math.min(leftBits, rightBits));
}

/** An IPv4 range as its first and last address, both as unsigned numbers. */
export interface Ipv4Range {
  readonly first: number;
  readonly last: number;
}

/** Reads `172.31.0.1/20`; undefined when it is none. */
export function ipv4Range(cidr: string): Ipv4Range | undefined {
  const [, address = '', prefix = ''] = /^((?:\d{1,3}\.){3}\d{1,3})\/(\d{1,2})$/.exec(cidr) ?? [];
  const parts = address.split('.').map(Number);
  const bits = Number(prefix);
  if (address === '' || bits > 32 || parts.some((part) => part > 255)) return undefined;
  const value = parts.reduce((sum, part) => sum * 256 + part, 0);
  const size = 2 ** (32 - bits);
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1 };
}

/** Whether two ranges share an address. */
export function isOverlapping(left: Ipv4Range, right: Ipv4Range): boolean {
  return left.first <= right.last && right.first <= left.last;
}

/** The range of `172.31.0.1/20` as the packet filter writes it: `172.31.0.0/20`. */
export function networkCidr(cidr: string): string | undefined {
  const range = ipv4Range(cidr);
  if (range === undefined) return undefined;
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(range.first / 2 ** shift) % 256);
  return `${octets.join('.')}/${cidr.split('/')[1]}`;
}

import ipaddr from 'ipaddr.js';
import { arnMatcherOf } from './arn-pattern.ts';
import { type Codes, codesOf, type Matcher, matcherOf } from './pattern.ts';
import { type Wanted, wantedOf } from './template.ts';

/** A condition operator without its prefix, its `IfExists` and its `Not`. */
export interface Operator {
  /** Reads one value of the policy. `variables`: whether `${…}` is a variable there. */
  readonly read: (text: string, variables: boolean) => Wanted;
  /** `StringNotEquals` and the like: met when no value of the policy matches. */
  readonly isNegated: boolean;
}

const fixed =
  (make: (text: string) => Matcher) =>
  (text: string): Wanted => {
    const matcher = make(text);
    return () => matcher;
  };

const pattern =
  (wildcards: boolean, toMatcher: (codes: Codes) => Matcher) =>
  (text: string, variables: boolean): Wanted =>
    wantedOf(text, { wildcards, variables }, toMatcher);

const lowerCased = (codes: Codes): Codes =>
  codesOf(
    codes
      .map((code) => String.fromCharCode(code))
      .join('')
      .toLowerCase(),
    { wildcards: false },
  );

const ignoringCase = (codes: Codes): Matcher => {
  const matcher = matcherOf(lowerCased(codes));
  return (value) => matcher(value.toLowerCase());
};

type Compare = (value: number, wanted: number) => boolean;

/** Compares what `read` makes of both sides; text that it cannot read is met by nothing. */
const ordered =
  (read: (text: string) => number, compare: Compare) =>
  (text: string): Matcher => {
    const wanted = read(text);
    return (value) => compare(read(value), wanted);
  };

const numberOf = (text: string): number => (/^\s*$/.test(text) ? Number.NaN : Number(text));

/** ISO 8601, or seconds since 1970 as `aws:EpochTime` has them. */
const secondsOf = (text: string): number =>
  /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Date.parse(text) / 1000;

const bool = (text: string): Matcher => {
  const wanted = text.toLowerCase();
  return (value) => value.toLowerCase() === wanted;
};

/** A range without a mask is one address. Text that is no address is in no range. */
function ipAddress(text: string): Matcher {
  const range = rangeOf(text);
  if (range === undefined) return () => false;
  const [network, bits] = range;
  return (value) => {
    if (!ipaddr.isValid(value)) return false;
    const address = ipaddr.process(value);
    return address.kind() === network.kind() && address.match(network, bits);
  };
}

function rangeOf(text: string): readonly [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (!ipaddr.isValid(text)) return undefined;
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

type Read = Operator['read'];

const comparisons = (read: (text: string) => number): Readonly<Record<string, Read>> => ({
  Equals: fixed(ordered(read, (value, wanted) => value === wanted)),
  LessThan: fixed(ordered(read, (value, wanted) => value < wanted)),
  LessThanEquals: fixed(ordered(read, (value, wanted) => value <= wanted)),
  GreaterThan: fixed(ordered(read, (value, wanted) => value > wanted)),
  GreaterThanEquals: fixed(ordered(read, (value, wanted) => value >= wanted)),
});

const prefixed = (
  prefix: string,
  reads: Readonly<Record<string, Read>>,
): readonly (readonly [string, Read])[] =>
  Object.entries(reads).map(([name, read]) => [`${prefix}${name}`, read]);

const exact: Read = pattern(false, matcherOf);

const POSITIVE: readonly (readonly [string, Read])[] = [
  ['StringEquals', exact],
  ['StringEqualsIgnoreCase', pattern(false, ignoringCase)],
  ['StringLike', pattern(true, matcherOf)],
  ...prefixed('Numeric', comparisons(numberOf)),
  ...prefixed('Date', comparisons(secondsOf)),
  ['Bool', fixed(bool)],
  ['BinaryEquals', fixed((text) => (value) => value === text)],
  ['IpAddress', fixed(ipAddress)],
  // Both are documented to behave alike.
  ['ArnEquals', pattern(true, arnMatcherOf)],
  ['ArnLike', pattern(true, arnMatcherOf)],
];

const NEGATED: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
  NotIpAddress: 'IpAddress',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
};

const positive: ReadonlyMap<string, Operator> = new Map(
  POSITIVE.map(([name, read]) => [name, { read, isNegated: false }]),
);

/** Every condition operator but `Null`, by its name. (AUTH-10) */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ...positive,
  ...Object.entries(NEGATED).flatMap(([name, of]) => {
    const operator = positive.get(of);
    return operator === undefined ? [] : [[name, { ...operator, isNegated: true }] as const];
  }),
]);

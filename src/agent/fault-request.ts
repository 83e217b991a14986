import { isIP } from 'node:net';
import type { NetworkFault } from '../domain/network-fault.ts';

/** What kind of fault a request is about. */
export type FaultKind = NetworkFault['kind'];

type Body = Readonly<Record<string, unknown>>;

const PORT_MAX = 65_535;

/** The fault that a request asks for, or the text of what is wrong with it. (FLT-2) */
export function readFault(kind: FaultKind, body: Body | undefined, isNeeded: boolean): NetworkFault | string {
  if (!isNeeded) return emptyFault(kind);
  if (body === undefined) return 'required request body is missing';
  for (const read of [missing(REQUIRED[kind], body), ...Object.entries(body).map(wrongValue)]) {
    if (read !== undefined) return read;
  }
  const exempt = texts(body['SourcesToFilter']);
  const toward = texts(body['Sources']);
  switch (kind) {
    case 'blackhole-port':
      return {
        kind,
        port: Number(body['Port']),
        protocol: body['Protocol'] === 'udp' ? 'udp' : 'tcp',
        direction: body['TrafficType'] === 'egress' ? 'egress' : 'ingress',
        exempt,
      };
    case 'latency':
      return {
        kind,
        delayMs: Number(body['DelayMilliseconds']),
        jitterMs: Number(body['JitterMilliseconds']),
        toward,
        exempt,
      };
    case 'packet-loss':
      return { kind, lossPercent: Number(body['LossPercent']), toward, exempt };
  }
}

const REQUIRED: Readonly<Record<FaultKind, readonly string[]>> = {
  'blackhole-port': ['Port', 'Protocol', 'TrafficType'],
  latency: ['DelayMilliseconds', 'JitterMilliseconds', 'Sources'],
  'packet-loss': ['LossPercent', 'Sources'],
};

function missing(names: readonly string[], body: Body): string | undefined {
  const name = names.find((each) => isEmpty(body[each]));
  return name && `required parameter ${name} is missing`;
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

/** A whole week: what no test of an application waits for. */
const DELAY_MAX_MS = 7 * 86_400_000;

const VALUES: Readonly<Record<string, (value: unknown) => boolean>> = {
  Port: (value) => isWhole(value, 1, PORT_MAX),
  Protocol: (value) => value === 'tcp' || value === 'udp',
  TrafficType: (value) => value === 'ingress' || value === 'egress',
  DelayMilliseconds: (value) => isWhole(value, 0, DELAY_MAX_MS),
  JitterMilliseconds: (value) => isWhole(value, 0, DELAY_MAX_MS),
  LossPercent: (value) => isWhole(value, 1, 100),
  // A part of the flows only is not to be had: said, instead of all of them being hit.
  FlowsPercent: (value) => value === 100,
};

function wrongValue([name, value]: readonly [string, unknown]): string | undefined {
  if (isEmpty(value)) return undefined;
  if (name === 'Sources' || name === 'SourcesToFilter') {
    const list = Array.isArray(value) ? value : [value];
    const wrong = list.find((entry) => typeof entry !== 'string' || !isAddress(entry));
    return wrong === undefined ? undefined : `invalid value ${String(wrong)} for parameter ${name}`;
  }
  return (VALUES[name]?.(value) ?? true) ? undefined : `invalid value ${String(value)} for parameter ${name}`;
}

/** An address, or a block of them. */
function isAddress(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];

/** For calls that only name the kind: what there is of it in the task's network. */
function emptyFault(kind: FaultKind): NetworkFault {
  if (kind === 'latency') return { kind, delayMs: 0, jitterMs: 0, toward: [], exempt: [] };
  if (kind === 'packet-loss') return { kind, lossPercent: 0, toward: [], exempt: [] };
  return { kind, port: 0, protocol: 'tcp', direction: 'ingress', exempt: [] };
}

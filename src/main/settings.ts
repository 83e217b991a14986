import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { readDurationMs } from '../lib/duration.ts';
import { UsageError } from './usage-error.ts';

/** Everything a control plane is told at its start. Read once, passed as a value. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly region: string;
  /** 12 digits. */
  readonly accountId: string;
  readonly auth: 'on' | 'off';
  readonly runtime: 'docker' | 'simulated';
  /** How long each step of a simulated task lasts: set-up, images, taking away. 0 is at once. (TST-2) */
  readonly paceMs: number;
  /** `memory` keeps everything in this process and nothing after it: for test suites. */
  readonly storage: 'files' | 'memory';
  /** Whether `POST /_gantry/reset` clears all state. */
  readonly isResetAllowed: boolean;
  /** How long a task without health check must run before it counts as healthy (DEP rules); AWS: 40 s. Simulated: 0. */
  readonly healthyAfterRunningSeconds: number;
  /** A folder of this machine that holds the file systems of EFS; absent: its agent has none. (VOL-5) */
  readonly efsDirectory?: string | undefined;
  /** Where every event is sent, in order; absent: nowhere. It may hold a secret. (EVT-7) */
  readonly eventWebhookUrl?: string | undefined;
  /** Where the plugin finds the data channels of ECS Exec; absent: at our own address. (EXE-6) */
  readonly execStreamUrl?: string | undefined;
  /** How long a client of ECS Exec that lost its connection may come back. (EXE-42) */
  readonly execResumeMs: number;
  /** Where the same is served over TLS as well; absent: nowhere. (PRG-12) */
  readonly tls?: TlsSettings | undefined;
  /** The file with the keys of OIDC issuers; without one issuers are asked. */
  readonly oidcKeysFile: string | undefined;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** How TLS is served. */
export interface TlsSettings {
  readonly host: string;
  readonly port: number;
  /** Further names in the certificate that we make ourselves. */
  readonly names: readonly string[];
  /** A certificate of the user's, PEM files; absent: we make one. */
  readonly files?: { readonly cert: string; readonly key: string } | undefined;
}

/** The options as the command line gives them: text, or absent. */
export interface RawSettings {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly region?: string | undefined;
  readonly account?: string | undefined;
  readonly auth?: string | undefined;
  readonly runtime?: string | undefined;
  readonly pace?: string | undefined;
  readonly allowReset?: boolean | undefined;
  readonly healthyAfter?: string | undefined;
  readonly efsDirectory?: string | undefined;
  readonly eventWebhook?: string | undefined;
  readonly execStreamUrl?: string | undefined;
  readonly execResume?: string | undefined;
  readonly oidcKeys?: string | undefined;
  readonly tlsPort?: string | undefined;
  readonly tlsHost?: string | undefined;
  readonly tlsName?: readonly string[] | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly logLevel?: string | undefined;
}

/** Where the control plane listens when nothing else is said. */
export const DEFAULT_PORT = 7070;
/** The region of ARNs when nothing else is said. */
export const DEFAULT_REGION = 'us-east-1';
/** The account of a new installation when nothing else is said. */
export const DEFAULT_ACCOUNT_ID = '000000000000';

/** Where state lives when nothing else is said. */
export const defaultDataDir = (): string => join(homedir(), '.gantry');

/** Checks the options and fills in defaults. Throws `UsageError` with what to write instead. */
export function readSettings(raw: RawSettings): Settings {
  const host = raw.host ?? '127.0.0.1';
  const auth = oneOf('--auth', raw.auth ?? 'on', ['on', 'off']);
  const runtime = oneOf('--runtime', raw.runtime ?? 'docker', ['docker', 'simulated']);
  if (raw.pace !== undefined && runtime !== 'simulated') {
    throw new UsageError('--pace is for --runtime simulated: real containers take the time they take.');
  }
  checkOpenDoor(auth, host);
  return {
    host,
    port: wholeNumber('--port', raw.port ?? String(DEFAULT_PORT), { least: 1, most: 65_535 }),
    dataDir: resolve(raw.dataDir ?? defaultDataDir()),
    region: matching(
      '--region',
      raw.region ?? DEFAULT_REGION,
      /^[a-z]{2}(-[a-z]+)+-\d$/,
      'a region such as eu-west-1',
    ),
    accountId: matching('--account', raw.account ?? DEFAULT_ACCOUNT_ID, /^\d{12}$/, '12 digits'),
    auth,
    runtime,
    paceMs: readPace(raw.pace),
    storage: 'files',
    isResetAllowed: raw.allowReset ?? false,
    healthyAfterRunningSeconds: wholeNumber(
      '--healthy-after',
      raw.healthyAfter ?? (runtime === 'simulated' ? '0' : '40'),
      { least: 0, most: 3600 },
    ),
    efsDirectory: raw.efsDirectory === undefined ? undefined : resolve(raw.efsDirectory),
    eventWebhookUrl: readWebhook(raw.eventWebhook),
    execStreamUrl: readStreamUrl(raw.execStreamUrl),
    execResumeMs: readResume(raw.execResume),
    tls: readTls(raw, { host, auth }),
    oidcKeysFile: raw.oidcKeys,
    logLevel: oneOf('--log-level', raw.logLevel ?? 'info', ['debug', 'info', 'warn', 'error', 'silent']),
  };
}

function checkOpenDoor(auth: Settings['auth'], host: string): void {
  if (auth === 'on' || isLoopback(host)) return;
  throw new UsageError(
    `--auth off accepts anybody, so it is allowed on a loopback address only, not on ${host}.`,
  );
}

const DNS_NAME = /^[A-Za-z0-9*]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

function readTls(
  raw: RawSettings,
  plain: { readonly host: string; readonly auth: Settings['auth'] },
): TlsSettings | undefined {
  const { tlsPort, tlsHost, tlsName = [], tlsCert, tlsKey } = raw;
  if (tlsPort === undefined) {
    if (tlsHost !== undefined || tlsName.length > 0 || tlsCert !== undefined || tlsKey !== undefined)
      throw new UsageError('--tls-host, --tls-name, --tls-cert and --tls-key need --tls-port.');
    return undefined;
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new UsageError('--tls-cert and --tls-key belong together.');
  const host = tlsHost ?? plain.host;
  checkOpenDoor(plain.auth, host);
  for (const name of tlsName) {
    if (!DNS_NAME.test(name) && !isIP(name))
      throw new UsageError(`--tls-name takes a DNS name or an IP address, not "${name}".`);
  }
  const port = wholeNumber('--tls-port', tlsPort, { least: 1, most: 65_535 });
  const files = tlsCert === undefined || tlsKey === undefined ? undefined : { cert: tlsCert, key: tlsKey };
  return { host, port, names: tlsName, files };
}

/** True for addresses that only this machine reaches. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);

/** Reads a whole number within its bounds, both inclusive. */
export function wholeNumber(
  option: string,
  text: string,
  bounds: { readonly least: number; readonly most: number },
): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < bounds.least || value > bounds.most) {
    throw new UsageError(
      `${option} takes a whole number from ${bounds.least} to ${bounds.most}, not "${text}".`,
    );
  }
  return value;
}

/** Reads `--pace`: `0` is at once. Throws `UsageError` with what to write instead. */
export function readPace(text = '0'): number {
  const ms = readDurationMs(text);
  if (ms === undefined)
    throw new UsageError(`--pace takes 0 or a duration such as 500ms or 2s, not "${text}".`);
  return ms;
}

/** Reads `--event-webhook`. Throws `UsageError`, without the URL, which may hold a secret. */
function readWebhook(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new UsageError('--event-webhook takes an http:// or https:// URL.');
  // Nobody would be asked for a password, and a request with one in its URL cannot be sent.
  if (url.username !== '' || url.password !== '')
    throw new UsageError('--event-webhook takes a URL without a user name and password.');
  return url.href;
}

/** Reads `--exec-stream-url`. Throws `UsageError` with what to write instead. */
function readStreamUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url?.protocol !== 'ws:' && url?.protocol !== 'wss:') {
    throw new UsageError('--exec-stream-url takes a ws:// or wss:// URL, such as wss://exec.example.com.');
  }
  return url.href.replace(/\/$/, '');
}

/** Reads `--exec-resume`. Throws `UsageError` with what to write instead. */
function readResume(text = '30s'): number {
  const ms = readDurationMs(text);
  if (ms === undefined) throw new UsageError(`--exec-resume takes a duration such as 30s, not "${text}".`);
  return ms;
}

/** Reads one of a few words. */
export function oneOf<Word extends string>(option: string, text: string, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw new UsageError(`${option} takes ${words.join(' or ')}, not "${text}".`);
  return word;
}

function matching(option: string, text: string, pattern: RegExp, wanted: string): string {
  if (!pattern.test(text)) throw new UsageError(`${option} takes ${wanted}, not "${text}".`);
  return text;
}

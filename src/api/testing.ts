import { rootCaller } from '../core/identity/root-caller.ts';
import { clusterArn } from '../domain/arn.ts';
import type { Caller } from '../domain/caller.ts';
import type { Cluster } from '../domain/cluster.ts';
import type { User } from '../domain/identity.ts';
import { type Clock, type Instant, instant } from '../lib/clock.ts';
import type { Installation } from '../lib/config.ts';
import type { Ids } from '../lib/ids.ts';
import { silentLog } from '../lib/log.ts';
import type { Vault } from '../lib/vault.ts';
import { clusters, users } from '../records/collections.ts';
import { bootstrapNetwork } from '../records/network.ts';
import { memoryStore } from '../store/memory-store.ts';
import type { Context } from './operation.ts';

/** A clock that stands still until it is told to advance. Callbacks that became due run inside `advance`, in order. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

/** The context of a test: everything real, on a store in memory. */
export interface TestContext extends Context {
  readonly clock: TestClock;
}

/** 2026-01-15T12:00:00Z: where the clock of a test context stands at first. */
export const TEST_START: Instant = instant(1_768_478_400_000);

const INSTALLATION: Installation = {
  accountId: '123456789012',
  region: 'us-east-1',
  endpointUrl: 'http://127.0.0.1:7070',
};

const ROOT = rootCaller(INSTALLATION.accountId, 'AKIAAAAAAAAAAAAAAAAA');

/**
 * A context on a new store in memory, with frozen rows, a clock that stands still, ids that count, the default
 * network (172.31.0.0/16), the root caller and no cluster. Any member can be replaced.
 */
export async function aContext(overrides: Partial<Context> = {}): Promise<TestContext> {
  const { clock = testClock(), ...others } = overrides;
  const context: TestContext = {
    store: others.store ?? (await memoryStore()),
    ids: countingIds(),
    log: silentLog,
    installation: INSTALLATION,
    caller: ROOT,
    requestId: '00000000-0000-4000-8000-000000000000',
    ...others,
    clock: 'advance' in clock ? (clock as TestClock) : { advance: () => {}, ...clock },
  };
  const { ids, installation } = context;
  await context.store.write((tx) => {
    bootstrapNetwork(tx, { cidrBlock: '172.31.0.0/16', region: installation.region, ids });
  });
  return context;
}

/** Stores an ACTIVE cluster and answers its row. */
export function aCluster(context: Context, overrides: Partial<Cluster> = {}): Promise<Cluster> {
  const clusterName = overrides.clusterName ?? 'default';
  const row: Cluster = {
    clusterArn: clusterArn(context.installation, clusterName),
    clusterName,
    status: 'ACTIVE',
    createdAt: context.clock.now(),
    settings: [{ name: 'containerInsights', value: 'disabled' }],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
    tags: [],
    ...overrides,
  };
  return context.store.write((tx) => {
    tx.put(clusters, row);
    return row;
  });
}

/** For tests: a caller who is the user ann. */
export const ANN: Caller = {
  kind: 'user',
  accountId: INSTALLATION.accountId,
  arn: `arn:aws:iam::${INSTALLATION.accountId}:user/ann`,
  userId: 'AIDAANN',
  accessKeyId: 'AKIAANN',
};

/** For tests: stores the user ann, whose one policy has these statements, or replaces her. */
export const storeAnn = (
  context: Context,
  statements: readonly object[],
  more: Partial<User> = {},
): Promise<void> =>
  context.store.write((tx) =>
    tx.put(users, {
      userName: 'ann',
      userId: ANN.userId,
      arn: ANN.arn,
      path: '/',
      createdAt: context.clock.now(),
      inlinePolicies: { own: JSON.stringify({ Version: '2012-10-17', Statement: statements }) },
      attachedPolicyArns: [],
      tags: [],
      ...more,
    }),
  );

/** Ids that count up, so that a test can name them and each is new. */
export function countingIds(): Ids {
  let count = 0;
  const next = (radix: number): string => {
    count += 1;
    return count.toString(radix);
  };
  return {
    hex: (length) => next(16).padStart(length, '0'),
    digits: (length) => `1${next(10).padStart(length - 1, '0')}`,
    uuid: () => `00000000-0000-4000-8000-${next(16).padStart(12, '0')}`,
    base32: (length) =>
      [...next(26)]
        .map((digit) => BASE_26[Number.parseInt(digit, 26)])
        .join('')
        .padStart(length, 'A'),
    secret: (length) => `secret${next(36)}`.padEnd(length, '_'),
  };
}

const BASE_26 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A clock that starts at `start` and moves by `advance` alone. */
export function testClock(start: Instant = TEST_START): TestClock {
  let now: number = start;
  const waiting = new Map<object, { at: number; callback: () => void }>();
  const due = (until: number) =>
    [...waiting].filter(([, entry]) => entry.at <= until).sort(([, one], [, other]) => one.at - other.at)[0];
  return {
    now: () => instant(now),
    schedule: (at, callback) => {
      const key = {};
      waiting.set(key, { at, callback });
      return () => void waiting.delete(key);
    },
    advance: (ms) => {
      const until = now + ms;
      for (let first = due(until); first !== undefined; first = due(until)) {
        const [key, { at, callback }] = first;
        waiting.delete(key);
        now = Math.max(now, at);
        callback();
      }
      now = until;
    },
  };
}

/** A vault that hides nothing, for tests of what is stored under which name. It refuses another context as a real one does. */
export function memoryVault(): Vault {
  const values = new Map<string, { readonly value: Uint8Array; readonly context: string }>();
  return {
    seal: (value, context) => {
      const sealed = `sealed-${values.size + 1}`;
      values.set(sealed, { value, context });
      return sealed;
    },
    open: (sealed, context) => {
      const found = values.get(sealed);
      if (found === undefined || found.context !== context) throw new Error('sealed for another context');
      return found.value;
    },
  };
}

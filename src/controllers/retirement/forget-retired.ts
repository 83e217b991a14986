import type { Cluster } from '../../domain/cluster.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { AccessKey } from '../../domain/identity.ts';
import { type Clock, type Instant, laterTurn, plusMs } from '../../lib/clock.ts';
import {
  accessKeys,
  clusters,
  containerInstances,
  type IdempotencyToken,
  idempotencyTokens,
} from '../../records/collections.ts';
import { hasLeavingDaemonDefinitions, settleDaemonDefinitions } from '../../records/daemon-definitions.ts';
import { forgetRetiredDaemons, hasRetiredDaemons } from '../../records/daemons.ts';
import { isForgottenKey } from '../../records/identity.ts';
import { forgetOldDeployments, servicesWithOldDeployments } from '../../records/service-deployments.ts';
import type { Collection, Store } from '../../store/store.ts';

/** How long an INACTIVE cluster stays describable. AWS says "for a period". (RET-1) */
export const INACTIVE_CLUSTER_LIFE_MS = 24 * 60 * 60 * 1000;
/** How long a deregistered host stays describable. (RET-2) */
export const INACTIVE_INSTANCE_LIFE_MS = 60 * 60 * 1000;

/** How many rows one step looks at, so that a sweep never holds the store for long. */
const PAGE_COUNT = 500;

/** Forgets clusters, hosts, deployments of services, client tokens and expired keys that have had their time. Safe to run at any time, any number of times. */
export async function forgetRetired(store: Store, clock: Clock): Promise<void> {
  const now = clock.now();
  const where = { store, clock };
  await forget<Cluster, never>(
    where,
    clusters,
    ({ status, inactiveAt }) => status === 'INACTIVE' && isOver(inactiveAt, INACTIVE_CLUSTER_LIFE_MS, now),
  );
  await forget<ContainerInstance, 'cluster' | 'pool'>(
    where,
    containerInstances,
    ({ status, deregisteredAt }) =>
      status === 'INACTIVE' && isOver(deregisteredAt, INACTIVE_INSTANCE_LIFE_MS, now),
  );
  if (store.read((tx) => hasRetiredDaemons(tx, now)))
    await store.write((tx) => forgetRetiredDaemons(tx, now));
  if (store.read(hasLeavingDaemonDefinitions)) await store.write((tx) => settleDaemonDefinitions(tx, now));
  for (const serviceArn of store.read((tx) => servicesWithOldDeployments(tx, now)))
    await store.write((tx) => forgetOldDeployments(tx, serviceArn, now));
  await forget<IdempotencyToken, never>(where, idempotencyTokens, ({ expiresAt }) => expiresAt <= now);
  await forget<AccessKey, 'owner'>(where, accessKeys, (key) => isForgottenKey(key, now));
}

/** A row without the instant is as old as can be. */
const isOver = (since: Instant | undefined, lifeMs: number, now: Instant): boolean =>
  since === undefined || plusMs(since, lifeMs) <= now;

async function forget<Row, Index extends string>(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  collection: Collection<Row, Index>,
  isRetired: (row: Row) => boolean,
): Promise<void> {
  let after: string | undefined;
  do {
    const page = store.read((tx) => tx.all(collection, { after, limit: PAGE_COUNT }));
    const keys = page.filter(isRetired).map(collection.key);
    if (keys.length > 0) {
      await store.write((tx) => {
        for (const key of keys) {
          const row = tx.get(collection, key);
          // What came back to life since the read stays.
          if (row !== undefined && isRetired(row)) tx.delete(collection, key);
        }
      });
    }
    const last = page.at(-1);
    after = page.length < PAGE_COUNT || last === undefined ? undefined : collection.key(last);
    // Also where nothing is to be forgotten: there may be a hundred thousand rows.
    if (after !== undefined) await laterTurn(clock);
  } while (after !== undefined);
}

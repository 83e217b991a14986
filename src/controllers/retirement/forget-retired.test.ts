import { describe, expect, test } from 'vitest';
import { aDaemon, aDaemonDeployment } from '../../core/daemon/testing.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { AccessKey } from '../../domain/identity.ts';
import { type Clock, type Instant, instant, plusMs } from '../../lib/clock.ts';
import { accessKeys, clusters, containerInstances, idempotencyTokens } from '../../records/collections.ts';
import { daemonDeployments, daemons } from '../../records/daemons.ts';
import { rememberToken, TOKEN_LIFE_MS } from '../../records/idempotency.ts';
import { memoryStore } from '../../store/memory-store.ts';
import { forgetRetired, INACTIVE_CLUSTER_LIFE_MS, INACTIVE_INSTANCE_LIFE_MS } from './forget-retired.ts';

const NOW = instant(1_000_000);

/** Stands still; how often somebody let others have their turn is counted. */
const clockAt = (now: Instant): Clock & { turnsCount: number } => ({
  turnsCount: 0,
  now: () => now,
  schedule(_at, callback) {
    this.turnsCount += 1;
    queueMicrotask(callback);
    return () => {};
  },
});

describe('forgetRetired', () => {
  test('[RET-1] forgets an INACTIVE cluster after its time, not a millisecond earlier, and never an ACTIVE one', async () => {
    const store = await memoryStore();
    const aCluster = (clusterArn: string, status: Cluster['status']): Cluster =>
      ({ clusterArn, status, inactiveAt: NOW }) as Cluster;
    await store.write((tx) => {
      tx.put(clusters, aCluster('active', 'ACTIVE'));
      tx.put(clusters, aCluster('inactive', 'INACTIVE'));
    });
    const left = () => store.read((tx) => tx.all(clusters).map((row) => row.clusterArn));
    await forgetRetired(store, clockAt(plusMs(NOW, INACTIVE_CLUSTER_LIFE_MS - 1)));
    expect(left()).toEqual(['active', 'inactive']);
    await forgetRetired(store, clockAt(plusMs(NOW, INACTIVE_CLUSTER_LIFE_MS)));
    expect(left()).toEqual(['active']);
  });

  test('[RET-2] forgets a deregistered host after its time', async () => {
    const store = await memoryStore();
    await store.write((tx) => {
      for (const status of ['ACTIVE', 'DRAINING', 'INACTIVE'] as const) {
        const row = {
          containerInstanceArn: status,
          clusterArn: 'c',
          pool: 'CLUSTER',
          status,
          deregisteredAt: NOW,
        };
        tx.put(containerInstances, row as ContainerInstance);
      }
    });
    const left = () => store.read((tx) => tx.all(containerInstances).map((row) => row.containerInstanceArn));
    await forgetRetired(store, clockAt(plusMs(NOW, INACTIVE_INSTANCE_LIFE_MS - 1)));
    expect(left()).toHaveLength(3);
    await forgetRetired(store, clockAt(plusMs(NOW, INACTIVE_INSTANCE_LIFE_MS)));
    expect(left()).toEqual(['ACTIVE', 'DRAINING']);
  });

  test('[MDM-31] forgets deployments of daemons after 90 days, and deleted daemons after an hour', async () => {
    const store = await memoryStore();
    const over = { finishedAt: NOW, status: 'SUCCESSFUL' } as const;
    await store.write((tx) => {
      tx.put(daemons, aDaemon({ deploymentArn: 'newest' }));
      for (const daemonDeploymentArn of ['older', 'newest'])
        tx.put(daemonDeployments, aDaemonDeployment({ ...over, daemonDeploymentArn }));
      tx.put(daemonDeployments, aDaemonDeployment({ daemonDeploymentArn: 'open' }));
      const gone = { daemonArn: 'gone', daemonName: 'gone' };
      tx.put(daemons, aDaemon({ ...gone, status: 'DELETED', deletedAt: NOW }));
      tx.put(daemonDeployments, aDaemonDeployment({ ...gone, ...over, daemonDeploymentArn: 'last' }));
    });
    const left = () =>
      store.read((tx) => [
        ...tx.all(daemons).map(({ daemonName }) => daemonName),
        ...tx.all(daemonDeployments).map((row) => row.daemonDeploymentArn),
      ]);
    await forgetRetired(store, clockAt(plusMs(NOW, 3_599_999)));
    expect(left()).toEqual(['agent', 'gone', 'last', 'newest', 'older', 'open']);
    await forgetRetired(store, clockAt(plusMs(NOW, 3_600_000)));
    expect(left()).toEqual(['agent', 'newest', 'older', 'open']);
    const days = 90 * 24 * 3_600_000;
    await forgetRetired(store, clockAt(plusMs(NOW, days - 1)));
    expect(left()).toEqual(['agent', 'newest', 'older', 'open']);
    await forgetRetired(store, clockAt(plusMs(NOW, days)));
    expect(left()).toEqual(['agent', 'newest', 'open']);
  });

  test('[IDM-1] forgets client tokens that have expired, however many', async () => {
    const store = await memoryStore();
    await store.write((tx) => {
      for (let count = 0; count < 1200; count += 1) {
        const scope = { operation: 'RunTask', clusterArn: 'c', token: `token-${count}` };
        const now = count % 3 === 0 ? plusMs(NOW, 1) : NOW;
        rememberToken(tx, scope, { input: {}, resourceArns: [], now });
      }
    });
    await forgetRetired(store, clockAt(plusMs(NOW, TOKEN_LIFE_MS)));
    expect(store.read((tx) => tx.all(idempotencyTokens).length)).toBe(400);
  });

  test('[IAM-4] forgets keys of sessions that are over, however many, and lets others have their turn', async () => {
    const store = await memoryStore();
    const aKey = (accessKeyId: string, expiresAt?: Instant): AccessKey =>
      ({ accessKeyId, expiresAt, owner: { kind: 'root' } }) as AccessKey;
    await store.write((tx) => {
      tx.put(accessKeys, aKey('for-ever'));
      for (let count = 0; count < 1200; count += 1)
        tx.put(accessKeys, aKey(`key-${count}`, count % 3 === 0 ? plusMs(NOW, 1) : NOW));
    });
    const clock = clockAt(plusMs(NOW, 3_600_000));
    await forgetRetired(store, clock);
    expect(store.read((tx) => tx.all(accessKeys).length)).toBe(401);
    expect(clock.turnsCount).toBe(2);
  });
});

import { NO_RESOURCES } from '../domain/resources.ts';
import type { Collection, WriteTx } from '../store/store.ts';
import { accountSettings } from './account-settings.ts';
import { alarms } from './alarms.ts';
import { ownCapacityProviders } from './capacity-providers.ts';
import {
  accessKeys,
  clusters,
  containerInstances,
  groups,
  idempotencyTokens,
  instanceProfiles,
  managedPolicies,
  openIdConnectProviders,
  roleDeletions,
  roles,
  serviceEvents,
  services,
  taskDefinitionFamilies,
  taskDefinitions,
  tasks,
  users,
} from './collections.ts';
import { daemonDefinitionFamilies, daemonTaskDefinitions } from './daemon-definitions.ts';
import { daemonDeployments, daemonRevisions, daemons } from './daemons.ts';
import {
  blobLinks,
  blobUploads,
  images,
  imageTags,
  manifestTexts,
  registryTokens,
  repositories,
} from './ecr.ts';
import { eventOutbox } from './event-outbox.ts';
import { execSessions } from './exec-sessions.ts';
import { HOST_USER_NAME } from './identity.ts';
import { logGroups, logStreams } from './logs.ts';
import { parameters, parameterVersions } from './parameters.ts';
import { buckets, s3Objects } from './s3.ts';
import { secretWatches } from './secret-watches.ts';
import { secrets, secretVersions } from './secrets.ts';
import { serviceDeployments, serviceRevisions } from './service-deployments.ts';

/**
 * Deletes every row that a user made, directly or by its consequences. What the first start made stays: the account,
 * its root key, the host user, the default network; and the hosts of the pool, which hold nothing afterwards.
 */
export function clearState(tx: WriteTx): void {
  clear(tx, clusters);
  clear(tx, taskDefinitions);
  clear(tx, taskDefinitionFamilies);
  clear(tx, tasks);
  clear(tx, services);
  clear(tx, serviceEvents);
  clear(tx, eventOutbox);
  clear(tx, alarms);
  clear(tx, execSessions);
  clear(tx, serviceDeployments);
  clear(tx, serviceRevisions);
  clear(tx, ownCapacityProviders);
  clear(tx, daemons);
  clear(tx, daemonRevisions);
  clear(tx, daemonDeployments);
  clear(tx, daemonTaskDefinitions);
  clear(tx, daemonDefinitionFamilies);
  clear(tx, idempotencyTokens);
  clear(tx, accountSettings);
  clear(tx, roles);
  clear(tx, groups);
  clear(tx, instanceProfiles);
  clear(tx, managedPolicies);
  clear(tx, openIdConnectProviders);
  clear(tx, roleDeletions);
  clear(tx, repositories);
  clear(tx, images);
  clear(tx, imageTags);
  clear(tx, manifestTexts);
  clear(tx, blobLinks);
  clear(tx, blobUploads);
  clear(tx, registryTokens);
  clear(tx, logGroups);
  clear(tx, logStreams);
  clear(tx, buckets);
  clear(tx, s3Objects);
  clear(tx, secrets);
  clear(tx, secretWatches);
  clear(tx, secretVersions);
  clear(tx, parameters);
  clear(tx, parameterVersions);
  clear(tx, users, (user) => user.userName === HOST_USER_NAME);
  clear(tx, accessKeys, ({ owner, expiresAt }) => {
    const isOfFirstStart =
      owner.kind === 'root' || (owner.kind === 'user' && owner.userName === HOST_USER_NAME);
    return isOfFirstStart && expiresAt === undefined;
  });
  clear(tx, containerInstances, (instance) => instance.pool === 'FARGATE');
  for (const instance of tx.all(containerInstances))
    tx.put(containerInstances, { ...instance, reserved: NO_RESOURCES });
}

function clear<Row, Index extends string>(
  tx: WriteTx,
  collection: Collection<Row, Index>,
  isKept: (row: Row) => boolean = () => false,
): void {
  for (const row of tx.all(collection)) {
    if (!isKept(row)) tx.delete(collection, collection.key(row));
  }
}

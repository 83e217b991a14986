import { taskTags } from '../core/task/task-tags.ts';
import type { Scope } from '../domain/arn.ts';
import type { Daemon } from '../domain/daemon.ts';
import type { ReadTx } from '../store/store.ts';
import { providerOfHost } from './capacity-providers.ts';
import { clusters, containerInstances } from './collections.ts';
import { findDaemonDefinition } from './daemon-definitions.ts';
import { daemonRevisions } from './daemons.ts';
import type { LaunchRequest } from './launch-task.ts';

/** The launch of a task of a daemon's target revision on a host; undefined when something of it is gone. (MDM-16) */
export function daemonLaunchRequest(
  tx: ReadTx,
  {
    installation,
    daemon,
    instanceArn,
  }: { readonly installation: Scope; readonly daemon: Daemon; readonly instanceArn: string },
): LaunchRequest | undefined {
  const revision = tx.get(daemonRevisions, daemon.targetRevisionArn);
  const definition = findDaemonDefinition(tx, installation, revision?.daemonTaskDefinitionArn ?? '');
  const host = tx.get(containerInstances, instanceArn);
  const cluster = tx.get(clusters, daemon.clusterArn);
  if (revision === undefined || definition === undefined || host === undefined || cluster === undefined)
    return undefined;
  const { daemonTaskDefinitionArn: taskDefinitionArn, family, document } = definition;
  return {
    cluster,
    definition: {
      taskDefinitionArn,
      family,
      revision: definition.revision,
      status: 'ACTIVE',
      document,
      tags: [],
    },
    count: 1,
    capacity: { launchType: host.launchType, capacityProviderName: providerOfHost(host) },
    group: `daemon:${daemon.daemonName}`,
    startedBy: `daemon/${daemon.daemonName}`,
    daemon: { daemonArn: daemon.daemonArn, revisionArn: revision.daemonRevisionArn },
    hostArn: host.containerInstanceArn,
    tags: taskTags({
      own: [],
      propagate: revision.propagateTags === 'DAEMON' ? 'SERVICE' : 'NONE',
      definitionTags: [],
      serviceTags: daemon.tags,
      hasManagedTags: revision.enableEcsManagedTags,
      clusterName: daemon.clusterName,
    }),
    enableExecuteCommand: revision.enableExecuteCommand,
  };
}

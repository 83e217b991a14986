import type { PlacementRefusal } from '../../core/placement/placement-view.ts';
import { taskTags } from '../../core/task/task-tags.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Daemon, DaemonRevision } from '../../domain/daemon.ts';
import { providerOfHost } from '../../records/capacity-providers.ts';
import { clusters, containerInstances } from '../../records/collections.ts';
import { findDaemonDefinition } from '../../records/daemon-definitions.ts';
import { daemonRevisions } from '../../records/daemons.ts';
import { type LaunchRequest, launchTasks } from '../../records/launch-task.ts';
import type { ReadTx } from '../../store/store.ts';
import { roleError } from '../role-error.ts';
import type { DaemonApplyDeps } from './daemon-scheduler-deps.ts';

/** Starts a task of the daemon's target revision on a host; answers why not when it cannot be made. (MDM-20, MDM-25) */
export function launchDaemonTask(
  deps: DaemonApplyDeps,
  daemon: Daemon,
  instanceArn: string,
): string | undefined {
  const { tx, installation } = deps;
  const host = tx.get(containerInstances, instanceArn);
  const revision = tx.get(daemonRevisions, daemon.targetRevisionArn);
  if (host === undefined || revision === undefined) return undefined;
  const request = daemonLaunchRequest(tx, { installation, daemon, revision, host });
  if (request === undefined) return 'Daemon task definition not found.';
  const error = roleError(deps, request.definition);
  if (error !== undefined) return error;
  const outcome = launchTasks({ ...deps, scope: installation }, request);
  const [refusal] = outcome.refusals;
  if (refusal !== undefined) return refusalReason(refusal);
  for (const { taskArn } of outcome.tasks)
    deps.log.info('daemon.task-started', { daemonArn: daemon.daemonArn, taskArn, instanceArn });
  return undefined;
}

/** The launch of a daemon's task on a host; undefined when its definition is gone. */
export function daemonLaunchRequest(
  tx: ReadTx,
  {
    installation,
    daemon,
    revision,
    host,
  }: {
    readonly installation: DaemonApplyDeps['installation'];
    readonly daemon: Daemon;
    readonly revision: DaemonRevision;
    readonly host: ContainerInstance;
  },
): LaunchRequest | undefined {
  const definition = findDaemonDefinition(tx, installation, revision.daemonTaskDefinitionArn);
  const cluster = tx.get(clusters, daemon.clusterArn);
  if (definition === undefined || cluster === undefined) return undefined;
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

const LACKS: Readonly<Partial<Record<PlacementRefusal['reason'], string>>> = {
  'RESOURCE:CPU': 'insufficient CPU',
  'RESOURCE:MEMORY': 'insufficient memory',
};

/** As the service writes it in events. (MDM-32) */
const refusalReason = ({ reason, missing }: PlacementRefusal): string =>
  `${reason} - Unable to place daemon task on container instance: ${LACKS[reason] ?? missing ?? reason}`;

import { type DaemonPlace, isReady } from '../core/daemon/daemon-view.ts';
import { type HealthCheck, worstCheck } from '../core/instance/health.ts';
import { plusResources } from '../core/placement/resource-sums.ts';
import { taskSize } from '../core/task/task-size.ts';
import { parseArn } from '../domain/arn.ts';
import type { ContainerInstance } from '../domain/container-instance.ts';
import type { Daemon, DaemonRevision } from '../domain/daemon.ts';
import { NO_RESOURCES, type Resources } from '../domain/resources.ts';
import type { Instant } from '../lib/clock.ts';
import type { ReadTx } from '../store/store.ts';
import { providerOfHost } from './capacity-providers.ts';
import { containerInstances, tasks } from './collections.ts';
import { findDaemonDefinition } from './daemon-definitions.ts';
import { daemonRevisions, daemons } from './daemons.ts';
import { tasksOfInstance } from './tasks.ts';

/** Hosts of the providers of a revision that are not INACTIVE. */
export const hostsOfRevision = (
  tx: ReadTx,
  { clusterArn, capacityProviderNames }: DaemonRevision,
): readonly ContainerInstance[] =>
  tx
    .find(containerInstances, 'cluster', clusterArn)
    .filter((host) => capacityProviderNames.includes(providerOfHost(host) ?? ''));

/** The hosts of a daemon as its scheduler sees them. (MDM-20, MDM-21) */
export function daemonPlacesOf(tx: ReadTx, { targetRevisionArn }: Daemon): readonly DaemonPlace[] {
  const revision = tx.get(daemonRevisions, targetRevisionArn);
  if (revision === undefined) return [];
  return hostsOfRevision(tx, revision).map((host) => ({
    instanceArn: host.containerInstanceArn,
    state: stateOf(tx, host),
  }));
}

/** On a host that drains, daemons' tasks are the last to go. (MDM-21) */
function stateOf(tx: ReadTx, host: ContainerInstance): DaemonPlace['state'] {
  if (host.status === 'ACTIVE') return host.agentConnected ? 'wanted' : 'held';
  const hasOthers = tasksOfInstance(tx, host.containerInstanceArn).some(
    ({ daemonArn }) => daemonArn === undefined,
  );
  return hasOthers ? 'held' : 'leaving';
}

/** The first critical daemon, if any, whose task is to work on the host before others are placed there. (MDM-22) */
export const awaitedDaemon = (tx: ReadTx, host: ContainerInstance): string | undefined =>
  awaitedDaemons(tx, host.clusterArn)?.(host);

/** The same for many hosts of a cluster, or of the pool. Undefined without daemons: most clusters have none. (MDM-22) */
export const awaitedDaemons = (
  tx: ReadTx,
  clusterArn: string,
): ((host: ContainerInstance) => string | undefined) | undefined =>
  tx.count(daemons, 'cluster', clusterArn) === 0 ? undefined : (host) => firstAwaited(tx, host);

function firstAwaited(tx: ReadTx, host: ContainerInstance): string | undefined {
  const provider = providerOfHost(host);
  if (provider === undefined) return undefined;
  return daemonsOfProvider(tx, { clusterArn: host.clusterArn, name: provider })
    .filter(({ revision }) => revision.critical)
    .find(({ daemon }) => {
      const onHost = tx.find(tasks, 'spread', `${daemon.daemonArn} ${host.containerInstanceArn}`);
      return !onHost.some(isReady);
    })?.daemon.daemonName;
}

/** Daemons that are to run on the hosts of a provider, with their revisions. */
function daemonsOfProvider(
  tx: ReadTx,
  { clusterArn, name }: { readonly clusterArn: string; readonly name: string },
): readonly { readonly daemon: Daemon; readonly revision: DaemonRevision }[] {
  return tx.find(daemons, 'cluster', clusterArn).flatMap((daemon) => {
    const revision = tx.get(daemonRevisions, daemon.targetRevisionArn);
    const isMeant = daemon.status === 'ACTIVE' && revision?.capacityProviderNames.includes(name) === true;
    return isMeant ? [{ daemon, revision }] : [];
  });
}

/**
 * Room that managed daemons are to have on a host of the cluster and have not taken yet: other tasks leave it alone.
 * Undefined in a cluster without daemons. (MDM-30)
 */
export function managedDaemonClaims(
  tx: ReadTx,
  clusterArn: string,
): ((host: ContainerInstance) => Resources) | undefined {
  if (tx.count(daemons, 'cluster', clusterArn) === 0) return undefined;
  const scope = parseArn(clusterArn);
  return (host) => {
    const name = providerOfHost(host);
    if (name === undefined || scope === undefined) return NO_RESOURCES;
    return daemonsOfProvider(tx, { clusterArn, name })
      .filter(
        ({ daemon }) => tx.count(tasks, 'spread', `${daemon.daemonArn} ${host.containerInstanceArn}`) === 0,
      )
      .flatMap(
        ({ revision }) => findDaemonDefinition(tx, scope, revision.daemonTaskDefinitionArn)?.document ?? [],
      )
      .reduce((sum, document) => plusResources(sum, taskSize(document).reserved), NO_RESOURCES);
  };
}

/** What a host's health says of its critical daemons, the worst of them; undefined where none is to run. (MDM-33) */
export function daemonHealthOf(tx: ReadTx, host: ContainerInstance): HealthCheck | undefined {
  const name = providerOfHost(host);
  if (name === undefined) return undefined;
  const checks = daemonsOfProvider(tx, { clusterArn: host.clusterArn, name })
    .filter(({ revision }) => revision.critical)
    .map(({ daemon }) => healthOn(tx, daemon, host));
  return worstCheck(checks);
}

function healthOn(tx: ReadTx, daemon: Daemon, host: ContainerInstance): HealthCheck {
  const onHost = tx.find(tasks, 'spread', `${daemon.daemonArn} ${host.containerInstanceArn}`);
  const setback = daemon.setbacks[host.containerInstanceArn];
  const check = (status: HealthCheck['status'], at: Instant): HealthCheck => ({
    type: 'DAEMON',
    status,
    updatedAt: at,
    changedAt: at,
  });
  const working = onHost.find(isReady);
  if (working !== undefined) return check('OK', working.startedAt ?? working.createdAt);
  const sick = onHost.find(({ healthStatus }) => healthStatus === 'UNHEALTHY');
  if (sick !== undefined) return check('IMPAIRED', sick.startedAt ?? sick.createdAt);
  if (setback !== undefined) return check('IMPAIRED', setback.at);
  return check('INITIALIZING', onHost[0]?.createdAt ?? host.registeredAt);
}

/** Daemons that a change of a host matters to: it came, went, is back, drains, or holds other tasks than before. */
export function daemonsConcernedBy(
  tx: ReadTx,
  before: ContainerInstance | undefined,
  after: ContainerInstance | undefined,
): readonly string[] {
  const host = after ?? before;
  const provider = host && providerOfHost(host);
  if (host === undefined || provider === undefined) return [];
  const isSame =
    before?.status === after?.status &&
    before?.agentConnected === after?.agentConnected &&
    before?.attributes === after?.attributes;
  if (isSame && (after?.status !== 'DRAINING' || before?.reserved === after.reserved)) return [];
  return tx.find(daemons, 'cluster', host.clusterArn).map(({ daemonArn }) => daemonArn);
}

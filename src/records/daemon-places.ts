import { type DaemonPlace, isReady } from '../core/daemon/daemon-view.ts';
import type { ContainerInstance } from '../domain/container-instance.ts';
import type { Daemon, DaemonRevision } from '../domain/daemon.ts';
import type { ReadTx } from '../store/store.ts';
import { providerOfHost } from './capacity-providers.ts';
import { containerInstances, tasks } from './collections.ts';
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
export function awaitedDaemon(tx: ReadTx, host: ContainerInstance): string | undefined {
  const provider = providerOfHost(host);
  if (provider === undefined) return undefined;
  return tx
    .find(daemons, 'cluster', host.clusterArn)
    .filter(({ status, targetRevisionArn }) => {
      const revision = tx.get(daemonRevisions, targetRevisionArn);
      return status === 'ACTIVE' && revision?.critical && revision.capacityProviderNames.includes(provider);
    })
    .find(({ daemonArn }) => {
      const onHost = tx.find(tasks, 'spread', `${daemonArn} ${host.containerInstanceArn}`);
      return !onHost.some(isReady);
    })?.daemonName;
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

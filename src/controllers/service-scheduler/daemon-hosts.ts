import type { DaemonHost } from '../../core/deployment/service-view.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Service } from '../../domain/service.ts';
import { containerInstances, services } from '../../records/collections.ts';
import { tasksOfInstance } from '../../records/tasks.ts';
import type { ReadTx } from '../../store/store.ts';

/** The hosts of the cluster as a DAEMON service sees them; none for other services. (DMN-1, DMN-4) */
export function daemonHostsOf(tx: ReadTx, service: Service): readonly DaemonHost[] {
  if (service.schedulingStrategy !== 'DAEMON') return [];
  return tx
    .find(containerInstances, 'cluster', service.clusterArn)
    .filter(({ launchType }) => launchType === (service.spec.launchType ?? 'EC2'))
    .map((host) => ({
      instanceArn: host.containerInstanceArn,
      isActive: host.status === 'ACTIVE',
      state: stateOf(tx, host),
    }));
}

/** On a host that drains, the task stays until all tasks of other kinds have gone. */
function stateOf(tx: ReadTx, host: ContainerInstance): DaemonHost['state'] {
  if (host.status === 'ACTIVE') return host.agentConnected ? 'wanted' : 'held';
  const hasOthers = tasksOfInstance(tx, host.containerInstanceArn).some(
    ({ serviceArn = '' }) => tx.get(services, serviceArn)?.schedulingStrategy !== 'DAEMON',
  );
  return hasOthers ? 'held' : 'leaving';
}

/** DAEMON services that a change of a host matters to: it came, went, is back, drains, or holds less while it drains. */
export function daemonsOnHost(
  tx: ReadTx,
  before: ContainerInstance | undefined,
  after: ContainerInstance | undefined,
): readonly string[] {
  const host = after ?? before;
  if (host === undefined || host.pool === 'FARGATE') return [];
  const isDraining = after?.status === 'DRAINING' && before?.reserved !== after.reserved;
  const isSame = before?.status === after?.status && before?.agentConnected === after?.agentConnected;
  if (isSame && !isDraining) return [];
  return tx
    .find(services, 'cluster', `${host.clusterArn} ACTIVE`)
    .filter(({ schedulingStrategy }) => schedulingStrategy === 'DAEMON')
    .map(({ serviceArn }) => serviceArn);
}

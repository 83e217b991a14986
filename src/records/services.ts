import { inProgressReason } from '../core/deployment/event-texts.ts';
import { parseArn, type Scope, serviceArn } from '../domain/arn.ts';
import type { Deployment, DeploymentSpec, Service } from '../domain/service.ts';
import type { Task } from '../domain/task.ts';
import type { Instant } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { ReadTx, WriteTx } from '../store/store.ts';
import { serviceEvents, services, sortableNumber, tasks } from './collections.ts';
import { deleteServiceHistory } from './service-deployments.ts';

/** How many events of a service are kept. (AWS: Service, events) */
export const EVENTS_MAX_COUNT = 100;

/** What a reference to a service means in a cluster. */
export type ServiceReference =
  | { readonly kind: 'arn'; readonly serviceArn: string }
  /** The ARN names another cluster. */
  | { readonly kind: 'other-cluster'; readonly clusterName: string };

/** Reads a service's name, or its ARN with or without the cluster's name in it. (SVC-1) */
export function readServiceReference(scope: Scope, clusterName: string, text: string): ServiceReference {
  const segments = parseArn(text)?.resource.split('/') ?? [];
  const isForeign = text.startsWith('arn:') && !text.startsWith(serviceArn(scope, '', '').slice(0, -1));
  if (isForeign || (text.startsWith('arn:') && segments.length < 2)) return { kind: 'arn', serviceArn: text };
  if (segments.length > 2 && segments[1] !== clusterName) {
    return { kind: 'other-cluster', clusterName: segments[1] ?? '' };
  }
  return { kind: 'arn', serviceArn: serviceArn(scope, clusterName, segments.at(-1) ?? text) };
}

/** What a new deployment is given. */
export type NewDeploymentParts = Pick<Deployment, 'id' | 'revisionArn' | 'serviceDeploymentArn'> & {
  readonly now: Instant;
};

/** A new PRIMARY deployment in progress. */
export function newDeployment(spec: DeploymentSpec, { now, ...names }: NewDeploymentParts): Deployment {
  return {
    ...names,
    status: 'PRIMARY',
    spec,
    createdAt: now,
    updatedAt: now,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: inProgressReason(names.id),
    failedTasks: 0,
    imageDigests: {},
    launchFailures: 0,
  };
}

/** The deployments with a new one in front; the one it replaces becomes ACTIVE and keeps its tasks until they are replaced. */
export function withNewDeployment(service: Service, deployment: Deployment): Service {
  const replaced = service.deployments.map((each) => ({ ...each, status: 'ACTIVE' }) as const);
  return { ...service, spec: deployment.spec, deployments: [deployment, ...replaced], steadyAt: undefined };
}

/** Appends `(service X) <message>` to the service's events and returns its row, which the caller stores. */
export function appendServiceEvent(
  tx: WriteTx,
  service: Service,
  { message, ids, now }: { message: string; ids: Ids; now: Instant },
): Service {
  const sequence = service.lastEventSequence + 1;
  const text = `(service ${service.serviceName}) ${message}`;
  tx.put(serviceEvents, {
    serviceArn: service.serviceArn,
    sequence,
    id: ids.uuid(),
    createdAt: now,
    message: text,
  });
  tx.delete(serviceEvents, `${service.serviceArn} ${sortableNumber(sequence - EVENTS_MAX_COUNT)}`);
  return { ...service, lastEventSequence: sequence };
}

/** Forgets a service, its events and its deployments. Its tasks stay until they have stopped and are forgotten themselves. */
export function deleteService(tx: WriteTx, arn: string): void {
  for (const event of tx.find(serviceEvents, 'service', arn))
    tx.delete(serviceEvents, serviceEvents.key(event));
  deleteServiceHistory(tx, arn);
  tx.delete(services, arn);
}

/** Live tasks of a service or of one deployment. */
export interface TaskCounts {
  readonly runningCount: number;
  readonly pendingCount: number;
}

const PENDING: readonly Task['lastStatus'][] = ['PROVISIONING', 'PENDING', 'ACTIVATING'];

/** Counts tasks by deployment: RUNNING ones, and those on their way there. (SVC-13) */
export function countServiceTasks(tx: ReadTx, arn: string): ReadonlyMap<string, TaskCounts> {
  const counts = new Map<string, TaskCounts>();
  for (const { deploymentId = '', lastStatus, desiredStatus } of tx.find(tasks, 'service', arn)) {
    const before = counts.get(deploymentId) ?? { runningCount: 0, pendingCount: 0 };
    const isPending = desiredStatus === 'RUNNING' && PENDING.includes(lastStatus);
    counts.set(deploymentId, {
      runningCount: before.runningCount + (lastStatus === 'RUNNING' ? 1 : 0),
      pendingCount: before.pendingCount + (isPending ? 1 : 0),
    });
  }
  return counts;
}

/** Services of a cluster in one state, by ARN. */
export const servicesOfCluster = (tx: ReadTx, arn: string, status: Service['status']): readonly Service[] =>
  tx.find(services, 'cluster', `${arn} ${status}`);

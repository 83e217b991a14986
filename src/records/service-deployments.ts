import { isTerminal } from '../core/deployment/deployment-status.ts';
import { followDeployment } from '../core/deployment/follow-deployment.ts';
import type { Service } from '../domain/service.ts';
import type { ServiceDeployment, ServiceRevision } from '../domain/service-deployment.ts';
import { type Instant, plusMs } from '../lib/clock.ts';
import type { Collection, ReadTx, WriteTx } from '../store/store.ts';
import { services, tasks } from './collections.ts';

/** Rollouts by ARN. */
export const serviceDeployments: Collection<ServiceDeployment, 'service' | 'open'> = {
  name: 'service-deployments',
  key: (row) => row.serviceDeploymentArn,
  indexes: {
    service: (row) => row.serviceArn,
    /** Those that are not over; all but the newest of a service are about to be. */
    open: (row) => (isTerminal(row.status) ? undefined : row.serviceArn),
  },
};

/** Revisions by ARN. */
export const serviceRevisions: Collection<ServiceRevision, 'service'> = {
  name: 'service-revisions',
  key: (row) => row.serviceRevisionArn,
  indexes: { service: (row) => row.serviceArn },
};

/** How long a rollout that is over stays visible. (SDP-8; AWS: service-deployment) */
export const DEPLOYMENT_LIFE_MS = 90 * 24 * 60 * 60 * 1000;

/** The open records of a service that the service's row has left behind, as they are to be. (SDP-4) */
export function followedDeployments(
  tx: ReadTx,
  service: Service,
  now: Instant,
): readonly ServiceDeployment[] {
  const open = tx.find(serviceDeployments, 'open', service.serviceArn);
  if (open.length === 0) return [];
  const view = { service, tasks: tx.find(tasks, 'service', service.serviceArn), now };
  return open.flatMap((record) => {
    const next = followDeployment(view, record);
    return next === record ? [] : [next];
  });
}

/** Rollouts of a service, newest first. */
export const deploymentsOfService = (tx: ReadTx, serviceArn: string): readonly ServiceDeployment[] =>
  [...tx.find(serviceDeployments, 'service', serviceArn)].sort(
    (one, other) =>
      other.createdAt - one.createdAt || (one.serviceDeploymentArn < other.serviceDeploymentArn ? 1 : -1),
  );

/** Forgets the rollouts and revisions of a service that is forgotten itself. (SDP-8) */
export function deleteServiceHistory(tx: WriteTx, serviceArn: string): void {
  for (const { serviceDeploymentArn } of tx.find(serviceDeployments, 'service', serviceArn))
    tx.delete(serviceDeployments, serviceDeploymentArn);
  for (const { serviceRevisionArn } of tx.find(serviceRevisions, 'service', serviceArn))
    tx.delete(serviceRevisions, serviceRevisionArn);
}

/** Services that have rollouts which ended 90 days ago. (SDP-8) */
export const servicesWithOldDeployments = (tx: ReadTx, now: Instant): ReadonlySet<string> =>
  new Set(tx.all(serviceDeployments).flatMap((row) => (isOld(row, now) ? [row.serviceArn] : [])));

const isOld = ({ finishedAt }: ServiceDeployment, now: Instant): boolean =>
  finishedAt !== undefined && plusMs(finishedAt, DEPLOYMENT_LIFE_MS) <= now;

/**
 * Forgets the rollouts of a service that ended 90 days ago, and the revisions that nothing names any more. The rollout
 * that the service shows as its current one stays. (SDP-8)
 */
export function forgetOldDeployments(tx: WriteTx, serviceArn: string, now: Instant): void {
  const service = tx.get(services, serviceArn);
  const kept = new Set<string>();
  for (const record of tx.find(serviceDeployments, 'service', serviceArn)) {
    const isShown = service?.deployments.some(
      (each) => each.serviceDeploymentArn === record.serviceDeploymentArn,
    );
    if (isOld(record, now) && isShown !== true) tx.delete(serviceDeployments, record.serviceDeploymentArn);
    else for (const arn of [record.targetRevisionArn, ...record.sourceRevisionArns]) kept.add(arn);
  }
  for (const { revisionArn } of service?.deployments ?? []) kept.add(revisionArn);
  if (service?.lastCompletedRevisionArn !== undefined) kept.add(service.lastCompletedRevisionArn);
  for (const { serviceRevisionArn } of tx.find(serviceRevisions, 'service', serviceArn)) {
    if (!kept.has(serviceRevisionArn)) tx.delete(serviceRevisions, serviceRevisionArn);
  }
}

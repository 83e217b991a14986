import { isTerminal } from '../../core/deployment/deployment-status.ts';
import { revisionCounts } from '../../core/deployment/follow-deployment.ts';
import { LATEST_PLATFORM_VERSION } from '../../core/task/new-task.ts';
import type { Scope } from '../../domain/arn.ts';
import type { Service } from '../../domain/service.ts';
import type { RevisionCounts, ServiceDeployment, ServiceRevision } from '../../domain/service-deployment.ts';
import { services, tasks } from '../../records/collections.ts';
import { findTaskDefinition } from '../../records/task-definitions.ts';
import type {
  ContainerImage,
  ServiceDeployment as DeploymentShape,
  ServiceDeploymentRollbackMonitorsStatus as MonitorStatus,
  ServiceRevision as RevisionShape,
  ServiceDeploymentBrief,
  ServiceRevisionSummary,
} from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';

/** A rollout as ListServiceDeployments answers it. */
export const toServiceDeploymentBrief = (record: ServiceDeployment): ServiceDeploymentBrief => ({
  serviceDeploymentArn: record.serviceDeploymentArn,
  serviceArn: record.serviceArn,
  clusterArn: record.clusterArn,
  startedAt: record.startedAt,
  createdAt: record.createdAt,
  finishedAt: record.finishedAt,
  targetServiceRevisionArn: record.targetRevisionArn,
  status: record.status,
  statusReason: record.statusReason,
});

/** A rollout as DescribeServiceDeployments answers it: counts are live until its end, and stay as they were then. (SDP-6) */
export function toServiceDeploymentShape(
  tx: ReadTx,
  service: Service,
  record: ServiceDeployment,
): DeploymentShape {
  const counts = record.finalCounts ?? revisionCounts(service, tx.find(tasks, 'service', service.serviceArn));
  return {
    serviceDeploymentArn: record.serviceDeploymentArn,
    serviceArn: record.serviceArn,
    clusterArn: record.clusterArn,
    createdAt: record.createdAt,
    startedAt: record.startedAt,
    finishedAt: record.finishedAt,
    stoppedAt: record.stoppedAt,
    updatedAt: record.updatedAt,
    sourceServiceRevisions: record.sourceRevisionArns.map((arn) => summary(counts, arn)),
    targetServiceRevision: summary(counts, record.targetRevisionArn),
    status: record.status,
    statusReason: record.statusReason,
    lifecycleStage: record.lifecycleStage,
    lifecycleHookDetails: record.lifecycleHooks.map(({ stage: _, ...hook }) => ({
      ...hook,
      targetType: 'PAUSE',
    })),
    deploymentConfiguration: record.deploymentConfiguration,
    rollback: record.rollback,
    deploymentCircuitBreaker: breakerShape(record),
    alarms: alarmsShape(record),
  };
}

function summary(counts: readonly RevisionCounts[], arn: string): ServiceRevisionSummary {
  const found = counts.find(({ revisionArn }) => revisionArn === arn);
  return {
    arn,
    requestedTaskCount: found?.requestedTaskCount ?? 0,
    runningTaskCount: found?.runningTaskCount ?? 0,
    pendingTaskCount: found?.pendingTaskCount ?? 0,
  };
}

function breakerShape(record: ServiceDeployment): DeploymentShape['deploymentCircuitBreaker'] {
  const isEnabled = record.deploymentConfiguration.deploymentCircuitBreaker?.enable === true;
  return {
    status: monitorStatus(record, isEnabled, 'circuit-breaker'),
    failureCount: record.failureCount,
    threshold: record.failureThreshold,
  };
}

function alarmsShape(record: ServiceDeployment): DeploymentShape['alarms'] {
  const { alarms } = record.deploymentConfiguration;
  return {
    status: monitorStatus(record, alarms?.enable === true, 'alarm'),
    alarmNames: alarms?.alarmNames ?? [],
    triggeredAlarmNames: record.triggeredAlarmNames,
  };
}

function monitorStatus(
  { status, failureCause }: ServiceDeployment,
  isEnabled: boolean,
  cause: ServiceDeployment['failureCause'],
): MonitorStatus {
  if (!isEnabled) return 'DISABLED';
  if (failureCause === cause) return 'TRIGGERED';
  return isTerminal(status) ? 'MONITORING_COMPLETE' : 'MONITORING';
}

/** A revision as the API answers it, with the digests that are known of its images. (SDP-2) */
export function toServiceRevisionShape(tx: ReadTx, scope: Scope, revision: ServiceRevision): RevisionShape {
  const { spec } = revision;
  const version = spec.platformVersion === 'LATEST' ? LATEST_PLATFORM_VERSION : spec.platformVersion;
  return {
    serviceRevisionArn: revision.serviceRevisionArn,
    serviceArn: revision.serviceArn,
    clusterArn: revision.clusterArn,
    taskDefinition: spec.taskDefinitionArn,
    ...(spec.capacityProviderStrategy === undefined
      ? { launchType: spec.launchType }
      : { capacityProviderStrategy: spec.capacityProviderStrategy }),
    platformVersion: version,
    platformFamily: version === undefined ? undefined : 'Linux',
    loadBalancers: [],
    serviceRegistries: [],
    networkConfiguration: spec.networkConfiguration,
    containerImages: containerImages(tx, scope, revision),
    guardDutyEnabled: false,
    createdAt: revision.createdAt,
  };
}

function containerImages(
  tx: ReadTx,
  scope: Scope,
  { serviceArn, serviceRevisionArn, spec }: ServiceRevision,
): readonly ContainerImage[] {
  const definition = findTaskDefinition(tx, scope, spec.taskDefinitionArn);
  const deployment = tx
    .get(services, serviceArn)
    ?.deployments.find(({ revisionArn }) => revisionArn === serviceRevisionArn);
  return (definition?.document.containerDefinitions ?? []).map(({ name, image = '' }) => ({
    containerName: name,
    image,
    imageDigest: deployment?.imageDigests[image],
  }));
}

import { computedCount } from '../../core/deployment/plan-task-sets.ts';
import { LATEST_PLATFORM_VERSION } from '../../core/task/new-task.ts';
import type { Service } from '../../domain/service.ts';
import { countServiceTasks } from '../../records/services.ts';
import type { TaskSet } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { TaskSetRow } from './task-set-reference.ts';

/** A task set as the API answers it; tags only where they were asked for. (TSE-4) */
export function toTaskSetShape(tx: ReadTx, service: Service, row: TaskSetRow, hasTags = true): TaskSet {
  const { spec, taskSet } = row;
  const counts = countServiceTasks(tx, service.serviceArn).get(row.id);
  const version = spec.platformVersion === 'LATEST' ? LATEST_PLATFORM_VERSION : spec.platformVersion;
  return {
    id: row.id,
    taskSetArn: taskSet.taskSetArn,
    serviceArn: service.serviceArn,
    clusterArn: service.clusterArn,
    externalId: taskSet.externalId,
    status: taskSet.isDraining ? 'DRAINING' : row.status,
    taskDefinition: spec.taskDefinitionArn,
    computedDesiredCount: computedCount(service.desiredCount, row),
    pendingCount: counts?.pendingCount ?? 0,
    runningCount: counts?.runningCount ?? 0,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    ...(spec.capacityProviderStrategy === undefined
      ? { launchType: spec.launchType }
      : { capacityProviderStrategy: spec.capacityProviderStrategy }),
    platformVersion: version,
    platformFamily: version === undefined ? undefined : 'Linux',
    networkConfiguration: spec.networkConfiguration,
    loadBalancers: [],
    serviceRegistries: [],
    scale: { value: taskSet.scalePercent, unit: 'PERCENT' },
    stabilityStatus: taskSet.stabilityStatus,
    stabilityStatusAt: taskSet.stabilityStatusAt,
    ...(hasTags ? { tags: taskSet.tags } : {}),
  };
}

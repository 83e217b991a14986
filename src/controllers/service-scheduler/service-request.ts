import { taskTags } from '../../core/task/task-tags.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { Deployment, Service } from '../../domain/service.ts';
import type { TaskDefinition } from '../../domain/task-definition.ts';
import type { LaunchRequest } from '../../records/launch-task.ts';

/** What a request is made of. */
interface RequestParts {
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  readonly service: Service;
  readonly deployment: Deployment;
}

/** Tasks of a deployment, still without where they run and how many. */
export type RequestWithoutCapacity = Omit<LaunchRequest, 'capacity' | 'count'> & {
  readonly deployment: Deployment;
};

/** The request for a task of a service. */
export function requestOf({
  cluster,
  definition,
  service,
  deployment,
}: RequestParts): RequestWithoutCapacity {
  return {
    cluster,
    definition,
    deployment,
    platformVersion: deployment.spec.platformVersion,
    network: deployment.spec.networkConfiguration?.awsvpcConfiguration,
    group: `service:${service.serviceName}`,
    startedBy: deployment.id,
    service: { serviceArn: service.serviceArn, deploymentId: deployment.id },
    placementConstraints: service.placementConstraints,
    placementStrategy: service.placementStrategy,
    tags: taskTags({
      own: [],
      propagate: service.propagateTags,
      definitionTags: definition.tags,
      serviceTags: service.tags,
      hasManagedTags: service.enableEcsManagedTags,
      clusterName: service.clusterName,
      serviceName: service.serviceName,
    }),
    enableExecuteCommand: service.enableExecuteCommand,
  };
}

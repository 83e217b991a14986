/** The two things every ARN of an installation carries. */
export interface Scope {
  readonly accountId: string;
  readonly region: string;
}

const ecs = (scope: Scope, resource: string): string =>
  `arn:aws:ecs:${scope.region}:${scope.accountId}:${resource}`;

/** A cluster’s ARN. */
export const clusterArn = (scope: Scope, name: string): string => ecs(scope, `cluster/${name}`);
/** The ARN of one revision. */
export const taskDefinitionArn = (scope: Scope, family: string, revision: number): string =>
  ecs(scope, `task-definition/${family}:${revision}`);
/** A task’s ARN; `cluster` is a name. */
export const taskArn = (scope: Scope, cluster: string, taskId: string): string =>
  ecs(scope, `task/${cluster}/${taskId}`);
/** A container’s ARN; `cluster` is a name. */
export const containerArn = (scope: Scope, cluster: string, task: { taskId: string; uuid: string }): string =>
  ecs(scope, `container/${cluster}/${task.taskId}/${task.uuid}`);
/** A service’s ARN; `cluster` is a name. */
export const serviceArn = (scope: Scope, cluster: string, name: string): string =>
  ecs(scope, `service/${cluster}/${name}`);
/** `id`: 21 characters of letters, digits, `-` and `_`. */
export const serviceDeploymentArn = (
  scope: Scope,
  service: { readonly clusterName: string; readonly serviceName: string },
  id: string,
): string => ecs(scope, `service-deployment/${service.clusterName}/${service.serviceName}/${id}`);
/** `number`: 19 digits. */
export const serviceRevisionArn = (
  scope: Scope,
  service: { readonly clusterName: string; readonly serviceName: string },
  number: string,
): string => ecs(scope, `service-revision/${service.clusterName}/${service.serviceName}/${number}`);
/** `id`: `ecs-svc/` and 19 digits. */
export const taskSetArn = (
  scope: Scope,
  service: { readonly clusterName: string; readonly serviceName: string },
  id: string,
): string => ecs(scope, `task-set/${service.clusterName}/${service.serviceName}/${id}`);
/** The ARN of one revision of a daemon's task definition. */
export const daemonTaskDefinitionArn = (scope: Scope, family: string, revision: number): string =>
  ecs(scope, `daemon-task-definition/${family}:${revision}`);
/** A daemon’s ARN; `cluster` is a name. */
export const daemonArn = (scope: Scope, cluster: string, name: string): string =>
  ecs(scope, `daemon/${cluster}/${name}`);
/** `id`: 21 characters of letters, digits, `-` and `_`. */
export const daemonDeploymentArn = (
  scope: Scope,
  daemon: { readonly clusterName: string; readonly daemonName: string },
  id: string,
): string => ecs(scope, `daemon-deployment/${daemon.clusterName}/${daemon.daemonName}/${id}`);
/** `id`: a UUID. */
export const daemonRevisionArn = (
  scope: Scope,
  daemon: { readonly clusterName: string; readonly daemonName: string },
  id: string,
): string => ecs(scope, `daemon-revision/${daemon.clusterName}/${daemon.daemonName}/${id}`);
/** A capacity provider’s ARN. */
export const capacityProviderArn = (scope: Scope, name: string): string =>
  ecs(scope, `capacity-provider/${name}`);
/** A container instance’s ARN; `cluster` is a name. */
export const containerInstanceArn = (scope: Scope, cluster: string, id: string): string =>
  ecs(scope, `container-instance/${cluster}/${id}`);

/** The six colon-separated parts of an ARN. `resource` keeps its own colons and slashes. */
export interface ParsedArn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  readonly resource: string;
}

/** Reads an ARN; undefined for text of another form. */
export function parseArn(text: string): ParsedArn | undefined {
  const match = /^arn:([^:]*):([^:]*):([^:]*):([^:]*):(.+)$/s.exec(text);
  if (match === null) return undefined;
  const [, partition = '', service = '', region = '', accountId = '', resource = ''] = match;
  return { partition, service, region, accountId, resource };
}

/** The part after the last `/` of an ARN, which is the short name or id of most ECS resources. */
export const lastSegment = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

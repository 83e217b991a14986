import type { DaemonHost } from '../core/deployment/service-view.ts';
import { plusResources } from '../core/placement/resource-sums.ts';
import { compileExpression } from '../core/query/evaluate-expression.ts';
import { parseExpression } from '../core/query/parse-expression.ts';
import { taskSize } from '../core/task/task-size.ts';
import { parseArn, type Scope } from '../domain/arn.ts';
import type { ContainerInstance } from '../domain/container-instance.ts';
import { NO_RESOURCES, type Resources } from '../domain/resources.ts';
import type { Service } from '../domain/service.ts';
import type { Task } from '../domain/task.ts';
import type { ReadTx } from '../store/store.ts';
import { containerInstances, services, tasks } from './collections.ts';
import { queryHostOf } from './query-hosts.ts';
import { findTaskDefinition } from './task-definitions.ts';
import { tasksOfInstance } from './tasks.ts';

/** The hosts of the cluster as a DAEMON service sees them; none for other services. (DMN-1, DMN-4, DMN-6) */
export function daemonHostsOf(tx: ReadTx, service: Service, scope: Scope): readonly DaemonHost[] {
  if (service.schedulingStrategy !== 'DAEMON') return [];
  const isMeant = constraintOf(tx, service, scope);
  return tx
    .find(containerInstances, 'cluster', service.clusterArn)
    .filter(({ launchType }) => launchType === (service.spec.launchType ?? 'EC2'))
    .map((host) => {
      const isIncluded = isMeant(host);
      return {
        instanceArn: host.containerInstanceArn,
        isActive: isIncluded && host.status === 'ACTIVE',
        state: isIncluded ? stateOf(tx, host) : 'leaving',
      };
    });
}

/**
 * The service of a task of the DAEMON strategy whose host is there for other tasks but does not meet the service's
 * constraints any more; undefined for all other tasks. (DMN-6)
 */
export function violatedDaemon(tx: ReadTx, { serviceArn = '', instanceArn = '' }: Task): Service | undefined {
  const service = tx.get(services, serviceArn);
  if (service?.schedulingStrategy !== 'DAEMON' || service.status !== 'ACTIVE') return undefined;
  const host = tx.get(containerInstances, instanceArn);
  const scope = parseArn(serviceArn);
  if (host?.status !== 'ACTIVE' || scope === undefined) return undefined;
  return constraintOf(tx, service, scope)(host) ? undefined : service;
}

/**
 * Room that DAEMON services are to have on a host of the cluster and have not taken yet: other tasks leave it alone, so
 * that the task of a DAEMON service is the first on a host. (DMN-7)
 */
export function daemonClaims(tx: ReadTx, clusterArn: string): (host: ContainerInstance) => Resources {
  const claims = tx.find(services, 'cluster', `${clusterArn} DAEMON`).flatMap((service) => {
    const scope = parseArn(service.serviceArn);
    const definition = scope && findTaskDefinition(tx, scope, service.spec.taskDefinitionArn);
    if (scope === undefined || definition === undefined) return [];
    const { reserved } = taskSize(definition.document);
    return [{ service, reserved, isMeant: constraintOf(tx, service, scope) }];
  });
  return (host) =>
    claims
      .filter(({ service, isMeant }) => {
        const isFilled = tx.count(tasks, 'spread', `${service.serviceArn} ${host.containerInstanceArn}`) > 0;
        return !isFilled && host.launchType === (service.spec.launchType ?? 'EC2') && isMeant(host);
      })
      .reduce((sum, { reserved }) => plusResources(sum, reserved), NO_RESOURCES);
}

/** Whether a host meets what the service and its definition ask for by expressions; looked at anew each time. (DMN-6) */
function constraintOf(tx: ReadTx, service: Service, scope: Scope): (host: ContainerInstance) => boolean {
  const { document } = findTaskDefinition(tx, scope, service.spec.taskDefinitionArn) ?? {
    document: undefined,
  };
  const all = [...(document?.placementConstraints ?? []), ...service.placementConstraints];
  const tests = all.flatMap(({ type, expression = '' }) => {
    const parsed = type === 'memberOf' ? parseExpression(expression) : undefined;
    return parsed?.kind === 'parsed' ? [compileExpression(parsed.expression)] : [];
  });
  return (host) => tests.length === 0 || tests.every((isMet) => isMet(queryHostOf(tx, host)));
}

/** On a host that drains, the task stays until all tasks of other kinds have gone. */
function stateOf(tx: ReadTx, host: ContainerInstance): DaemonHost['state'] {
  if (host.status === 'ACTIVE') return host.agentConnected ? 'wanted' : 'held';
  const hasOthers = tasksOfInstance(tx, host.containerInstanceArn).some(
    ({ serviceArn = '', daemonArn }) =>
      daemonArn === undefined && tx.get(services, serviceArn)?.schedulingStrategy !== 'DAEMON',
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
  const isSame =
    before?.status === after?.status &&
    before?.agentConnected === after?.agentConnected &&
    before?.attributes === after?.attributes;
  if (isSame && !isDraining) return [];
  return tx
    .find(services, 'cluster', `${host.clusterArn} ACTIVE`)
    .filter(({ schedulingStrategy }) => schedulingStrategy === 'DAEMON')
    .map(({ serviceArn }) => serviceArn);
}

import type { SchedulerSettings } from '../../core/deployment/service-view.ts';
import { explainDaemon } from '../../core/explain/explain-daemon.ts';
import { explainDefinition } from '../../core/explain/explain-definition.ts';
import { explainService } from '../../core/explain/explain-service.ts';
import { explainTask } from '../../core/explain/explain-task.ts';
import type { Explanation } from '../../core/explain/explanation.ts';
import { parseArn } from '../../domain/arn.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { Service } from '../../domain/service.ts';
import { clientError } from '../../lib/service-error.ts';
import { storedAlarms } from '../../records/alarms.ts';
import { containerInstances, services, tasks } from '../../records/collections.ts';
import { definitionOfTask } from '../../records/daemon-definitions.ts';
import { daemonHostsOf } from '../../records/daemon-hosts.ts';
import { daemonLaunchRequest } from '../../records/daemon-launch.ts';
import { daemonViewOf } from '../../records/daemon-views.ts';
import { hostsOf } from '../../records/instances.ts';
import { hostsOfLaunchType, refusalsOfLaunch } from '../../records/launch-hosts.ts';
import { zonesOf } from '../../records/service-zones.ts';
import { findTaskDefinition } from '../../records/task-definitions.ts';
import type { ReadTx } from '../../store/store.ts';
import { activeCluster, serviceArnOf } from '../ecs/service-reference.ts';
import { taskArnOf } from '../ecs/task-reference.ts';
import type { Context, Operation } from '../operation.ts';

/** What is asked about. */
export interface WhyRequest {
  /** Name or ARN; `default` when absent. */
  readonly cluster?: string | undefined;
  /** A task by id or ARN, a service by name or ARN, a daemon by ARN, or a task definition as `family:revision` or ARN. */
  readonly subject: string;
}

const TASK_ID = /^[0-9a-f]{32}$/i;

/** Answers why a task, service or daemon is where it is: what is waited for, since when, and what happens next. (EXP-1) */
export const why =
  (settings: SchedulerSettings): Operation<WhyRequest, Explanation> =>
  (context, { cluster: reference, subject }) =>
    context.store.read((tx) => {
      const { installation } = context;
      const cluster = activeCluster(tx, installation, reference ?? clusterInArn(subject));
      if (isDefinition(subject)) return whyDefinition(tx, { context, settings, cluster }, subject);
      if (isDaemon(subject)) return whyDaemon(tx, context, subject);
      if (!isTask(subject)) return whyService(tx, { context, settings, cluster }, subject);
      const task = tx.get(tasks, taskArnOf(installation, cluster, subject));
      if (task === undefined) throw clientError('NotFound', `There is no task ${subject} (any more).`);
      const definition = definitionOfTask(tx, task);
      return explainTask({
        task,
        host: tx.get(containerInstances, task.instanceArn ?? ''),
        definitions: definition?.document.containerDefinitions,
      });
    });

/** The operation that answers about the same subject: who may ask it may ask why. (EXP-5) */
export function accessOfWhy({ cluster: given, subject }: WhyRequest): {
  readonly action: string;
  readonly input: unknown;
} {
  const cluster = given ?? clusterInArn(subject);
  if (isDefinition(subject))
    return { action: 'ecs:DescribeTaskDefinition', input: { taskDefinition: subject } };
  if (isDaemon(subject)) return { action: 'ecs:DescribeDaemon', input: { daemonArn: subject } };
  return isTask(subject)
    ? { action: 'ecs:DescribeTasks', input: { cluster, tasks: [subject] } }
    : { action: 'ecs:DescribeServices', input: { cluster, services: [subject] } };
}

const isTask = (subject: string): boolean =>
  TASK_ID.test(subject) || parseArn(subject)?.resource.startsWith('task/') === true;

/** `family:revision` or an ARN; a name alone is a service. */
const isDefinition = (subject: string): boolean =>
  /^[A-Za-z0-9_-]+:\d+$/.test(subject) || parseArn(subject)?.resource.startsWith('task-definition/') === true;
const isDaemon = (subject: string): boolean => parseArn(subject)?.resource.startsWith('daemon/') === true;

/** The cluster in an ARN of the long form. */
function clusterInArn(subject: string): string | undefined {
  const parts = parseArn(subject)?.resource.split('/') ?? [];
  return parts.length === 3 ? parts[1] : undefined;
}

interface Scope {
  readonly context: Context;
  readonly settings: SchedulerSettings;
  readonly cluster: Cluster;
}

function whyDaemon(tx: ReadTx, { clock, installation }: Context, daemonArn: string): Explanation {
  const view = daemonViewOf(tx, { daemonArn, alarms: storedAlarms, now: clock.now() });
  if (view === undefined) throw clientError('NotFound', `There is no daemon ${daemonArn}.`);
  const tasksOfDaemon = tx
    .find(tasks, 'daemon', daemonArn)
    .filter(({ lastStatus }) => lastStatus !== 'STOPPED');
  const waiting = view.places.filter(({ instanceArn }) => view.daemon.setbacks[instanceArn] !== undefined);
  const refusals = waiting.flatMap(({ instanceArn }) => {
    const request = daemonLaunchRequest(tx, { installation, daemon: view.daemon, instanceArn });
    return request === undefined ? [] : refusalsOfLaunch(tx, request);
  });
  return explainDaemon({ ...view, tasks: tasksOfDaemon, refusals });
}

function whyService(tx: ReadTx, { context, settings, cluster }: Scope, subject: string): Explanation {
  const { installation, clock } = context;
  const service = tx.get(services, serviceArnOf(installation, cluster, subject));
  if (service === undefined) {
    const hint = 'A task that found no host is not kept: ask about its definition, as family:revision.';
    throw clientError('NotFound', `There is no service ${subject}. ${hint}`);
  }
  const live = tx.find(tasks, 'service', service.serviceArn);
  return explainService({
    service,
    tasks: live,
    raisedAlarms: storedAlarms(tx, service.deploymentConfiguration.alarms?.alarmNames ?? []),
    zones: zonesOf(tx, service),
    daemonHosts: daemonHostsOf(tx, service, installation),
    endedTasks: tx.find(tasks, 'uncounted', service.serviceArn),
    hosts: hostsOf(tx, live),
    settings,
    now: clock.now(),
    refusals: refusalsOf(tx, { context, cluster }, service),
  });
}

/** What would become of a RunTask now. (EXP-7) */
function whyDefinition(tx: ReadTx, { context, cluster }: Scope, subject: string): Explanation {
  const definition = findTaskDefinition(tx, context.installation, subject);
  if (definition === undefined) throw clientError('NotFound', `There is no task definition ${subject}.`);
  const { family, revision, status, document } = definition;
  const launchTypes = (document.compatibilities ?? ['EC2']).filter((type) => type !== 'MANAGED_INSTANCES');
  return explainDefinition({
    definition: `${family}:${revision}`,
    isActive: status === 'ACTIVE',
    clusterName: cluster.clusterName,
    launches: launchTypes.map((launchType) => ({
      launchType,
      hostCount: hostsOfLaunchType(tx, cluster.clusterArn, launchType).length,
      refusals: refusalsOfLaunch(tx, {
        cluster,
        definition,
        count: 1,
        capacity: { launchType },
        group: `family:${family}`,
        tags: [],
        enableExecuteCommand: false,
      }),
    })),
  });
}

/** Why no host takes one more task of the PRIMARY deployment. */
function refusalsOf(tx: ReadTx, { context, cluster }: Pick<Scope, 'context' | 'cluster'>, service: Service) {
  const [deployment] = service.deployments;
  const definition = findTaskDefinition(tx, context.installation, service.spec.taskDefinitionArn);
  if (deployment === undefined || definition === undefined) return [];
  const { launchType = 'EC2', capacityProviderStrategy, networkConfiguration } = deployment.spec;
  return refusalsOfLaunch(tx, {
    cluster,
    definition,
    count: 1,
    capacity: { launchType: capacityProviderStrategy === undefined ? launchType : 'FARGATE' },
    network: networkConfiguration?.awsvpcConfiguration,
    group: `service:${service.serviceName}`,
    service: { serviceArn: service.serviceArn, deploymentId: deployment.id },
    placementConstraints: service.placementConstraints,
    tags: [],
    enableExecuteCommand: false,
  });
}

import { NO_RESOURCES } from '../../domain/resources.ts';
import type { Deployment, Service } from '../../domain/service.ts';
import { type Instant, instant } from '../../lib/clock.ts';
import type { HealthStatus } from '../../shapes/generated/ecs.ts';
import { inProgressReason, rollingBackReason } from './event-texts.ts';
import type { ServiceDecision } from './service-decision.ts';
import {
  DEFAULT_SCHEDULER_SETTINGS,
  type ServiceHost,
  type ServiceTask,
  type ServiceView,
} from './service-view.ts';

/** Where time stands in tests of the scheduler. */
export const NOW: Instant = instant(1_000_000);

/** A COMPLETED PRIMARY deployment, unless the test says otherwise. */
export function aDeployment(overrides: Partial<Deployment> = {}): Deployment {
  const id = overrides.id ?? 'ecs-svc/1';
  return {
    id,
    status: 'PRIMARY',
    revisionArn: `arn:aws:ecs:us-east-1:000000000000:service-revision/default/web/${id.slice(8)}`,
    serviceDeploymentArn: `arn:aws:ecs:us-east-1:000000000000:service-deployment/default/web/${id.slice(8)}`,
    spec: { taskDefinitionArn: `arn:aws:ecs:us-east-1:000000000000:task-definition/web:${id.slice(8)}` },
    createdAt: instant(0),
    updatedAt: instant(0),
    rolloutState: 'COMPLETED',
    rolloutStateReason: '',
    failedTasks: 0,
    imageDigests: {},
    launchFailures: 0,
    ...overrides,
  };
}

/** An ACTIVE service that wants one task of one deployment. */
export function aService(overrides: Partial<Service> = {}): Service {
  return {
    serviceArn: 'arn:aws:ecs:us-east-1:000000000000:service/default/web',
    serviceName: 'web',
    clusterArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/default',
    clusterName: 'default',
    status: 'ACTIVE',
    schedulingStrategy: 'REPLICA',
    desiredCount: 1,
    spec: aDeployment().spec,
    deploymentConfiguration: { maximumPercent: 200, minimumHealthyPercent: 100 },
    placementConstraints: [],
    placementStrategy: [],
    healthCheckGracePeriodSeconds: 0,
    enableEcsManagedTags: false,
    propagateTags: 'NONE',
    enableExecuteCommand: false,
    availabilityZoneRebalancing: 'DISABLED',
    roleArn: '',
    createdBy: '',
    createdAt: instant(0),
    deployments: [aDeployment()],
    creationRequest: '',
    tags: [],
    lastEventSequence: 0,
    ...overrides,
  };
}

/** A healthy RUNNING task of deployment `ecs-svc/1` without a health check. */
export function aServiceTask(taskId: string, overrides: Partial<ServiceTask> = {}): ServiceTask {
  return {
    taskArn: `arn:aws:ecs:us-east-1:000000000000:task/default/${taskId}`,
    taskId,
    deploymentId: 'ecs-svc/1',
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    healthStatus: 'UNKNOWN',
    containers: containersWith(undefined),
    reserved: NO_RESOURCES,
    startedAt: instant(0),
    countedAs: 'HEALTHY',
    ...overrides,
  };
}

/** An ACTIVE host with 4 vCPU and 8 GiB. */
export const aServiceHost = (overrides: Partial<ServiceHost> = {}): ServiceHost => ({
  status: 'ACTIVE',
  attributes: [],
  registered: { ...NO_RESOURCES, cpuUnits: 4096, memoryMib: 8192 },
  reserved: NO_RESOURCES,
  ...overrides,
});

/** One essential container, whose health check (if any) answers `healthStatus`. */
export function containersWith(healthStatus: HealthStatus | undefined): ServiceTask['containers'] {
  return [
    {
      containerArn: '',
      name: 'web',
      image: 'web:1',
      essential: true,
      lastStatus: 'RUNNING',
      networkBindings: [],
      cpu: '0',
      healthStatus,
    },
  ];
}

/** A view at `NOW` with AWS's settings. */
export function aView(overrides: Partial<ServiceView> = {}): ServiceView {
  return {
    service: aService(),
    tasks: [],
    endedTasks: [],
    raisedAlarms: [],
    zones: [],
    daemonHosts: [],
    hosts: new Map(),
    settings: DEFAULT_SCHEDULER_SETTINGS,
    now: NOW,
    ...overrides,
  };
}

/** The view after its decisions, as the controller would leave it: started tasks are PENDING, stopped ones on their way. */
export function applyAll(view: ServiceView, decisions: readonly ServiceDecision[]): ServiceView {
  return decisions.reduce((current, decision, place) => applyOne(current, decision, place), view);
}

function applyOne(view: ServiceView, decision: ServiceDecision, place: number): ServiceView {
  switch (decision.kind) {
    case 'start-tasks': {
      const ids = Array.from(
        { length: decision.count },
        (_, index) => `t${view.now}-${place}-${index}-${view.tasks.length}`,
      );
      const pending = {
        deploymentId: decision.deploymentId,
        lastStatus: 'PENDING',
        startedAt: undefined,
        countedAs: undefined,
        availabilityZone: decision.zone,
      } as const;
      return { ...view, tasks: [...view.tasks, ...ids.map((id) => aServiceTask(id, pending))] };
    }
    case 'stop-task':
      return mapTask(view, decision.taskArn, (task) => ({
        ...task,
        desiredStatus: 'STOPPED',
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: decision.reason,
      }));
    case 'count-task':
      return mapTask(view, decision.taskArn, (task) => ({ ...task, countedAs: decision.as }));
    case 'change-deployment':
      return withDeployments(view, (all) =>
        all.map((one) => (one.id === decision.deploymentId ? { ...one, ...decision.change } : one)),
      );
    case 'remove-deployment':
      return withDeployments(view, (all) => all.filter((one) => one.id !== decision.deploymentId));
    case 'roll-back':
      return withDeployments(view, (all) => {
        const id = `ecs-svc/r${all.length}-${view.now}`;
        const rollback = aDeployment({
          id,
          spec: decision.spec,
          revisionArn: decision.revisionArn,
          rollbackOf: decision.fromDeploymentId,
          rolloutState: 'IN_PROGRESS',
          rolloutStateReason: rollingBackReason(id),
        });
        return [rollback, ...all.map((one) => ({ ...one, status: 'ACTIVE' }) as const)];
      });
    case 'open-hooks':
      return withDeployments(view, (all) =>
        all.map((one) =>
          one.id === decision.deploymentId ? { ...one, hooks: hooksOf(one, decision) } : one,
        ),
      );
    case 'change-service':
      return { ...view, service: { ...view.service, ...decision.change } };
    case 'event':
    case 'wake-at':
      return view;
  }
}

const hooksOf = (
  { hooks = [] }: Deployment,
  { stage, openings }: Extract<ServiceDecision, { kind: 'open-hooks' }>,
): Deployment['hooks'] => [
  ...hooks,
  ...openings.map((opening, index) => ({
    ...opening,
    hookId: `ecs-pause-${stage}-${index}`,
    stage,
    status: 'AWAITING_ACTION' as const,
  })),
];

/** A new PRIMARY deployment of revision `revision`, as UpdateService makes it. */
export function deploy(view: ServiceView, revision: string): ServiceView {
  const id = `ecs-svc/${revision}`;
  const deployment = aDeployment({
    id,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: inProgressReason(id),
  });
  return withDeployments(view, (all) => [
    deployment,
    ...all.map((one) => ({ ...one, status: 'ACTIVE' }) as const),
  ]);
}

function mapTask(
  view: ServiceView,
  taskArn: string,
  change: (task: ServiceTask) => ServiceTask,
): ServiceView {
  const map = (tasks: readonly ServiceTask[]) =>
    tasks.map((task) => (task.taskArn === taskArn ? change(task) : task));
  return {
    ...view,
    tasks: map(view.tasks),
    endedTasks: map(view.endedTasks).filter((task) => task.countedAs !== 'STOPPED'),
  };
}

function withDeployments(
  view: ServiceView,
  change: (all: readonly Deployment[]) => readonly Deployment[],
): ServiceView {
  return { ...view, service: { ...view.service, deployments: change(view.service.deployments) } };
}

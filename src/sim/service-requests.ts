import { subnets } from '../records/collections.ts';
import type {
  CreateServiceRequest,
  CreateTaskSetRequest,
  DeploymentConfiguration,
} from '../shapes/generated/ecs.ts';
import type { Revision, Scenario, ServicePlan } from './scenario.ts';
import type { World } from './world.ts';

/** The one alarm of a run. */
export const ALARM = 'errors';

/** A service of a scenario under its name. */
export interface PlannedService {
  readonly name: string;
  readonly plan: ServicePlan;
}

/** The services of a scenario: `web`, `web-1`, `web-2`, … */
export const plannedServices = ({ services }: Scenario): readonly PlannedService[] =>
  services.map((plan, index) => ({ name: index === 0 ? 'web' : `web-${index}`, plan }));

/** The family of a revision as a service needs it: its name, and what is particular about it. */
export const familyOf = ({ capacity, holdsPort, isPinned }: ServicePlan, revision: Revision): string =>
  [
    revision,
    capacity === 'EC2' ? (holdsPort ? 'port' : 'ec2') : 'fargate',
    isPinned ? 'pinned' : 'loose',
  ].join('_');

/** The revision in the ARN of a definition. */
export const revisionOf = (arn: string | undefined): string =>
  (arn ?? '').replace(/^.*\//, '').replace(/_.*$/, '');

/** What decides where tasks of the service run. */
export function capacityOf(
  world: World,
  { capacity }: ServicePlan,
): Pick<CreateServiceRequest, 'launchType' | 'capacityProviderStrategy' | 'networkConfiguration'> {
  if (capacity === 'EC2') return { launchType: 'EC2' };
  const subnetIds = world.store.read((tx) => tx.all(subnets)).map(({ subnetId }) => subnetId);
  const networkConfiguration = { awsvpcConfiguration: { subnets: subnetIds } };
  if (capacity === 'FARGATE') return { launchType: 'FARGATE', networkConfiguration };
  return {
    networkConfiguration,
    capacityProviderStrategy: [
      { capacityProvider: 'FARGATE', base: 1, weight: 1 },
      { capacityProvider: 'FARGATE_SPOT', weight: 2 },
    ],
  };
}

/** The service as the scenario wants it at first. */
export function serviceRequest(world: World, { name, plan }: PlannedService): CreateServiceRequest {
  const { desiredCount, hasBreaker, firstRevision, kind } = plan;
  if (kind === 'EXTERNAL')
    return { serviceName: name, desiredCount, deploymentController: { type: 'EXTERNAL' } };
  const isDaemon = kind === 'DAEMON';
  return {
    serviceName: name,
    taskDefinition: familyOf(plan, firstRevision),
    ...(isDaemon ? { schedulingStrategy: 'DAEMON' } : { desiredCount }),
    ...capacityOf(world, plan),
    ...placementOf(plan),
    deploymentConfiguration: {
      ...percentsOf(plan, plan),
      deploymentCircuitBreaker: { enable: hasBreaker, rollback: hasBreaker },
      ...extraOf(plan),
    },
  };
}

/** A task set of an EXTERNAL service. */
export const taskSetRequest = (
  world: World,
  { name, plan }: PlannedService,
  { revision, scalePercent }: { readonly revision: Revision; readonly scalePercent: number },
): CreateTaskSetRequest => ({
  service: name,
  cluster: 'default',
  taskDefinition: familyOf(plan, revision),
  ...capacityOf(world, plan),
  scale: { unit: 'PERCENT', value: scalePercent },
});

function extraOf({ extra, minimumHealthyPercent }: ServicePlan): DeploymentConfiguration {
  switch (extra) {
    case 'pause':
      return {
        lifecycleHooks: (['PRE_SCALE_UP', 'POST_SCALE_UP'] as const).map((stage) => ({
          targetType: 'PAUSE',
          lifecycleStages: [stage],
          timeoutConfiguration: { timeoutInMinutes: 5, action: 'CONTINUE' },
        })),
      };
    case 'alarms':
      return { alarms: { alarmNames: [ALARM], enable: true, rollback: true }, bakeTimeInMinutes: 2 };
    case 'early-blocking':
    case 'early-deferred':
      return {
        earlySuccessCriteria: {
          enable: true,
          healthyPercent: Math.max(60, minimumHealthyPercent),
          sourceServiceRevisionCleanup: extra === 'early-blocking' ? 'BLOCKING' : 'DEFERRED',
        },
      };
    default:
      return {};
  }
}

function placementOf({ kind, capacity, placement }: ServicePlan): Partial<CreateServiceRequest> {
  if (capacity !== 'EC2' || placement === 'default') return {};
  if (placement === 'blue')
    return { placementConstraints: [{ type: 'memberOf', expression: 'attribute:color == blue' }] };
  if (kind === 'DAEMON') return {};
  if (placement === 'distinct') return { placementConstraints: [{ type: 'distinctInstance' }] };
  if (placement === 'spread') {
    const zones = { type: 'spread', field: 'attribute:ecs.availability-zone' } as const;
    return { placementStrategy: [zones, { type: 'spread', field: 'instanceId' }] };
  }
  return {
    placementStrategy: [{ type: placement, ...(placement === 'binpack' ? { field: 'memory' } : {}) }],
  };
}

/** A DAEMON service has no more than 100 %; of others the API refuses the one pair that blocks every deployment. */
export function percentsOf(
  { kind }: ServicePlan,
  wanted: { readonly maximumPercent: number; readonly minimumHealthyPercent: number },
): { readonly maximumPercent: number; readonly minimumHealthyPercent: number } {
  const maximumPercent = kind === 'DAEMON' ? 100 : wanted.maximumPercent;
  const isBlocking = maximumPercent === 100 && wanted.minimumHealthyPercent === 100;
  return { maximumPercent, minimumHealthyPercent: isBlocking ? 0 : wanted.minimumHealthyPercent };
}

import { type BalanceRequest, balanceChoice, mayBalance } from '../../core/deployment/zone-balance.ts';
import { normalStrategies } from '../../core/placement/request-rules.ts';
import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { serviceArn } from '../../domain/arn.ts';
import type { Service } from '../../domain/service.ts';
import type { TaskDefinition } from '../../domain/task-definition.ts';
import { beginDeployment } from '../../records/begin-deployment.ts';
import { services } from '../../records/collections.ts';
import { canonicalRequest } from '../../records/idempotency.ts';
import { deleteService } from '../../records/services.ts';
import type {
  AvailabilityZoneRebalancing,
  CreateServiceRequest,
  EcsOperations,
} from '../../shapes/generated/ecs.ts';
import type { ReadTx, WriteTx } from '../../store/store.ts';
import type { Context, Operation } from '../operation.ts';
import { checkTags } from './cluster-rules.ts';
import { checkController } from './controller-rules.ts';
import {
  DEFAULT_DAEMON_CONFIGURATION,
  DEFAULT_DEPLOYMENT_CONFIGURATION,
  withDeploymentConfiguration,
} from './deployment-rules.ts';
import { ecsErrors } from './errors.ts';
import { activeCluster } from './service-reference.ts';
import { toServiceShape } from './service-shape.ts';
import { resolveSpec, usableDefinition } from './service-spec.ts';
import { refuseUnsupported } from './service-unsupported.ts';

type Shapes = EcsOperations['CreateService'];

const SERVICE_NAME = /^[A-Za-z0-9_-]{1,255}$/;
const GRACE_PERIOD_MAX_SECONDS = 2_147_483_647;

/** Makes a service; the scheduler starts its tasks. The same request again answers the service that is there. (SVC-1, SVC-2) */
export const createService: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  checkRequest(input);
  return context.store.write((tx) => {
    const cluster = activeCluster(tx, context.installation, input.cluster);
    const arn = serviceArn(context.installation, cluster.clusterName, input.serviceName);
    const existing = tx.get(services, arn);
    if (existing?.status === 'DRAINING') throw ecsErrors.serviceDraining();
    if (existing?.status === 'ACTIVE') {
      if (existing.creationRequest !== canonicalRequest(input)) throw ecsErrors.serviceNotIdempotent();
      return { service: { ...toServiceShape(tx, existing), tags: existing.tags } };
    }
    checkServiceCount(tx, cluster.clusterArn);
    const here = { serviceArn: arn, cluster };
    if (input.deploymentController?.type === 'EXTERNAL') return external(context, tx, { input, here });
    const where = { tx, scope: context.installation, cluster };
    const definition = usableDefinition(where, input.taskDefinition);
    // One task on each host: that is never the cluster's default strategy over FARGATE.
    const launchType = input.launchType ?? (input.schedulingStrategy === 'DAEMON' ? 'EC2' : undefined);
    const spec = resolveSpec(where, { ...input, launchType }, definition);
    const { healthCheckGracePeriodSeconds } = input;
    checkGracePeriod(definition, healthCheckGracePeriodSeconds);
    if (input.enableExecuteCommand && !definition.document.taskRoleArn)
      throw ecsErrors.execServiceTaskRole('created');
    deleteService(tx, arn);
    const made = newService(context, input, { serviceArn: arn, cluster, spec, deployments: [] });
    const deps = { tx, ids: context.ids, now: context.clock.now(), scope: context.installation };
    const service = beginDeployment(deps, made, spec);
    tx.put(services, service);
    return { service: { ...toServiceShape(tx, service), tags: service.tags } };
  });
};

/** A service without a deployment of its own; its task sets come later. (TSE-1) */
function external(
  context: Context,
  tx: WriteTx,
  { input, here }: { input: Shapes['input']; here: Pick<NewServiceParts, 'serviceArn' | 'cluster'> },
): Shapes['output'] {
  deleteService(tx, here.serviceArn);
  const made = newService(context, input, { ...here, spec: { taskDefinitionArn: '' }, deployments: [] });
  const service: Service = {
    ...made,
    deploymentController: 'EXTERNAL',
    availabilityZoneRebalancing: 'DISABLED',
  };
  tx.put(services, service);
  return { service: { ...toServiceShape(tx, service), tags: service.tags } };
}

function checkRequest(input: Shapes['input']): void {
  if (!SERVICE_NAME.test(input.serviceName)) {
    throw ecsErrors.invalid('serviceName must match ^[a-zA-Z0-9\\-_]{1,255}$');
  }
  checkController(input);
  checkBalancedByScheduler(input.availabilityZoneRebalancing, input.deploymentController?.type);
  refuseUnsupported(input);
  checkDesiredCount(input.desiredCount);
  const hasCount = input.desiredCount !== undefined && input.desiredCount !== null;
  if (input.schedulingStrategy === 'DAEMON') checkDaemon(input);
  else if (!hasCount && input.deploymentController?.type !== 'EXTERNAL')
    throw ecsErrors.desiredCountMissing();
  if ((input.clientToken ?? '').length > 36) throw ecsErrors.invalid('clientToken is at most 36 characters.');
  checkTags(input.tags ?? []);
}

/** What a service that runs one task on each host cannot have. (DMN-5) */
export function checkDaemon(input: DaemonRequest): void {
  if (input.desiredCount !== undefined && input.desiredCount !== null) throw ecsErrors.daemonCount();
  if ((input.deploymentConfiguration?.maximumPercent ?? 100) > 100) throw ecsErrors.daemonMaximum();
  if ((input.placementStrategy ?? []).length > 0) throw ecsErrors.daemonStrategies();
  if (input.launchType === 'FARGATE' || (input.capacityProviderStrategy ?? []).length > 0)
    throw ecsErrors.daemonOnFargate();
}

type DaemonRequest = Pick<
  CreateServiceRequest,
  'desiredCount' | 'deploymentConfiguration' | 'placementStrategy' | 'launchType' | 'capacityProviderStrategy'
>;

/** ACTIVE and DRAINING ones count. (QTA-1) */
function checkServiceCount(tx: ReadTx, clusterArn: string): void {
  const most = SERVICE_QUOTAS.servicesPerCluster;
  const count = ['ACTIVE', 'DRAINING'].reduce(
    (total, status) => total + tx.count(services, 'cluster', `${clusterArn} ${status}`),
    0,
  );
  if (count >= most) throw ecsErrors.quotaReached(most, 'services in a cluster');
}

/** Whole tasks, not fewer than none, and no more than a service may have. (QTA-1) */
export function checkDesiredCount(desiredCount: number | undefined): void {
  if (desiredCount === undefined || desiredCount === null) return;
  if (!Number.isInteger(desiredCount) || desiredCount < 0)
    throw ecsErrors.invalid('desiredCount must be at least 0');
  const most = SERVICE_QUOTAS.tasksPerService;
  if (desiredCount > most) throw ecsErrors.invalid(`desiredCount must be at most ${most}`);
}

/** A grace period needs a check whose word it may ignore: there are no load balancers yet, so one of a container. (SVC-4) */
export function checkGracePeriod({ document }: TaskDefinition, seconds: number | undefined): void {
  if (seconds === undefined || seconds === null || seconds === 0) return;
  if (seconds < 0 || seconds > GRACE_PERIOD_MAX_SECONDS) {
    throw ecsErrors.invalid(
      `healthCheckGracePeriodSeconds must be between 0 and ${GRACE_PERIOD_MAX_SECONDS}.`,
    );
  }
  const hasCheck = (document.containerDefinitions ?? []).some(({ healthCheck }) => healthCheck !== undefined);
  if (!hasCheck) throw ecsErrors.gracePeriodWithoutLoadBalancer();
}

/** Where others decide how many tasks run, the scheduler starts none for the sake of zones. (DEP-30) */
export function checkBalancedByScheduler(
  asked: AvailabilityZoneRebalancing | undefined,
  controller: string = 'ECS',
): void {
  if (asked === 'ENABLED' && controller !== 'ECS') throw ecsErrors.notBalanceable();
}

/** Refuses to balance what cannot be balanced over zones. (DEP-30) */
export function readBalance(
  asked: AvailabilityZoneRebalancing | undefined,
  request: BalanceRequest,
): AvailabilityZoneRebalancing {
  if (asked === 'ENABLED' && !mayBalance(request)) throw ecsErrors.notBalanceable();
  return balanceChoice(asked, request);
}

type NewServiceParts = Pick<Service, 'serviceArn' | 'spec' | 'deployments'> & {
  readonly cluster: { readonly clusterArn: string; readonly clusterName: string };
};

function newService(context: Context, input: Shapes['input'], parts: NewServiceParts): Service {
  const { installation, caller, clock } = context;
  const { cluster, ...rest } = parts;
  const schedulingStrategy = input.schedulingStrategy ?? 'REPLICA';
  const isDaemon = schedulingStrategy === 'DAEMON';
  const deploymentConfiguration = withDeploymentConfiguration(
    isDaemon ? DEFAULT_DAEMON_CONFIGURATION : DEFAULT_DEPLOYMENT_CONFIGURATION,
    input.deploymentConfiguration,
  );
  const chosen = readBalance(input.availabilityZoneRebalancing, {
    maximumPercent: deploymentConfiguration.maximumPercent ?? 200,
    launchType: parts.spec.launchType,
    schedulingStrategy,
    placementStrategy: input.placementStrategy ?? [],
    placementConstraints: [],
  });
  return {
    ...rest,
    serviceName: input.serviceName,
    clusterArn: cluster.clusterArn,
    clusterName: cluster.clusterName,
    status: 'ACTIVE',
    schedulingStrategy,
    desiredCount: input.desiredCount ?? 0,
    deploymentConfiguration,
    placementConstraints: input.placementConstraints ?? [],
    placementStrategy: normalStrategies(input.placementStrategy ?? []),
    healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds ?? 0,
    enableEcsManagedTags: input.enableECSManagedTags ?? false,
    propagateTags: input.propagateTags ?? 'NONE',
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    availabilityZoneRebalancing: chosen,
    roleArn: `arn:aws:iam::${installation.accountId}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    createdBy: caller.roleArn ?? caller.arn,
    createdAt: clock.now(),
    creationRequest: canonicalRequest(input),
    tags: input.tags ?? [],
    lastEventSequence: 0,
  };
}

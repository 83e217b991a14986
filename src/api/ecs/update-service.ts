import { normalStrategies } from '../../core/placement/request-rules.ts';
import type { DeploymentSpec, Service } from '../../domain/service.ts';
import { beginDeployment } from '../../records/begin-deployment.ts';
import { services } from '../../records/collections.ts';
import { canonicalRequest } from '../../records/idempotency.ts';
import { findTaskDefinition } from '../../records/task-definitions.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { checkControllerUpdate } from './controller-rules.ts';
import {
  checkBalancedByScheduler,
  checkDaemon,
  checkDesiredCount,
  checkGracePeriod,
  readBalance,
} from './create-service.ts';
import { withDeploymentConfiguration } from './deployment-rules.ts';
import { ecsErrors } from './errors.ts';
import { existingService } from './service-reference.ts';
import { toServiceShape } from './service-shape.ts';
import { resolveSpec, type SpecScope, usableDefinition } from './service-spec.ts';
import { refuseUnsupported } from './service-unsupported.ts';

type Shapes = EcsOperations['UpdateService'];

/** Changes a service. A change of what its tasks are, or `forceNewDeployment`, makes a new deployment. (SVC-6) */
export const updateService: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  refuseUnsupported(input);
  checkDesiredCount(input.desiredCount);
  return context.store.write((tx) => {
    const { service: before, cluster } = existingService(tx, context.installation, input);
    if (before.status !== 'ACTIVE') throw ecsErrors.serviceNotActive();
    if (before.schedulingStrategy === 'DAEMON') checkDaemon(input);
    checkControllerUpdate(before, input);
    const spec = nextSpec({ tx, scope: context.installation, cluster }, before, input);
    const definition = findTaskDefinition(tx, context.installation, spec.taskDefinitionArn);
    if (definition !== undefined) checkGracePeriod(definition, input.healthCheckGracePeriodSeconds);
    if (input.enableExecuteCommand && definition !== undefined && !definition.document.taskRoleArn)
      throw ecsErrors.execServiceTaskRole('updated');
    const changed: Service = { ...before, ...plainChanges(before, input) };
    const isDeploying = input.forceNewDeployment === true || !isSame(spec, before.spec);
    const deps = { tx, ids: context.ids, now: context.clock.now(), scope: context.installation };
    const service = isDeploying ? beginDeployment(deps, changed, spec) : changed;
    tx.put(services, service);
    return { service: { ...toServiceShape(tx, service), tags: service.tags } };
  });
};

/** Members that start no deployment; absent ones keep what is there. */
function plainChanges(before: Service, input: Shapes['input']): Partial<Service> {
  return {
    desiredCount: input.desiredCount ?? before.desiredCount,
    deploymentConfiguration: withDeploymentConfiguration(
      before.deploymentConfiguration,
      input.deploymentConfiguration,
    ),
    placementConstraints: input.placementConstraints ?? before.placementConstraints,
    placementStrategy: normalStrategies(input.placementStrategy ?? before.placementStrategy),
    healthCheckGracePeriodSeconds:
      input.healthCheckGracePeriodSeconds ?? before.healthCheckGracePeriodSeconds,
    availabilityZoneRebalancing: balanceOf(before, input),
    enableEcsManagedTags: input.enableECSManagedTags ?? before.enableEcsManagedTags,
    propagateTags: input.propagateTags ?? before.propagateTags,
    enableExecuteCommand: input.enableExecuteCommand ?? before.enableExecuteCommand,
  };
}

/** Stays unless it is asked for. (DEP-30) */
function balanceOf(before: Service, input: Shapes['input']): Service['availabilityZoneRebalancing'] {
  const { availabilityZoneRebalancing: asked, deploymentConfiguration } = input;
  if (asked === undefined || asked === null) return before.availabilityZoneRebalancing;
  checkBalancedByScheduler(asked, before.deploymentController);
  return readBalance(asked, {
    maximumPercent:
      deploymentConfiguration?.maximumPercent ?? before.deploymentConfiguration.maximumPercent ?? 200,
    launchType: before.spec.launchType,
    schedulingStrategy: before.schedulingStrategy,
    placementStrategy: input.placementStrategy ?? before.placementStrategy,
    placementConstraints: before.placementConstraints,
  });
}

/**
 * What new tasks are started with from now on. A request that says nothing about it is not checked: a definition that
 * has been deregistered since serves its services on. (SVC-6)
 */
function nextSpec(
  where: SpecScope,
  { spec, placementStrategy, placementConstraints }: Service,
  input: Shapes['input'],
): DeploymentSpec {
  const taskDefinition = named(input.taskDefinition);
  const changes = [
    taskDefinition,
    named(input.platformVersion),
    input.networkConfiguration,
    input.capacityProviderStrategy,
    input.placementStrategy,
    input.placementConstraints,
  ];
  if (changes.every((change) => change === undefined)) return spec;
  const next = resolveSpec(
    where,
    {
      ...capacityOf(spec, input),
      platformVersion: named(input.platformVersion) ?? spec.platformVersion,
      networkConfiguration: input.networkConfiguration ?? spec.networkConfiguration,
      placementStrategy: input.placementStrategy ?? placementStrategy,
      placementConstraints: input.placementConstraints ?? placementConstraints,
    },
    usableDefinition(where, taskDefinition ?? spec.taskDefinitionArn),
  );
  const isMoved = !isSame(next.capacityProviderStrategy, spec.capacityProviderStrategy);
  if (isMoved && input.forceNewDeployment !== true) {
    throw ecsErrors.invalid('capacityProviderStrategy can be changed only together with forceNewDeployment.');
  }
  return next;
}

type Capacity = Pick<DeploymentSpec, 'launchType' | 'capacityProviderStrategy'>;

/** An empty strategy returns to the launch type: the one it had, or that of its providers. (AWS: UpdateService) */
function capacityOf(spec: DeploymentSpec, { capacityProviderStrategy: given }: Shapes['input']): Capacity {
  if (given === undefined) {
    const { launchType, capacityProviderStrategy } = spec;
    return capacityProviderStrategy === undefined ? { launchType } : { capacityProviderStrategy };
  }
  return given.length > 0
    ? { capacityProviderStrategy: given }
    : { launchType: spec.launchType ?? 'FARGATE' };
}

const named = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

const isSame = (one: unknown, other: unknown): boolean =>
  canonicalRequest({ one }) === canonicalRequest({ one: other });

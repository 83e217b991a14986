import type { Service } from '../../domain/service.ts';
import type { CreateServiceRequest, UpdateServiceRequest } from '../../shapes/generated/ecs.ts';
import { ecsErrors } from './errors.ts';

/** What a service cannot have whose deployments are made elsewhere. (TSE-8, TSE-9) */
export function checkController(input: CreateServiceRequest): void {
  const type = input.deploymentController?.type ?? 'ECS';
  if (type === 'ECS') return;
  if (input.schedulingStrategy === 'DAEMON') throw ecsErrors.daemonController();
  checkOwnDeployments(input);
  if (type === 'CODE_DEPLOY' && (input.loadBalancers ?? []).length === 0)
    throw ecsErrors.codeDeployWithoutLoadBalancer();
  if (type === 'CODE_DEPLOY') throw ecsErrors.unsupportedFeature('deploymentController CODE_DEPLOY');
  if ((input.taskDefinition ?? '') !== '') throw ecsErrors.taskDefinitionOfExternal();
  if ((input.loadBalancers ?? []).length > 0) throw ecsErrors.loadBalancersOfExternal();
  for (const member of OF_TASK_SETS) {
    if (isGiven(input[member])) throw ecsErrors.memberOfExternal(member);
  }
}

/** Members that stand in the task sets of an EXTERNAL service. */
const OF_TASK_SETS = [
  'networkConfiguration',
  'launchType',
  'capacityProviderStrategy',
  'platformVersion',
] as const;

/** The scheduler's own ways to judge a deployment need a deployment of its own. */
function checkOwnDeployments({
  deploymentConfiguration,
}: Pick<CreateServiceRequest, 'deploymentConfiguration'>): void {
  const { deploymentCircuitBreaker, alarms, lifecycleHooks, earlySuccessCriteria } =
    deploymentConfiguration ?? {};
  const isAsked =
    deploymentCircuitBreaker?.enable === true ||
    alarms?.enable === true ||
    earlySuccessCriteria?.enable === true ||
    (lifecycleHooks ?? []).length > 0;
  if (isAsked) throw ecsErrors.breakerWithoutController();
}

/** Members of UpdateService that start a deployment, which such services do not have. (TSE-8, TSE-9) */
const DEPLOYING = [
  'taskDefinition',
  'networkConfiguration',
  'platformVersion',
  'capacityProviderStrategy',
] as const;

/** Refuses what UpdateService cannot change of a service whose deployments are made elsewhere. (TSE-8, TSE-9) */
export function checkControllerUpdate(
  { deploymentController = 'ECS' }: Service,
  input: UpdateServiceRequest,
): void {
  if (deploymentController === 'ECS') return;
  checkOwnDeployments(input);
  const isForced = input.forceNewDeployment === true;
  if (deploymentController === 'CODE_DEPLOY') {
    if (isGiven(input.taskDefinition)) throw ecsErrors.codeDeployTaskDefinition();
    if (isGiven(input.networkConfiguration)) throw ecsErrors.codeDeployNetwork();
    if (isForced) throw ecsErrors.codeDeployForce();
  }
  const member = isForced ? 'forceNewDeployment' : DEPLOYING.find((name) => isGiven(input[name]));
  if (member !== undefined) throw ecsErrors.memberOfExternal(member);
}

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);

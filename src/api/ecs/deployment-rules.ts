import { PAUSABLE_STAGES } from '../../core/deployment/stages.ts';
import type {
  DeploymentCircuitBreaker,
  DeploymentConfiguration,
  DeploymentLifecycleHook,
} from '../../shapes/generated/ecs.ts';
import { ecsErrors } from './errors.ts';

/** A service's deployment configuration when its maker names none. (SVC-2; AWS: DeploymentConfiguration) */
export const DEFAULT_DEPLOYMENT_CONFIGURATION: DeploymentConfiguration = {
  deploymentCircuitBreaker: { enable: false, rollback: false },
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  strategy: 'ROLLING',
  bakeTimeInMinutes: 0,
};

/** The same of a service that runs one task on each host: it stops before it starts. (DMN-3) */
export const DEFAULT_DAEMON_CONFIGURATION: DeploymentConfiguration = {
  ...DEFAULT_DEPLOYMENT_CONFIGURATION,
  maximumPercent: 100,
  minimumHealthyPercent: 0,
};

/** `current` with the members that `change` names, checked. (SVC-4) */
export function withDeploymentConfiguration(
  current: DeploymentConfiguration,
  change: DeploymentConfiguration | undefined,
): DeploymentConfiguration {
  if (change === undefined || change === null) return current;
  const given = Object.entries(change).filter(([, value]) => value !== undefined && value !== null);
  const merged: DeploymentConfiguration = { ...current, ...Object.fromEntries(given) };
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = merged;
  if (minimumHealthyPercent > 100) throw ecsErrors.minimumAbove100();
  if (minimumHealthyPercent < 0) throw ecsErrors.invalid('minimumHealthyPercent must be at least 0');
  if (maximumPercent < 100) throw ecsErrors.invalid('maximumPercent must be at least 100');
  if (maximumPercent === 100 && minimumHealthyPercent === 100) throw ecsErrors.deploymentBlocked();
  checkThreshold(merged.deploymentCircuitBreaker);
  for (const hook of merged.lifecycleHooks ?? []) checkHook(hook);
  checkBakeTime(merged.bakeTimeInMinutes);
  checkEarlySuccess(merged);
  return merged;
}

const MINUTES_OF_A_DAY = 1440;
const PAUSE_MAX_MINUTES = 20_160;
const HOOKS_MAX_COUNT = 10;

/** Pauses at the stages that a rolling deployment has; functions cannot be called yet. (DEP-21) */
function checkHook({
  targetType,
  lifecycleStages = [],
  timeoutConfiguration,
}: DeploymentLifecycleHook): void {
  if (targetType !== 'PAUSE') {
    if (targetType !== undefined && targetType !== 'AWS_LAMBDA') throw ecsErrors.hookTargetInvalid();
    throw ecsErrors.unsupportedFeature('deploymentConfiguration.lifecycleHooks targetType AWS_LAMBDA');
  }
  const isPossible = lifecycleStages.every((stage) => PAUSABLE_STAGES.includes(stage));
  if (lifecycleStages.length === 0 || !isPossible) throw ecsErrors.hookStageInvalid();
  const minutes = timeoutConfiguration?.timeoutInMinutes ?? MINUTES_OF_A_DAY;
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > PAUSE_MAX_MINUTES)
    throw ecsErrors.invalid(`timeoutInMinutes must be between 1 and ${PAUSE_MAX_MINUTES}.`);
}

function checkBakeTime(minutes: number | undefined): void {
  if (minutes === undefined || (minutes >= 0 && minutes <= MINUTES_OF_A_DAY)) return;
  throw ecsErrors.invalid(`bakeTimeInMinutes must be between 0 and ${MINUTES_OF_A_DAY}.`);
}

/** An early success must leave the service its minimum of healthy tasks. (DEP-24) */
function checkEarlySuccess({
  earlySuccessCriteria,
  minimumHealthyPercent = 100,
  ...rest
}: DeploymentConfiguration): void {
  if ((rest.lifecycleHooks ?? []).length > HOOKS_MAX_COUNT)
    throw ecsErrors.invalid(`lifecycleHooks can have at most ${HOOKS_MAX_COUNT} items.`);
  if (earlySuccessCriteria?.enable !== true) return;
  const { healthyPercent = 100 } = earlySuccessCriteria;
  if (healthyPercent < 1 || healthyPercent > 100)
    throw ecsErrors.invalid('earlySuccessCriteria.healthyPercent must be between 1 and 100.');
  if (healthyPercent < minimumHealthyPercent)
    throw ecsErrors.invalid('earlySuccessCriteria.healthyPercent must be at least minimumHealthyPercent.');
}

function checkThreshold(breaker: DeploymentCircuitBreaker | undefined): void {
  const threshold = breaker?.thresholdConfiguration;
  if (threshold === undefined || threshold === null) return;
  const most = threshold.type === 'COUNT' ? Number.MAX_SAFE_INTEGER : 100;
  if (!Number.isInteger(threshold.value) || threshold.value < 1 || threshold.value > most) {
    const range = threshold.type === 'COUNT' ? 'at least 1' : 'between 1 and 100';
    throw ecsErrors.invalid(
      `deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration.value must be ${range}.`,
    );
  }
}

import type { DeploymentCircuitBreaker, DeploymentConfiguration } from '../../shapes/generated/ecs.ts';
import { ecsErrors } from './errors.ts';

/** A service's deployment configuration when its maker names none. (SVC-2; AWS: DeploymentConfiguration) */
export const DEFAULT_DEPLOYMENT_CONFIGURATION: DeploymentConfiguration = {
  deploymentCircuitBreaker: { enable: false, rollback: false },
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  strategy: 'ROLLING',
  bakeTimeInMinutes: 0,
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
  return merged;
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

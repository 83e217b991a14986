import type { DeploymentCircuitBreaker } from '../../shapes/generated/ecs.ts';

const BOUNDED_LEAST_COUNT = 3;
const BOUNDED_MOST_COUNT = 200;
const DEFAULT_PERCENT = 50;

/**
 * How many failed tasks fail a deployment. By default half of the desired count, at least 3 and at most 200.
 * (DEP-9; AWS: deployment-circuit-breaker)
 */
export function failureThreshold(
  breaker: DeploymentCircuitBreaker | undefined,
  desiredCount: number,
): number {
  const { type, value } = breaker?.thresholdConfiguration ?? {
    type: 'BOUNDED_PERCENT',
    value: DEFAULT_PERCENT,
  };
  if (type === 'COUNT') return value;
  const share = Math.ceil((value * desiredCount) / 100);
  if (type === 'UNBOUNDED_PERCENT') return Math.max(1, share);
  return Math.min(BOUNDED_MOST_COUNT, Math.max(BOUNDED_LEAST_COUNT, share));
}

/** True when a deployment with so many failures has failed. (DEP-9) */
export function hasTripped(
  breaker: DeploymentCircuitBreaker | undefined,
  failedTasks: number,
  desiredCount: number,
): boolean {
  return breaker?.enable === true && failedTasks >= failureThreshold(breaker, desiredCount);
}

import type { DeploymentConfiguration } from '../../shapes/generated/ecs.ts';

/** One step of production traffic: how much of it the new revision gets, and how long it is watched there. */
export interface TrafficStep {
  /** 0 to 100, in tenths of a percent. */
  readonly greenPercent: number;
  readonly bakeMinutes: number;
}

const DEFAULT_LINEAR_PERCENT = 10;
const DEFAULT_LINEAR_BAKE_MINUTES = 6;
const DEFAULT_CANARY_PERCENT = 5;
const DEFAULT_CANARY_BAKE_MINUTES = 10;

/**
 * The steps by which a deployment shifts its production traffic; the last one is 100 percent and has no bake time of its
 * own. All at once for BLUE_GREEN. (TRF-2; AWS: LinearConfiguration, CanaryConfiguration)
 */
export function trafficSteps({
  strategy,
  linearConfiguration,
  canaryConfiguration,
}: DeploymentConfiguration): readonly TrafficStep[] {
  const last: TrafficStep = { greenPercent: 100, bakeMinutes: 0 };
  if (strategy === 'CANARY') {
    const { canaryPercent = DEFAULT_CANARY_PERCENT, canaryBakeTimeInMinutes = DEFAULT_CANARY_BAKE_MINUTES } =
      canaryConfiguration ?? {};
    const first = { greenPercent: canaryPercent, bakeMinutes: canaryBakeTimeInMinutes };
    return canaryPercent >= 100 ? [last] : [first, last];
  }
  if (strategy !== 'LINEAR') return [last];
  const { stepPercent = DEFAULT_LINEAR_PERCENT, stepBakeTimeInMinutes = DEFAULT_LINEAR_BAKE_MINUTES } =
    linearConfiguration ?? {};
  // In tenths of a percent, so that ten steps of 3.3 do not end at 32.99999.
  const tenths = Math.max(1, Math.round(stepPercent * 10));
  const count = Math.ceil(1000 / tenths) - 1;
  const steps = Array.from({ length: count }, (_, index) => ({
    greenPercent: ((index + 1) * tenths) / 10,
    bakeMinutes: stepBakeTimeInMinutes,
  }));
  return [...steps, last];
}

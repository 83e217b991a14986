/**
 * The most tasks a service may have at once, those that are pending or stopping included. Rounds down: 3 tasks at
 * 150 % may be 4. (DEP-2; AWS: DeploymentConfiguration)
 */
export const deploymentCeiling = (desiredCount: number, maximumPercent: number): number =>
  Math.floor((desiredCount * maximumPercent) / 100);

/**
 * The least tasks that must count as healthy before the scheduler may stop one of its own accord. Rounds up: 3 tasks at
 * 50 % need 2. (DEP-1; AWS: DeploymentConfiguration)
 */
export const deploymentFloor = (desiredCount: number, minimumHealthyPercent: number): number =>
  Math.ceil((desiredCount * minimumHealthyPercent) / 100);

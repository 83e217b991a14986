import type { ContainerDefinition, HealthCheck } from '../../shapes/generated/ecs.ts';
import { type ContainerRule, forEachContainer, type Rule } from './draft.ts';

interface Bounds {
  readonly member: Exclude<keyof HealthCheck, 'command'>;
  readonly min: number;
  readonly max: number;
}

/** Seconds, except for `retries`. (TDF-12) */
const HEALTH_CHECK_BOUNDS: readonly Bounds[] = [
  { member: 'interval', min: 5, max: 300 },
  { member: 'timeout', min: 2, max: 60 },
  { member: 'retries', min: 1, max: 10 },
  { member: 'startPeriod', min: 0, max: 300 },
];

const RESTART_PERIOD_SECONDS = { min: 60, max: 1800 } as const;
const IGNORED_EXIT_CODES_MAX_COUNT = 50;

const rules: readonly ContainerRule[] = [
  brokenHealthCheck,
  ({ name, restartPolicy }) => {
    const period = restartPolicy?.restartAttemptPeriod ?? RESTART_PERIOD_SECONDS.min;
    const { min, max } = RESTART_PERIOD_SECONDS;
    return isWithin(period, min, max)
      ? undefined
      : `The 'restartAttemptPeriod' setting for container '${name}' must be between ${min} and ${max}.`;
  },
  ({ name, restartPolicy }) =>
    (restartPolicy?.ignoredExitCodes ?? []).length > IGNORED_EXIT_CODES_MAX_COUNT
      ? `The 'ignoredExitCodes' setting for container '${name}' can have at most ${IGNORED_EXIT_CODES_MAX_COUNT} values.`
      : undefined,
  (container) => negativeTimeout('startTimeout', container),
  (container) => negativeTimeout('stopTimeout', container),
];

/** Health checks, restart policies and the two timeouts. (TDF-12, TDF-13) */
export const healthRules: readonly Rule[] = [forEachContainer(rules)];

/** 0 is what clients send for "not given", except that a start period may well be 0. */
function brokenHealthCheck({ name, healthCheck }: ContainerDefinition): string | undefined {
  if (healthCheck === undefined) return undefined;
  if ((healthCheck.command ?? []).length === 0) {
    return `Health check command must not be empty for container '${name}'`;
  }
  for (const { member, min, max } of HEALTH_CHECK_BOUNDS) {
    const value = healthCheck[member] ?? 0;
    const bound =
      value > max ? `less than or equal to the maximum allowed value ${max}` : lowerBound(value, min);
    if (bound !== undefined) return `Health check ${member} must be ${bound} for container '${name}'`;
  }
  return undefined;
}

const lowerBound = (value: number, min: number): string | undefined =>
  value < min && value !== 0 ? `greater than or equal to the minimum allowed value ${min}` : undefined;

/** FARGATE's own bounds stand among its rules; other hosts wait as long as they are told to. (TDF-13) */
function negativeTimeout(
  member: 'startTimeout' | 'stopTimeout',
  { name, [member]: seconds = 1 }: ContainerDefinition,
): string | undefined {
  return seconds > 0 ? undefined : `The '${member}' setting for container '${name}' must be greater than 0.`;
}

const isWithin = (value: number, min: number, max: number): boolean => value >= min && value <= max;

import type { ContainerInstance, InstanceHealth } from '../../domain/container-instance.ts';
import type { Instant } from '../../lib/clock.ts';
import { plusMs } from '../../lib/clock.ts';

/** A check as clients see it. */
export interface HealthCheck {
  readonly type: InstanceHealth['type'] | 'AGENT_CONNECTIVITY';
  readonly status: InstanceHealth['status'];
  readonly updatedAt: Instant;
  readonly changedAt: Instant;
}

/** Worst first. (AWS: ContainerInstanceHealthStatus) */
const BY_WORTH: readonly InstanceHealth['status'][] = ['IMPAIRED', 'INSUFFICIENT_DATA', 'INITIALIZING', 'OK'];

/** A status that stays is written again after this time, so that hosts do not cost a write a minute. */
const REFRESH_AFTER_MS = 10 * 60_000;

/**
 * A host's health: what its agent said of it, whether the agent is there, and how its daemons are; as a whole the worst
 * of these. A host that has said nothing of its container runtime has too little data. (INS-14, MDM-33)
 */
export function instanceHealth(
  instance: ContainerInstance,
  daemonCheck?: HealthCheck | undefined,
): {
  readonly overall: InstanceHealth['status'];
  readonly checks: readonly HealthCheck[];
} {
  const { health = [], agentConnected, connectivityAt, registeredAt } = instance;
  const connectivity: HealthCheck = {
    type: 'AGENT_CONNECTIVITY',
    status: agentConnected ? 'OK' : 'IMPAIRED',
    updatedAt: connectivityAt,
    changedAt: connectivityAt,
  };
  const isRuntimeKnown = health.some(({ type }) => type === 'CONTAINER_RUNTIME');
  const unknown: HealthCheck = {
    type: 'CONTAINER_RUNTIME',
    status: 'INSUFFICIENT_DATA',
    updatedAt: registeredAt,
    changedAt: registeredAt,
  };
  const daemons = daemonCheck === undefined ? [] : [daemonCheck];
  const checks = [...(isRuntimeKnown ? [] : [unknown]), ...health, connectivity, ...daemons];
  return { overall: worstCheck(checks)?.status ?? 'INSUFFICIENT_DATA', checks };
}

/** The first of those with the worst status; undefined for none. */
export function worstCheck(checks: readonly HealthCheck[]): HealthCheck | undefined {
  const status = BY_WORTH.find((each) => checks.some((check) => check.status === each));
  return checks.find((check) => check.status === status);
}

/** What an agent says of one check. */
export interface ReportedCheck {
  /** e.g. `ContainerRuntime`. */
  readonly type: string;
  readonly status: string;
}

const TYPES: ReadonlyMap<string, InstanceHealth['type']> = new Map([
  ['ContainerRuntime', 'CONTAINER_RUNTIME'],
  ['AcceleratedCompute', 'ACCELERATED_COMPUTE'],
  ['Daemon', 'DAEMON'],
]);

/**
 * The health of a host after a report. The same list as before when the report is no news: the same statuses, told again
 * soon. Kinds and statuses that nobody knows are passed over. (INS-14)
 */
export function foldHealth(
  before: readonly InstanceHealth[],
  reported: readonly ReportedCheck[],
  now: Instant,
): readonly InstanceHealth[] {
  let after = before;
  for (const { type: name, status: text } of reported) {
    const type = TYPES.get(name);
    const status = BY_WORTH.find((known) => known === text);
    if (type === undefined || status === undefined) continue;
    const known = after.find((check) => check.type === type);
    const isSame = known?.status === status;
    if (isSame && now < plusMs(known.updatedAt, REFRESH_AFTER_MS)) continue;
    const check = { type, status, updatedAt: now, changedAt: isSame ? known.changedAt : now };
    after = [...after.filter((other) => other !== known), check];
  }
  return after;
}

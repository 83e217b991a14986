import type { PayloadContainer, PayloadDependency } from '../domain/task-payload.ts';
import { type Instant, instant } from '../lib/clock.ts';
import { routerOf, usesFirelens } from './firelens.ts';
import { type ContainerRecord, payloadOf, type TaskRecord } from './task-record.ts';

/** Whether a container may start as far as the other containers are concerned. */
export type DependencyVerdict =
  | { readonly kind: 'met' }
  /** Something has to happen first; without it the wait is over at `until`. */
  | { readonly kind: 'not-yet'; readonly until?: Instant | undefined }
  /** It will never be able to start; `reason` is what its container report says. */
  | { readonly kind: 'never'; readonly reason: string };

const MET: DependencyVerdict = { kind: 'met' };

/** Whether the dependencies of a container let it start. A restarted container has met them already. (LIF-1) */
export function dependencyVerdict(record: TaskRecord, name: string, now: Instant): DependencyVerdict {
  const container = record.containers.find((entry) => entry.name === name);
  if (container === undefined || container.wasRunning) return MET;
  const verdicts = dependenciesOf(record, name).map((dependency) =>
    verdictOn(record, { container, dependency, now }),
  );
  const waits = verdicts.filter((verdict) => verdict.kind === 'not-yet');
  const untils = waits.flatMap(({ until }) => (until === undefined ? [] : [until]));
  return (
    verdicts.find((verdict) => verdict.kind === 'never') ??
    (waits.length === 0
      ? MET
      : { kind: 'not-yet', until: untils.length === 0 ? undefined : untils.reduce(earlier) })
  );
}

/** Whether the first container waits for the second, be it by a link or a shared volume. (LIF-3) */
export const dependsOn = (record: TaskRecord, name: string, on: string): boolean =>
  dependenciesOf(record, name).some((dependency) => dependency.containerName === on);

/** The earlier of two points in time. */
export const earlier = (left: Instant, right: Instant): Instant => (left < right ? left : right);

interface Dependent {
  readonly container: ContainerRecord;
  readonly dependency: PayloadDependency;
  readonly now: Instant;
}

function verdictOn(record: TaskRecord, { container, dependency, now }: Dependent): DependencyVerdict {
  const target = record.containers.find(({ name }) => name === dependency.containerName);
  if (target === undefined) return MET;
  const state = hasNeverRun(target) ? 'will never start' : CONDITIONS[dependency.condition](target);
  if (state === 'met') return MET;
  const words = { on: shown(record, target), by: shown(record, container) };
  if (state !== 'not-yet') return { kind: 'never', reason: FAILURES[state](words) };
  const deadline = startDeadline(record, dependency, target);
  return deadline !== undefined && now >= deadline
    ? { kind: 'never', reason: FAILURES['timed out'](words) }
    : { kind: 'not-yet', until: deadline };
}

/** Why a dependency can never come true. */
type Failure = 'will never start' | 'failed' | 'ended' | 'timed out';

const hasNeverRun = (target: ContainerRecord): boolean => target.phase === 'STOPPED' && !target.wasRunning;

/** What each condition says of a container that has run, or that may still run. */
const CONDITIONS: Readonly<
  Record<PayloadDependency['condition'], (target: ContainerRecord) => 'met' | 'not-yet' | Failure>
> = {
  START: ({ phase }) => (phase === 'RUNNING' || phase === 'STOPPED' ? 'met' : 'not-yet'),
  COMPLETE: ({ phase }) => (phase === 'STOPPED' ? 'met' : 'not-yet'),
  SUCCESS: ({ phase, exitCode }) => (phase !== 'STOPPED' ? 'not-yet' : exitCode === 0 ? 'met' : 'failed'),
  HEALTHY: ({ phase, health }) =>
    phase === 'STOPPED' ? 'ended' : phase === 'RUNNING' && health === 'HEALTHY' ? 'met' : 'not-yet',
};

const PREFIX = 'CannotStartContainerError: dependency graph:';

/** The ECS agent's texts; that a checked container has ended is told by it in no words of its own. (LIF-2) */
const FAILURES: Readonly<Record<Failure, (words: { readonly on: string; readonly by: string }) => string>> = {
  'will never start': ({ on, by }) =>
    `${PREFIX} failed to resolve container ordering dependency [${on}] for target [${by}] because dependency will never start`,
  failed: ({ on, by }) =>
    `${PREFIX} failed to resolve container ordering dependency [${on}] for target [${by}] as dependency did not exit successfully.`,
  ended: ({ on, by }) =>
    `${PREFIX} failed to resolve container ordering dependency [${on}] for target [${by}] because dependency ended before it was healthy`,
  'timed out': ({ on, by }) =>
    `${PREFIX} container ordering dependency [${on}] for target [${by}] has timed out.`,
};

function shown(record: TaskRecord, { name, phase, exitCode }: ContainerRecord): string {
  const exit = exitCode === undefined ? '' : ` - Exit: ${exitCode}`;
  return `${name}(${payloadOf(record, name)?.image ?? ''}) (${phase}->RUNNING)${exit}`;
}

/** The dependency's own `startTimeout`, counted from its start. */
function startDeadline(
  record: TaskRecord,
  dependency: PayloadDependency,
  target: ContainerRecord,
): Instant | undefined {
  const seconds = payloadOf(record, target.name)?.startTimeout;
  if (dependency.condition === 'START' || seconds === undefined || target.startedAtMs === undefined)
    return undefined;
  return instant(target.startedAtMs + seconds * 1000);
}

/** Links and shared volumes are START dependencies too. */
function dependenciesOf(record: TaskRecord, name: string): readonly PayloadDependency[] {
  const container = payloadOf(record, name);
  if (container === undefined) return [];
  const implied = [
    ...(container.links ?? []).map((link) => link.split(':')[0] ?? ''),
    ...(container.volumesFrom ?? []).map((from) => from.sourceContainer),
    ...routerBefore(record, container),
  ];
  return [
    ...(container.dependsOn ?? []),
    ...implied.map((containerName): PayloadDependency => ({ containerName, condition: 'START' })),
  ];
}

/**
 * A container starts after the router that it logs through. A router that waits for others itself is not waited for:
 * it might be for this one. (FLN-3)
 */
function routerBefore(record: TaskRecord, container: PayloadContainer): readonly string[] {
  const router = routerOf(record.payload);
  if (router === undefined || !usesFirelens(container)) return [];
  const isNamed = (container.dependsOn ?? []).some(({ containerName }) => containerName === router.name);
  return isNamed || (router.dependsOn ?? []).length > 0 ? [] : [router.name];
}

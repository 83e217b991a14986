import type { PayloadDependency } from '../domain/task-payload.ts';
import { type Instant, instant } from '../lib/clock.ts';
import { type ContainerRecord, payloadOf, type TaskRecord } from './task-record.ts';

/** The next thing to do for a task. */
export type TaskStep =
  /** Nothing, until something changes or `until` comes. */
  | { readonly kind: 'wait'; readonly until?: Instant | undefined }
  /** Make the sandbox, and bring the images meanwhile. */
  | { readonly kind: 'prepare' }
  /** Bring the images of these containers: they were not all there when the agent last stopped. */
  | { readonly kind: 'pull'; readonly names: readonly string[] }
  /** Create and start these containers; their dependencies are met. */
  | { readonly kind: 'launch'; readonly names: readonly string[] }
  /** A container can never start. */
  | { readonly kind: 'give-up'; readonly name: string; readonly reason: string }
  /** All containers have been up: note it. */
  | { readonly kind: 'settle' }
  /** Containers that will not be started any more. */
  | { readonly kind: 'abandon'; readonly names: readonly string[] }
  /** Stop these containers; nothing that depends on them runs. */
  | { readonly kind: 'stop'; readonly names: readonly string[] }
  /** Every container has ended: take the sandbox away. */
  | { readonly kind: 'release' };

/** Decides what a task that is not stopped needs now. (AGT-5, AGT-6) */
export function nextStep(record: TaskRecord, now: Instant): TaskStep {
  // Also when the task is ending already: a task whose program ended at once has been RUNNING all the same.
  if (!record.wasRunning && record.containers.every(({ wasRunning }) => wasRunning))
    return { kind: 'settle' };
  if (record.desiredStatus === 'STOPPED' || record.isEnding) return endingStep(record);
  if (!record.isPrepared) return { kind: 'prepare' };
  const unpulled = record.containers.filter((container) => container.phase === 'NONE');
  if (unpulled.length > 0) return { kind: 'pull', names: namesOf(unpulled) };
  return startingStep(record, now);
}

function endingStep(record: TaskRecord): TaskStep {
  const unstarted = record.containers.filter(({ phase }) => phase !== 'RUNNING' && phase !== 'STOPPED');
  if (unstarted.length > 0) return { kind: 'abandon', names: namesOf(unstarted) };
  const running = record.containers.filter(({ phase }) => phase === 'RUNNING');
  if (running.length === 0) return { kind: 'release' };
  const free = running.filter(({ name }) => !running.some((other) => dependsOn(record, other.name, name)));
  // A circle of dependencies is refused at registration; should one come all the same, everything is stopped.
  return { kind: 'stop', names: namesOf(free.length > 0 ? free : running) };
}

function startingStep(record: TaskRecord, now: Instant): TaskStep {
  const waiting = record.containers.filter(({ phase }) => phase === 'PULLED' || phase === 'CREATED');
  const ready: string[] = [];
  let until: Instant | undefined;
  for (const container of waiting) {
    const verdict = dependencyVerdict(record, container, now);
    if (verdict.kind === 'never') return { kind: 'give-up', name: container.name, reason: verdict.reason };
    if (verdict.kind === 'met') ready.push(container.name);
    else if (verdict.until !== undefined)
      until = until === undefined ? verdict.until : earlier(until, verdict.until);
  }
  if (ready.length > 0) return { kind: 'launch', names: ready };
  if (waiting.length === 0 && !record.wasRunning) return { kind: 'settle' };
  return { kind: 'wait', until };
}

type Verdict =
  | { readonly kind: 'met' }
  | { readonly kind: 'not-yet'; readonly until?: Instant | undefined }
  | { readonly kind: 'never'; readonly reason: string };

const MET: Verdict = { kind: 'met' };

/** Whether the dependencies of a container let it start. A restarted container has met them already. (AGT-5) */
function dependencyVerdict(record: TaskRecord, container: ContainerRecord, now: Instant): Verdict {
  if (container.wasRunning) return MET;
  const verdicts = dependenciesOf(record, container.name).map((dependency) =>
    verdictOn(record, dependency, now),
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

function verdictOn(record: TaskRecord, dependency: PayloadDependency, now: Instant): Verdict {
  const target = record.containers.find(({ name }) => name === dependency.containerName);
  if (target === undefined) return MET;
  const state = hasNeverRun(target) ? 'never' : CONDITIONS[dependency.condition](target);
  if (state === 'met') return MET;
  const deadline = startDeadline(record, dependency, target);
  const isLate = deadline !== undefined && now >= deadline;
  return state === 'never' || isLate ? never(record) : { kind: 'not-yet', until: deadline };
}

const never = (record: TaskRecord): Verdict => ({
  kind: 'never',
  reason: `TaskDependencyError: Task dependencies cannot be resolved, taskArn: ${record.payload.arn}`,
});

type ConditionState = 'met' | 'not-yet' | 'never';

const hasNeverRun = (target: ContainerRecord): boolean => target.phase === 'STOPPED' && !target.wasRunning;

/** What each condition says of a container that has run, or that may still run. */
const CONDITIONS: Readonly<
  Record<PayloadDependency['condition'], (target: ContainerRecord) => ConditionState>
> = {
  START: ({ phase }) => (phase === 'RUNNING' || phase === 'STOPPED' ? 'met' : 'not-yet'),
  COMPLETE: ({ phase }) => (phase === 'STOPPED' ? 'met' : 'not-yet'),
  SUCCESS: ({ phase, exitCode }) => (phase !== 'STOPPED' ? 'not-yet' : exitCode === 0 ? 'met' : 'never'),
  HEALTHY: ({ phase, health }) =>
    phase === 'STOPPED' ? 'never' : phase === 'RUNNING' && health === 'HEALTHY' ? 'met' : 'not-yet',
};

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
  ];
  return [
    ...(container.dependsOn ?? []),
    ...implied.map((containerName): PayloadDependency => ({ containerName, condition: 'START' })),
  ];
}

const dependsOn = (record: TaskRecord, name: string, on: string): boolean =>
  dependenciesOf(record, name).some((dependency) => dependency.containerName === on);

const namesOf = (containers: readonly ContainerRecord[]): readonly string[] =>
  containers.map(({ name }) => name);

const earlier = (left: Instant, right: Instant): Instant => (left < right ? left : right);

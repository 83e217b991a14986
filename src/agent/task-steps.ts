import type { Instant } from '../lib/clock.ts';
import { dependencyVerdict, dependsOn, earlier } from './task-dependencies.ts';
import type { ContainerRecord, TaskRecord } from './task-record.ts';

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

const NONE: ReadonlySet<string> = new Set();

/**
 * Decides what a task that is not stopped needs now. `busy` are the containers that are being launched or stopped at
 * this moment: the others do not wait for them unless they depend on them. (AGT-5, AGT-6, LIF-1, LIF-3)
 */
export function nextStep(record: TaskRecord, now: Instant, busy: ReadonlySet<string> = NONE): TaskStep {
  // Also when the task is ending already: a task whose program ended at once has been RUNNING all the same.
  if (!record.wasRunning && record.containers.every(({ wasRunning }) => wasRunning))
    return { kind: 'settle' };
  if (record.desiredStatus === 'STOPPED' || record.isEnding) return endingStep(record, busy);
  if (!record.isPrepared) return { kind: 'prepare' };
  const unpulled = record.containers.filter((container) => container.phase === 'NONE');
  if (unpulled.length > 0) return { kind: 'pull', names: namesOf(unpulled) };
  return startingStep(record, { now, busy });
}

function endingStep(record: TaskRecord, busy: ReadonlySet<string>): TaskStep {
  const idle = record.containers.filter(({ name }) => !busy.has(name));
  const unstarted = idle.filter(({ phase }) => phase !== 'RUNNING' && phase !== 'STOPPED');
  if (unstarted.length > 0) return { kind: 'abandon', names: namesOf(unstarted) };
  const up = record.containers.filter(({ name, phase }) => phase === 'RUNNING' || busy.has(name));
  if (up.length === 0) return { kind: 'release' };
  const free = up.filter(({ name }) => !up.some((other) => dependsOn(record, other.name, name)));
  // A circle of dependencies is refused at registration; should one come all the same, everything is stopped.
  const stoppable = (free.length > 0 ? free : up).filter(({ name }) => !busy.has(name));
  return stoppable.length > 0 ? { kind: 'stop', names: namesOf(stoppable) } : { kind: 'wait' };
}

function startingStep(
  record: TaskRecord,
  { now, busy }: { readonly now: Instant; readonly busy: ReadonlySet<string> },
): TaskStep {
  const waiting = record.containers.filter(({ phase }) => phase === 'PULLED' || phase === 'CREATED');
  const verdicts = waiting
    .filter(({ name }) => !busy.has(name))
    .map(({ name }) => ({ name, verdict: dependencyVerdict(record, name, now) }));
  for (const { name, verdict } of verdicts)
    if (verdict.kind === 'never') return { kind: 'give-up', name, reason: verdict.reason };
  const ready = verdicts.filter(({ verdict }) => verdict.kind === 'met').map(({ name }) => name);
  if (ready.length > 0) return { kind: 'launch', names: ready };
  const [stuck] = waiting;
  if (stuck === undefined) return record.wasRunning ? { kind: 'wait' } : { kind: 'settle' };
  const mayChange = busy.size > 0 || record.containers.some(({ phase }) => phase === 'RUNNING');
  if (!mayChange) return { kind: 'give-up', name: stuck.name, reason: unresolvable(record) };
  const untils = verdicts.flatMap(({ verdict }) =>
    verdict.kind === 'not-yet' && verdict.until !== undefined ? [verdict.until] : [],
  );
  return { kind: 'wait', until: untils.length === 0 ? undefined : untils.reduce(earlier) };
}

/** Containers that wait for each other; such definitions are refused at registration. (LIF-2) */
const unresolvable = ({ payload }: TaskRecord): string =>
  `TaskDependencyError: Task dependencies cannot be resolved, taskArn: ${payload.arn}`;

const namesOf = (containers: readonly ContainerRecord[]): readonly string[] =>
  containers.map(({ name }) => name);

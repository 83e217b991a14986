import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PayloadDependency } from '../domain/task-payload.ts';
import { instant } from '../lib/clock.ts';
import { dependsOn } from './task-dependencies.ts';
import { type TaskRecord, withContainer } from './task-record.ts';
import { nextStep } from './task-steps.ts';
import { aRecord } from './testing.ts';

interface Container {
  readonly dependsOn: readonly PayloadDependency[];
  readonly essential: boolean;
  /** How it ends by itself; undefined runs until it is stopped, and becomes healthy. */
  readonly exitCode: number | undefined;
  readonly isRefused: boolean;
}

const CONDITIONS = ['START', 'COMPLETE', 'SUCCESS', 'HEALTHY'] as const;

/** A task whose containers depend on earlier ones only. */
const task = fc
  .array(
    fc.record({
      edges: fc.array(fc.tuple(fc.nat(4), fc.constantFrom(...CONDITIONS)), { maxLength: 3 }),
      essential: fc.boolean(),
      exitCode: fc.constantFrom(undefined, 0, 1),
      isRefused: fc.boolean(),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((containers) =>
    containers.map(
      ({ edges, ...container }, at): Container => ({
        ...container,
        dependsOn: edges
          .filter(([target]) => target < at)
          .map(([target, condition]) => ({ containerName: `c${target}`, condition })),
      }),
    ),
  );

const NOW = instant(1_000);

/** What a host does with a step, with containers that behave as `containers` say. */
function applied(record: TaskRecord, containers: readonly Container[]): TaskRecord {
  const step = nextStep(record, NOW);
  const each = (names: readonly string[], change: (name: string) => Parameters<typeof withContainer>[2]) =>
    names.reduce((next, name) => withContainer(next, name, change(name)), record);
  const ended = (next: TaskRecord, names: readonly string[]): TaskRecord => ({
    ...next,
    isEnding: next.isEnding || names.some((name) => containers[Number(name.slice(1))]?.essential),
  });
  switch (step.kind) {
    case 'launch': {
      const isRefused = (name: string): boolean => containers[Number(name.slice(1))]?.isRefused ?? false;
      const next = each(step.names, (name) =>
        isRefused(name)
          ? { phase: 'STOPPED' }
          : { phase: 'RUNNING', wasRunning: true, startedAtMs: 1_000, health: 'HEALTHY' },
      );
      return ended(next, step.names.filter(isRefused));
    }
    case 'give-up':
      return ended(
        each([step.name], () => ({ phase: 'STOPPED', exitCode: 143 })),
        [step.name],
      );
    case 'stop':
    case 'abandon':
      return each(step.names, () => ({ phase: 'STOPPED' }));
    case 'settle':
      return { ...record, wasRunning: true };
    case 'release':
      return { ...record, isStopped: true };
    default:
      return oneEnds(record, containers);
  }
}

/** While nothing is to be done: a program ends by itself, or at last the user stops the task. */
function oneEnds(record: TaskRecord, containers: readonly Container[]): TaskRecord {
  const at = containers.findIndex(
    ({ exitCode }, index) => exitCode !== undefined && record.containers[index]?.phase === 'RUNNING',
  );
  if (at < 0) return { ...record, desiredStatus: 'STOPPED' };
  const next = withContainer(record, `c${at}`, { phase: 'STOPPED', exitCode: containers[at]?.exitCode });
  return { ...next, isEnding: next.isEnding || containers[at]?.essential === true };
}

const fresh = (containers: readonly Container[]): TaskRecord =>
  aRecord(
    containers.map(({ dependsOn: edges, essential }, at) => ({
      name: `c${at}`,
      dependsOn: edges,
      essential,
    })),
  );

const MET: Readonly<Record<(typeof CONDITIONS)[number], (phase: string, exitCode?: number) => boolean>> = {
  START: (phase) => phase === 'RUNNING' || phase === 'STOPPED',
  COMPLETE: (phase) => phase === 'STOPPED',
  SUCCESS: (phase, exitCode) => phase === 'STOPPED' && exitCode === 0,
  HEALTHY: (phase) => phase === 'RUNNING',
};

describe('the order of a task', () => {
  test('[LIF-1, LIF-3] every task comes to its end, starts in order and stops in reverse order', () => {
    fc.assert(
      fc.property(task, (containers) => {
        let record = fresh(containers);
        for (let count = 0; !record.isStopped && count < 60; count += 1) {
          const step = nextStep(record, NOW);
          if (step.kind === 'launch') {
            const unmet = step.names.flatMap((name) =>
              (containers[Number(name.slice(1))]?.dependsOn ?? []).filter(({ containerName, condition }) => {
                const target = record.containers.find((entry) => entry.name === containerName);
                return !MET[condition](target?.phase ?? '', target?.exitCode);
              }),
            );
            expect(unmet).toEqual([]);
          }
          if (step.kind === 'stop') {
            const running = record.containers.filter(({ phase }) => phase === 'RUNNING');
            const early = step.names.filter((name) =>
              running.some((other) => dependsOn(record, other.name, name)),
            );
            expect(early).toEqual([]);
          }
          record = applied(record, containers);
        }
        expect(record.isStopped).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

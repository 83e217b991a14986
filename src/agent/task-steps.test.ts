import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instant } from '../lib/clock.ts';
import { type ContainerRecord, withContainer } from './task-record.ts';
import { nextStep } from './task-steps.ts';
import { aRecord, exited, RUNNING } from './testing.ts';

const now = instant(10_000);

describe('nextStep', () => {
  test('[AGT-5] the sandbox first, then all images at once, then the containers', () => {
    const fresh = { phase: 'NONE' } as const;
    const both = [
      { name: 'a', is: fresh },
      { name: 'b', is: fresh },
    ];
    expect(nextStep(aRecord(both, { isPrepared: false }), now)).toEqual({ kind: 'prepare' });
    expect(nextStep(aRecord(both), now)).toEqual({ kind: 'pull', names: ['a', 'b'] });
    expect(nextStep(aRecord([{ name: 'a' }, { name: 'b' }]), now)).toEqual({
      kind: 'launch',
      names: ['a', 'b'],
    });
  });

  const depends = (condition: 'START' | 'COMPLETE' | 'SUCCESS' | 'HEALTHY', is?: Partial<ContainerRecord>) =>
    nextStep(
      aRecord([
        { name: 'db', essential: false, is },
        { name: 'app', dependsOn: [{ containerName: 'db', condition }] },
      ]),
      now,
    );
  const app = { kind: 'launch', names: ['app'] };
  const graph = 'CannotStartContainerError: dependency graph:';
  const giveUp = (reason: string) => ({ kind: 'give-up', name: 'app', reason: `${graph} ${reason}` });
  const unresolved = (db: string, why: string) =>
    giveUp(
      `failed to resolve container ordering dependency [db(app:1) ${db}] for target [app(app:1) (PULLED->RUNNING)] ${why}`,
    );

  test.each([
    { name: 'START is met by a running container', condition: 'START', is: RUNNING, step: app },
    { name: 'START is met by one that ran', condition: 'START', is: exited(1), step: app },
    {
      name: 'START is never met by one that failed',
      condition: 'START',
      is: { phase: 'STOPPED' },
      step: unresolved('(STOPPED->RUNNING)', 'because dependency will never start'),
    },
    { name: 'COMPLETE waits for the end', condition: 'COMPLETE', is: RUNNING, step: { kind: 'wait' } },
    { name: 'COMPLETE takes any exit code', condition: 'COMPLETE', is: exited(7), step: app },
    { name: 'SUCCESS takes 0', condition: 'SUCCESS', is: exited(0), step: app },
    {
      name: 'SUCCESS takes nothing else',
      condition: 'SUCCESS',
      is: exited(1),
      step: unresolved('(STOPPED->RUNNING) - Exit: 1', 'as dependency did not exit successfully.'),
    },
    { name: 'HEALTHY waits for health', condition: 'HEALTHY', is: RUNNING, step: { kind: 'wait' } },
    { name: 'HEALTHY is met', condition: 'HEALTHY', is: { ...RUNNING, health: 'HEALTHY' }, step: app },
    {
      name: 'HEALTHY is never met after the end',
      condition: 'HEALTHY',
      is: exited(0),
      step: unresolved('(STOPPED->RUNNING) - Exit: 0', 'because dependency ended before it was healthy'),
    },
  ] as const)('[LIF-1, LIF-2] $name', ({ condition, is, step }) => {
    expect(depends(condition, is)).toEqual(step.kind === 'wait' ? { kind: 'wait', until: undefined } : step);
  });

  test.each([
    { name: 'before startTimeout it waits until then', atMs: 2_999, step: { kind: 'wait', until: 3_000 } },
    {
      name: 'at startTimeout it gives up',
      atMs: 3_000,
      step: giveUp(
        'container ordering dependency [db(app:1) (RUNNING->RUNNING)] for target [app(app:1) (PULLED->RUNNING)] has timed out.',
      ),
    },
  ])('[LIF-1, LIF-2] $name', ({ atMs, step }) => {
    const record = aRecord([
      { name: 'db', essential: false, startTimeout: 3, is: RUNNING },
      { name: 'app', dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] },
    ]);
    expect(nextStep(record, instant(atMs))).toEqual(step);
  });

  test('[LIF-3] containers stop before the ones that they depend on', () => {
    const record = aRecord(
      [
        { name: 'db', is: RUNNING },
        { name: 'app', dependsOn: [{ containerName: 'db', condition: 'START' }], is: RUNNING },
      ],
      { wasRunning: true, desiredStatus: 'STOPPED' },
    );
    expect(nextStep(record, now)).toEqual({ kind: 'stop', names: ['app'] });
  });

  test('[AGT-7] a task whose program ended at once has been RUNNING', () => {
    const record = aRecord([{ name: 'app', is: exited(0) }], { isEnding: true });
    expect(nextStep(record, now)).toEqual({ kind: 'settle' });
    expect(nextStep({ ...record, wasRunning: true }, now)).toEqual({ kind: 'release' });
  });

  test('[LIF-3] a container that takes its time to stop keeps only those waiting that it depends on', () => {
    const record = aRecord(
      [
        { name: 'db', is: RUNNING },
        { name: 'app', dependsOn: [{ containerName: 'db', condition: 'START' }], is: exited(0) },
        { name: 'cache', is: RUNNING },
        { name: 'slow', dependsOn: [{ containerName: 'cache', condition: 'START' }], is: RUNNING },
      ],
      { wasRunning: true, desiredStatus: 'STOPPED' },
    );
    expect(nextStep(record, now, new Set(['slow']))).toEqual({ kind: 'stop', names: ['db'] });
    expect(nextStep(record, now, new Set(['slow', 'db']))).toEqual({ kind: 'wait' });
  });

  test('[LIF-1] a container that takes its time to start keeps only those waiting that depend on it', () => {
    const record = aRecord([
      { name: 'slow' },
      { name: 'side' },
      { name: 'app', dependsOn: [{ containerName: 'side', condition: 'START' }] },
    ]);
    const launch = (names: readonly string[]) => ({ kind: 'launch', names });
    expect(nextStep(record, now)).toEqual(launch(['slow', 'side']));
    expect(nextStep(record, now, new Set(['slow', 'side'])).kind).toBe('wait');
    expect(nextStep(withContainer(record, 'side', RUNNING), now, new Set(['slow']))).toEqual(launch(['app']));
  });

  test('[LIF-2] containers that wait for each other are given up, but not while another runs that may end', () => {
    const circle = [
      { name: 'a', dependsOn: [{ containerName: 'b', condition: 'START' as const }] },
      { name: 'b', dependsOn: [{ containerName: 'a', condition: 'START' as const }] },
    ];
    expect(nextStep(aRecord(circle), now)).toEqual({
      kind: 'give-up',
      name: 'a',
      reason:
        'TaskDependencyError: Task dependencies cannot be resolved, taskArn: arn:aws:ecs:us-east-1:1:task/lab/t',
    });
    expect(nextStep(aRecord([...circle, { name: 'c', is: RUNNING }]), now).kind).toBe('wait');
    expect(nextStep(aRecord([...circle, { name: 'c' }]), now, new Set(['c'])).kind).toBe('wait');
  });

  const anyContainer = fc.constantFrom<Partial<ContainerRecord>>(
    { phase: 'NONE' },
    { phase: 'PULLED' },
    { phase: 'STOPPED' },
    RUNNING,
    exited(0),
  );

  test('[AGT-6] an ending task starts nothing and always has something to do', () => {
    fc.assert(
      fc.property(fc.array(anyContainer, { minLength: 1, maxLength: 4 }), fc.boolean(), (states, isStop) => {
        const record = aRecord(
          states.map((is, at) => ({ name: `c${at}`, is })),
          isStop ? { desiredStatus: 'STOPPED' } : { isEnding: true },
        );
        expect(['abandon', 'stop', 'release', 'settle']).toContain(nextStep(record, now).kind);
      }),
      { numRuns: 100 },
    );
  });
});

import { describe, expect, test } from 'vitest';
import type { ContainerState } from '../runtime/driver.ts';
import { observed } from './container-observation.ts';
import type { TaskRecord } from './task-record.ts';
import { aRecord, RUNNING } from './testing.ts';

const state = (patch: Partial<ContainerState> = {}): ContainerState => ({
  runtimeId: 'r',
  taskId: 't',
  containerName: 'a',
  labels: {},
  status: 'exited',
  exitCode: 1,
  wasOutOfMemory: false,
  startedAtMs: 0,
  portBindings: [],
  image: 'i',
  ...patch,
});

function seen(record: TaskRecord, is: ContainerState | undefined, nowMs = 60_000): TaskRecord {
  const [container] = record.containers;
  if (container === undefined) throw new Error('no container');
  return observed(record, { container, state: is, nowMs });
}

const restartPolicy = { enabled: true, ignoredExitCodes: [9], restartAttemptPeriod: 60 };

describe('observed', () => {
  test.each([
    { name: 'an essential container ends the task', essential: true, isEnding: true },
    { name: 'another one does not', essential: false, isEnding: false },
  ])('[AGT-6] $name', ({ essential, isEnding }) => {
    const after = seen(aRecord([{ name: 'a', essential, is: RUNNING }]), state());
    expect(after).toMatchObject({ isEnding, containers: [{ phase: 'STOPPED', exitCode: 1 }] });
  });

  test.each([
    { name: 'restarts once it ran for the period', nowMs: 60_000, exitCode: 1, phase: 'CREATED' },
    { name: 'does not restart before', nowMs: 59_999, exitCode: 1, phase: 'STOPPED' },
    { name: 'does not restart after an ignored code', nowMs: 60_000, exitCode: 9, phase: 'STOPPED' },
  ])('[LIF-4] a container with a restart policy $name', ({ nowMs, exitCode, phase }) => {
    const record = aRecord([{ name: 'a', restartPolicy, is: RUNNING }]);
    expect(seen(record, state({ exitCode }), nowMs).containers[0]?.phase).toBe(phase);
  });

  test('[LIF-4] a stop that was asked for restarts nothing', () => {
    const record = aRecord([{ name: 'a', restartPolicy, is: RUNNING }], { desiredStatus: 'STOPPED' });
    expect(seen(record, state()).containers[0]?.phase).toBe('STOPPED');
  });

  test('[AGT-6] a container that the engine does not know has vanished', () => {
    expect(seen(aRecord([{ name: 'a', is: RUNNING }]), undefined).containers[0]).toMatchObject({
      phase: 'STOPPED',
      reason: 'ContainerVanishedError: No container matching saved ID found',
    });
  });

  test.each([
    { name: 'the flag and 137 are the kernel’s kill for memory', wasOutOfMemory: true, exitCode: 137 },
    { name: '137 alone is any kill', wasOutOfMemory: false, exitCode: 137 },
    { name: 'the flag alone is the kill of a child', wasOutOfMemory: true, exitCode: 1 },
  ])('[LIF-7] $name', ({ wasOutOfMemory, exitCode }) => {
    const after = seen(aRecord([{ name: 'a', is: RUNNING }]), state({ wasOutOfMemory, exitCode }));
    const told = 'OutOfMemoryError: Container killed due to memory usage';
    expect(after.containers[0]?.reason).toBe(wasOutOfMemory && exitCode === 137 ? told : undefined);
  });

  test('[LIF-4] one that waits for its restart is known by how it ended, until it runs', () => {
    const waiting = seen(aRecord([{ name: 'a', restartPolicy, is: RUNNING }]), state({ finishedAtMs: 59 }));
    expect(waiting.containers[0]).toMatchObject({ phase: 'CREATED', exitCode: 1, finishedAtMs: 59 });
    const again = seen(waiting, state({ status: 'running', startedAtMs: 60, exitCode: undefined }));
    expect(again.containers[0]).toMatchObject({ phase: 'RUNNING', restartCount: 1, exitCode: undefined });
  });
});

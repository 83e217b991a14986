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
  ])('[AGT-6] a container with a restart policy $name', ({ nowMs, exitCode, phase }) => {
    const record = aRecord([{ name: 'a', restartPolicy, is: RUNNING }]);
    expect(seen(record, state({ exitCode }), nowMs).containers[0]?.phase).toBe(phase);
  });

  test('[AGT-6] a stop that was asked for restarts nothing', () => {
    const record = aRecord([{ name: 'a', restartPolicy, is: RUNNING }], { desiredStatus: 'STOPPED' });
    expect(seen(record, state()).containers[0]?.phase).toBe('STOPPED');
  });

  test('[AGT-6] a container that the engine does not know has vanished', () => {
    expect(seen(aRecord([{ name: 'a', is: RUNNING }]), undefined).containers[0]).toMatchObject({
      phase: 'STOPPED',
      reason: 'ContainerVanishedError: No container matching saved ID found',
    });
  });

  test('[AGT-6] the kernel’s kill for memory is told', () => {
    const after = seen(aRecord([{ name: 'a', is: RUNNING }]), state({ wasOutOfMemory: true, exitCode: 137 }));
    expect(after.containers[0]?.reason).toBe('OutOfMemoryError: Container killed due to memory usage');
  });
});

import { describe, expect, test } from 'vitest';
import { kernelLacks } from './engine-host.ts';
import { capabilitiesOutside } from './kernel-capabilities.ts';

describe('what a host cannot do', () => {
  test.each([
    ['CapBnd:\t000001ffffffffff\n', 40, []],
    ['CapBnd:\t000001fffeffffff\n', 40, ['SYS_RESOURCE']],
    ['CapBnd:\t0000003fffffffff\n', 40, ['PERFMON', 'BPF', 'CHECKPOINT_RESTORE']],
    ['CapBnd:\t0000003fffffffff\n', 37, []],
    ['Name:\tx\n', 40, []],
  ])('[RUN-35] capabilities outside of %j', (status, last, names) => {
    expect(capabilitiesOutside(status, last)).toEqual(names);
  });

  test.each([
    [{ SwapLimit: true, CgroupVersion: '1' }, [], []],
    [{}, [], []],
    [{ SwapLimit: false, CgroupVersion: '2' }, [], ['swap-limit', 'memory-swappiness']],
    [{}, ['BPF'], ['privileged', 'capability-BPF']],
  ])('[RUN-35] the engine says %j and %j is missing', (info, missing, lacks) => {
    expect(kernelLacks(info, missing)).toEqual(lacks);
  });
});

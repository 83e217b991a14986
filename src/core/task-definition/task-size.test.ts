import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFargateSize, parseCpuUnits, parseMemoryMib } from './task-size.ts';

/** The rows of the service's own table, written out. */
const SIZES: readonly [cpuUnits: number, memoryMib: readonly number[]][] = [
  [256, [512, 1024, 2048]],
  [512, [1024, 2048, 3072, 4096]],
  [1024, range(2048, 8192, 1024)],
  [2048, range(4096, 16_384, 1024)],
  [4096, range(8192, 30_720, 1024)],
  [8192, range(16_384, 61_440, 4096)],
  [16_384, range(32_768, 122_880, 8192)],
];

function range(from: number, to: number, step: number): readonly number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}

describe('isFargateSize', () => {
  test.each(SIZES)('[TDF-21] %i CPU units take exactly their memory sizes', (cpuUnits, sizes) => {
    for (let memoryMib = 0; memoryMib <= 131_072; memoryMib += 256) {
      expect(isFargateSize({ cpuUnits, memoryMib, isWindows: false })).toBe(sizes.includes(memoryMib));
    }
  });

  test('[TDF-21] Windows has 1, 2 and 4 cores only', () => {
    for (const [cpuUnits, [memoryMib = 0]] of SIZES) {
      const expected = cpuUnits >= 1024 && cpuUnits <= 4096;
      expect(isFargateSize({ cpuUnits, memoryMib, isWindows: true })).toBe(expected);
    }
  });

  test('[TDF-21] no other CPU has any size', () => {
    const known = new Set(SIZES.map(([cpuUnits]) => cpuUnits));
    fc.assert(
      fc.property(fc.nat(40_000), fc.constantFrom(512, 2048, 8192, 32_768), (cpuUnits, memoryMib) => {
        fc.pre(!known.has(cpuUnits));
        return !isFargateSize({ cpuUnits, memoryMib, isWindows: false });
      }),
      { numRuns: 200 },
    );
  });
});

describe('task sizes as text', () => {
  test.each([
    ['1024', 1024],
    ['1 vCPU', 1024],
    ['1 vcpu', 1024],
    ['.25 vCPU', 256],
    ['0.5vCPU', 512],
    ['vCPU', undefined],
    ['-1', undefined],
    ['0', undefined],
    ['1.5', undefined],
    ['1 GB', undefined],
    [undefined, undefined],
  ])('[TDF-20] CPU %s is %s', (text, expected) => {
    expect(parseCpuUnits(text)).toBe(expected);
  });

  test.each([
    ['1024', 1024],
    ['1GB', 1024],
    ['1 GB', 1024],
    ['0.5 gb', 512],
    ['1 MB', undefined],
  ])('[TDF-20] memory %s is %s', (text, expected) => {
    expect(parseMemoryMib(text)).toBe(expected);
  });

  test('[TDF-20] every whole number of units is read as itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200_000 }), (units) => parseCpuUnits(String(units)) === units),
    );
  });
});

/** The bounds of a task's own CPU on a container instance: an eighth of a core to 192 cores. (TDF-20) */
const INSTANCE_CPU_MIN_UNITS = 128;
const INSTANCE_CPU_MAX_UNITS = 196_608;

/** True for a task CPU that some container instance could have. */
export const isInstanceCpu = (cpuUnits: number): boolean =>
  cpuUnits >= INSTANCE_CPU_MIN_UNITS && cpuUnits <= INSTANCE_CPU_MAX_UNITS;

/** Reads `"1024"`, `"1 vCPU"` or `".25 vcpu"` as CPU units; undefined for other text. (TDF-20) */
export function parseCpuUnits(text: string | undefined): number | undefined {
  return parseAmount(text, 'vcpu');
}

/** Reads `"1024"`, `"1GB"` or `"0.5 GB"` as MiB; undefined for other text. (TDF-20) */
export function parseMemoryMib(text: string | undefined): number | undefined {
  return parseAmount(text, 'gb');
}

function parseAmount(text: string | undefined, unit: string): number | undefined {
  const match = /^\s*(\d+|\d*\.\d+)\s*([a-z]*)\s*$/i.exec(text ?? '');
  if (match === null) return undefined;
  const [, digits = '', found = ''] = match;
  const isWhole = found === '';
  if (!isWhole && found.toLowerCase() !== unit) return undefined;
  const amount = Number(digits) * (isWhole ? 1 : 1024);
  return Number.isInteger(amount) && amount > 0 ? amount : undefined;
}

/** One row of the table of FARGATE sizes. */
interface FargateSize {
  readonly cpuUnits: number;
  readonly memoryMib: { readonly from: number; readonly to: number; readonly step: number };
  readonly hasWindows: boolean;
}

/** The sizes that FARGATE has, apart from 512 MiB, which only the smallest has. (TDF-21) */
const FARGATE_SIZES: readonly FargateSize[] = [
  { cpuUnits: 256, memoryMib: { from: 1024, to: 2048, step: 1024 }, hasWindows: false },
  { cpuUnits: 512, memoryMib: { from: 1024, to: 4096, step: 1024 }, hasWindows: false },
  { cpuUnits: 1024, memoryMib: { from: 2048, to: 8192, step: 1024 }, hasWindows: true },
  { cpuUnits: 2048, memoryMib: { from: 4096, to: 16_384, step: 1024 }, hasWindows: true },
  { cpuUnits: 4096, memoryMib: { from: 8192, to: 30_720, step: 1024 }, hasWindows: true },
  { cpuUnits: 8192, memoryMib: { from: 16_384, to: 61_440, step: 4096 }, hasWindows: false },
  { cpuUnits: 16_384, memoryMib: { from: 32_768, to: 122_880, step: 8192 }, hasWindows: false },
];

/** Whether FARGATE has this size. (TDF-21) */
export function isFargateSize(size: { cpuUnits: number; memoryMib: number; isWindows: boolean }): boolean {
  const { cpuUnits, memoryMib, isWindows } = size;
  if (cpuUnits === 256 && memoryMib === 512) return !isWindows;
  const row = FARGATE_SIZES.find((candidate) => candidate.cpuUnits === cpuUnits);
  if (row === undefined || (isWindows && !row.hasWindows)) return false;
  const { from, to, step } = row.memoryMib;
  return memoryMib >= from && memoryMib <= to && (memoryMib - from) % step === 0;
}

import type { Rule } from './draft.ts';
import { isInstanceCpu } from './task-size.ts';

/** The task's own CPU and memory. FARGATE has a table of its own instead of the range. (TDF-20) */
export const taskSizeRules: readonly Rule[] = [
  ({ request, cpuUnits, requires }) => {
    if (request.cpu === undefined) return undefined;
    const isValid = cpuUnits !== undefined && (requires.has('FARGATE') || isInstanceCpu(cpuUnits));
    return isValid ? undefined : "Invalid 'cpu' setting for task.";
  },
  ({ request, memoryMib }) =>
    request.memory !== undefined && memoryMib === undefined
      ? "Invalid 'memory' setting for task."
      : undefined,
];

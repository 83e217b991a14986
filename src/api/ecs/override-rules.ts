import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { taskSize } from '../../core/task/task-size.ts';
import { brokenEnvironmentFiles } from '../../core/task-definition/environment-files.ts';
import { brokenEphemeralStorage } from '../../core/task-definition/ephemeral-storage.ts';
import { brokenRequirement } from '../../core/task-definition/linux-rules.ts';
import {
  isFargateSize,
  isInstanceCpu,
  parseCpuUnits,
  parseMemoryMib,
} from '../../core/task-definition/task-size.ts';
import type { LaunchType } from '../../domain/task.ts';
import type { TaskDefinition } from '../../domain/task-definition.ts';
import type { ContainerOverride, TaskOverride } from '../../shapes/generated/ecs.ts';
import { ecsErrors } from './errors.ts';

const OVERRIDES_MAX_LENGTH = SERVICE_QUOTAS.overridesLength;

/** Refuses overrides that name an unknown container, do not fit the task, or ask for what is not there. (TSK-9) */
export function checkOverrides(
  definition: TaskDefinition,
  overrides: TaskOverride | undefined,
  launchType: LaunchType,
): void {
  if (overrides === undefined) return;
  if (JSON.stringify(overrides).length > OVERRIDES_MAX_LENGTH) throw ecsErrors.overridesTooLong();
  checkUnsupported(overrides);
  const brokenStorage = brokenEphemeralStorage(overrides.ephemeralStorage, launchType === 'FARGATE');
  if (brokenStorage !== undefined) throw ecsErrors.invalid(brokenStorage);
  checkTaskSize(definition, overrides, launchType);
  const names = new Set((definition.document.containerDefinitions ?? []).map(({ name }) => name));
  const taskMemoryMib = parseMemoryMib(overrides.memory ?? definition.document.memory);
  for (const override of overrides.containerOverrides ?? []) {
    if (!names.has(override.name)) throw ecsErrors.overrideOfUnknownContainer(override.name ?? '');
    checkContainer(override, taskMemoryMib);
    if (launchType === 'FARGATE' && isGiven(override.resourceRequirements)) {
      throw ecsErrors.invalid(
        'Tasks using the Fargate launch type do not support GPU resource requirements.',
      );
    }
  }
}

function checkUnsupported(overrides: TaskOverride): void {
  if (isGiven(overrides.inferenceAcceleratorOverrides)) {
    throw ecsErrors.unsupportedFeature('overrides.inferenceAcceleratorOverrides');
  }
  for (const [at, override] of (overrides.containerOverrides ?? []).entries()) {
    const path = `overrides.containerOverrides[${at}]`;
    const broken = brokenEnvironmentFiles(override.environmentFiles ?? []);
    if (broken !== undefined) throw ecsErrors.invalid(broken);
    const other = (override.resourceRequirements ?? []).find(
      ({ type, value, sharingStrategy }) => type !== 'GPU' || value === 'ALL' || sharingStrategy,
    );
    if (other !== undefined) throw ecsErrors.unsupportedFeature(`${path}.resourceRequirements ${other.type}`);
  }
}

const isGiven = (list: readonly unknown[] | undefined): boolean => (list ?? []).length > 0;

function checkTaskSize(definition: TaskDefinition, overrides: TaskOverride, launchType: LaunchType): void {
  const { cpu, memory } = overrides;
  if (!cpu && !memory) return;
  const cpuUnits = cpu ? parseCpuUnits(cpu) : undefined;
  if (cpu && (cpuUnits === undefined || !isInstanceCpu(cpuUnits))) {
    throw ecsErrors.invalid("Invalid 'cpu' setting for task.");
  }
  if (memory && parseMemoryMib(memory) === undefined)
    throw ecsErrors.invalid("Invalid 'memory' setting for task.");
  if (launchType !== 'FARGATE') return;
  const { reserved } = taskSize(definition.document, overrides);
  const size = { cpuUnits: reserved.cpuUnits, memoryMib: reserved.memoryMib };
  if (!isFargateSize({ ...size, isWindows: false })) {
    throw ecsErrors.invalid(
      `No Fargate configuration exists for given values: ${size.cpuUnits} CPU, ${size.memoryMib} memory. See the Amazon ECS documentation for the valid values.`,
    );
  }
}

function checkContainer(override: ContainerOverride, taskMemoryMib: number | undefined): void {
  const { name = '', cpu = 0, memory, memoryReservation } = override;
  const memories = [memory, memoryReservation].filter((each) => each !== undefined);
  if (cpu < 0 || memories.some((each) => each <= 0)) {
    throw ecsErrors.invalid(`Invalid 'cpu' or 'memory' setting for container '${name}'.`);
  }
  const requirement = brokenRequirement(name, override.resourceRequirements ?? []);
  if (requirement !== undefined) throw ecsErrors.invalid(requirement);
  if (taskMemoryMib !== undefined && memories.some((each) => each > taskMemoryMib)) {
    throw ecsErrors.overrideMemoryAboveTask(name);
  }
}

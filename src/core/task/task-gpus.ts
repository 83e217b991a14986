import type { Resources } from '../../domain/resources.ts';
import type {
  ContainerDefinition,
  ResourceRequirement,
  TaskDefinition,
  TaskOverride,
} from '../../shapes/generated/ecs.ts';
import { overrideOf } from './task-size.ts';

/** How many GPUs a container has for itself: those of its override, else those of its definition. (TSK-60) */
export function containerGpuCount(
  definition: ContainerDefinition,
  override?: { readonly resourceRequirements?: readonly ResourceRequirement[] | undefined },
): number {
  const asked = override?.resourceRequirements ?? [];
  const requirements = asked.length > 0 ? asked : (definition.resourceRequirements ?? []);
  return requirements.reduce((count, { type, value }) => count + (type === 'GPU' ? Number(value) : 0), 0);
}

/** How many GPUs the containers of a task have together. (TSK-60) */
export const gpuCountOf = (document: TaskDefinition, overrides: TaskOverride | undefined): number =>
  (document.containerDefinitions ?? []).reduce(
    (count, container) => count + containerGpuCount(container, overrideOf(overrides, container.name ?? '')),
    0,
  );

const NO_GPUS: readonly string[] = [];

/** Free GPUs of a host, the first ones by id, for a task placed there; it has as many as placement saw. (TSK-60) */
export function assignedGpus(
  count: number,
  host: { readonly registered: Resources; readonly reserved: Resources } | undefined,
): readonly string[] {
  if (count === 0) return NO_GPUS;
  const held = new Set(host?.reserved.gpuIds ?? []);
  return (host?.registered.gpuIds ?? [])
    .filter((id) => !held.has(id))
    .toSorted()
    .slice(0, count);
}

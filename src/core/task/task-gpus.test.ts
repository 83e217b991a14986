import { describe, expect, test } from 'vitest';
import { NO_RESOURCES } from '../../domain/resources.ts';
import type { ContainerDefinition, ResourceRequirement } from '../../shapes/generated/ecs.ts';
import { plusResources, withoutResources } from '../placement/resource-sums.ts';
import { newTask } from './new-task.ts';
import { portsOfRange, readPortRange } from './port-range.ts';
import { assignedGpus, gpuCountOf } from './task-gpus.ts';
import { aNewTaskView, aTaskDefinition } from './testing.ts';

const gpus = (value: string): readonly ResourceRequirement[] => [{ type: 'GPU', value }];
const containers: ContainerDefinition[] = [
  { name: 'a', image: 'x', resourceRequirements: [...gpus('1')] },
  { name: 'b', image: 'x' },
  { name: 'c', image: 'x', resourceRequirements: [...gpus('2')] },
];

describe('GPUs of a task', () => {
  test('[TSK-60] the override of a container takes the place of its definition', () => {
    const containerOverrides = [{ name: 'b', resourceRequirements: [...gpus('4')] }];
    expect(gpuCountOf({ containerDefinitions: containers }, undefined)).toBe(3);
    expect(gpuCountOf({ containerDefinitions: containers }, { containerOverrides })).toBe(7);
  });

  test('[TSK-60] each container has its own, of those that are free, and the task holds them', () => {
    const host = {
      registered: { ...NO_RESOURCES, gpuIds: ['g4', 'g1', 'g2', 'g3'] },
      reserved: { ...NO_RESOURCES, gpuIds: ['g2'] },
    };
    const task = newTask(
      aNewTaskView({
        definition: aTaskDefinition({ containerDefinitions: containers }),
        gpuIds: assignedGpus(3, host),
      }),
    );
    expect(task.containers.map(({ gpuIds }) => gpuIds)).toEqual([['g1'], undefined, ['g3', 'g4']]);
    expect(task.reserved.gpuIds).toEqual(['g1', 'g3', 'g4']);
    const held = plusResources(host.reserved, task.reserved);
    expect(held.gpuIds).toEqual(['g1', 'g2', 'g3', 'g4']);
    expect(withoutResources(held, task.reserved)).toEqual({ ...NO_RESOURCES, gpuIds: ['g2'] });
    expect(withoutResources(held, held)).not.toHaveProperty('gpuIds');
  });
});

describe('ranges of ports', () => {
  test.each([
    ['1-2', { first: 1, last: 2 }],
    ['80-80', undefined],
    ['81-80', undefined],
    ['0-5', undefined],
    ['65534-65535', { first: 65_534, last: 65_535 }],
    ['65534-65536', undefined],
    ['a-b', undefined],
    ['', undefined],
  ])('[TDF-10] %j', (text, range) => {
    expect(readPortRange(text)).toEqual(range);
    expect(portsOfRange(text)).toHaveLength(range === undefined ? 0 : range.last - range.first + 1);
  });
});

import { describe, expect, test } from 'vitest';
import type { LinuxParameters } from '../../shapes/generated/ecs.ts';
import { avoidedAttributes, poolAttributes } from './avoided-attributes.ts';

const settingsOf = (linuxParameters: LinuxParameters): readonly string[] =>
  avoidedAttributes({ containerDefinitions: [{ name: 'other' }, { name: 'app', linuxParameters }] }).map(
    ({ setting }) => setting,
  );

describe('avoidedAttributes', () => {
  test.each<[LinuxParameters, readonly string[]]>([
    [{}, []],
    [{ maxSwap: 0 }, ['linuxParameters.maxSwap']],
    [{ maxSwap: 1, swappiness: 0 }, ['linuxParameters.maxSwap', 'linuxParameters.swappiness']],
    [{ swappiness: 60 }, []],
    [{ capabilities: { drop: ['SYS_TIME'] } }, []],
    [
      { capabilities: { add: ['SYS_TIME', 'SYS_TIME', 'KILL'] } },
      ['linuxParameters.capabilities.add SYS_TIME', 'linuxParameters.capabilities.add KILL'],
    ],
  ])('[PLC-15] of %j', (linuxParameters, settings) => {
    expect(settingsOf(linuxParameters)).toEqual(settings);
  });

  test('[PLC-7] hosts of the pool are asked for little', () => {
    const requiresAttributes = [{ name: 'ecs.capability.task-eni' }, { name: 'ecs.capability.efs' }];
    expect(poolAttributes({ requiresAttributes })).toEqual(['ecs.capability.efs']);
  });
});

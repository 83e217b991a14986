import { describe, expect, test } from 'vitest';
import { loadTable } from '../../shapes/tables.ts';
import { aContext } from '../testing.ts';
import { refusedOperations } from './refused-operations.ts';

describe('refused operations', () => {
  test('[UNS-1] each answers an error that its model has, and names its feature', async () => {
    const { operations } = await loadTable('ecs');
    const context = await aContext();
    const names = Object.keys(refusedOperations) as (keyof typeof refusedOperations)[];
    expect(names).toHaveLength(15);
    for (const name of names) {
      const model = operations[name];
      const code = model?.errors.includes('UnsupportedFeatureException')
        ? 'UnsupportedFeatureException'
        : 'InvalidParameterException';
      expect(model?.errors).toContain(code);
      const run = refusedOperations[name] as ((context: unknown, input: unknown) => unknown) | undefined;
      expect(() => run?.(context, {})).toThrow(expect.objectContaining({ code }));
      expect(() => run?.(context, {})).toThrow(
        /^[A-Za-z]+ \((Express Mode|Gateways|ECS Exec)\) is not supported yet\.$/,
      );
    }
  });
});

import { describe, expect, test } from 'vitest';
import type { PlacementConstraint, PlacementStrategy } from '../../shapes/generated/ecs.ts';
import { DEFAULT_STRATEGIES } from './placement-view.ts';
import { brokenConstraint, brokenStrategy, normalStrategies, strategiesOf } from './request-rules.ts';

const member: PlacementConstraint = { type: 'memberOf', expression: 'attribute:a exists' };

describe('brokenConstraint', () => {
  test.each<[string, readonly PlacementConstraint[], number, string | undefined]>([
    ['both kinds', [member, { type: 'distinctInstance' }], 0, undefined],
    ['ten, those of the definition included', Array(4).fill(member), 6, undefined],
    ['eleven', Array(5).fill(member), 6, 'Maximum number of placement constraints is 10.'],
    [
      'distinctInstance with an expression',
      [{ type: 'distinctInstance', expression: '' }],
      0,
      'distinctInstance expression should not be specified.',
    ],
    ['memberOf without one', [{ type: 'memberOf' }], 0, 'memberOf expression should be specified.'],
    [
      'memberOf that does not read',
      [member, { type: 'memberOf', expression: 'attribute:a ~ b' }],
      0,
      'memberOf expression is not valid: expected an operator (character 13).',
    ],
  ])('[PLC-13] %s', (_, constraints, inDefinition, text) => {
    expect(brokenConstraint(constraints, inDefinition)).toBe(text);
  });
});

describe('brokenStrategy', () => {
  test.each<[readonly PlacementStrategy[], string | undefined]>([
    [[{ type: 'random' }], undefined],
    [
      [
        { type: 'spread', field: 'attribute:ecs.availability-zone' },
        { type: 'binpack', field: 'MEMORY' },
      ],
      undefined,
    ],
    [Array(5).fill({ type: 'spread', field: 'host' }), undefined],
    [Array(6).fill({ type: 'random' }), 'Maximum number of strategies is 5.'],
    [[{ type: 'random', field: 'cpu' }], 'random field should not be specified.'],
    [[{ type: 'binpack', field: 'instanceId' }], "binpack field 'instanceId' is invalid."],
    [[{ type: 'spread', field: 'zone' }], "spread field 'zone' is invalid."],
    [[{ type: 'spread' }], "spread field '' is invalid."],
  ])('[PLC-14] %j', (strategies, text) => {
    expect(brokenStrategy(strategies)).toBe(text);
  });
});

describe('strategiesOf', () => {
  test('[PLC-4] none is the default of AWS', () => {
    expect(strategiesOf([], '')).toBe(DEFAULT_STRATEGIES);
  });

  test('[PLC-14] each in its order, as services show them', () => {
    const given = [
      { type: 'spread', field: 'attribute:rack' },
      { type: 'spread', field: 'host' },
      { type: 'binpack', field: 'CPU' },
      { type: 'random' },
    ] as const;
    expect(normalStrategies(given)).toEqual([
      given[0],
      { type: 'spread', field: 'instanceId' },
      { type: 'binpack', field: 'cpu' },
      { type: 'random' },
    ]);
    expect(strategiesOf(given, 's')).toEqual([
      { kind: 'spread', attribute: 'rack' },
      { kind: 'spread-hosts' },
      { kind: 'binpack', resource: 'cpu' },
      { kind: 'random', seed: 's/3' },
    ]);
  });
});

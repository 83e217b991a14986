import { describe, expect, test } from 'vitest';
import type { RegisterTaskDefinitionRequest } from '../../shapes/generated/ecs.ts';
import { prepareTaskDefinition } from './prepare.ts';

const aRequest = (
  placementConstraints: RegisterTaskDefinitionRequest['placementConstraints'],
): RegisterTaskDefinitionRequest => ({
  family: 'web',
  containerDefinitions: [{ name: 'app', image: 'x', memory: 128 }],
  placementConstraints,
});

describe('prepareTaskDefinition with placement constraints', () => {
  test('[PLC-13] keeps memberOf as it is written', () => {
    const constraints = [{ type: 'memberOf', expression: 'attribute:stack == prod' }] as const;
    const prepared = prepareTaskDefinition(aRequest(constraints), '123456789012');
    expect(prepared).toMatchObject({ kind: 'accepted', document: { placementConstraints: constraints } });
  });

  test.each([
    ['distinctInstance', undefined, "constraint.type 'distinctInstance' is not supported."],
    ['memberOf', 'a ==', 'memberOf expression is not valid: `a` is not a subject (character 1).'],
  ])('[PLC-13] refuses %s %s', (type, expression, message) => {
    const prepared = prepareTaskDefinition(aRequest([{ type, expression } as never]), '123456789012');
    expect(prepared).toEqual({ kind: 'refused', message });
  });
});

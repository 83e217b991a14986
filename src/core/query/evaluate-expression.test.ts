import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileExpression, type QueryHost } from './evaluate-expression.ts';
import { parseExpression } from './parse-expression.ts';
import { anyExpression, aQueryHost } from './testing.ts';

function meets(text: string, host: Partial<QueryHost> = {}): boolean {
  const parsed = parseExpression(text);
  if (parsed.kind === 'refused') throw new Error(`${parsed.position}: ${parsed.message}`);
  return compileExpression(parsed.expression)(aQueryHost(host));
}

const bare = {
  agentVersion: undefined,
  ec2InstanceId: undefined,
  attributes: new Map(),
  taskGroups: () => [],
};

describe('compileExpression', () => {
  test.each([
    ['attribute:ecs.instance-type == t2.small', true, false],
    ['attribute:ecs.instance-type != t2.small', false, false],
    ['attribute:ecs.instance-type != t3.small', true, false],
    ['attribute:ecs.instance-type =~ t2.*', true, false],
    ['attribute:ecs.instance-type =~ t2', false, false],
    ['attribute:ecs.instance-type !~ g2.*', true, false],
    ['attribute:ecs.instance-type in [a, t2.small]', true, false],
    ['attribute:ecs.instance-type not_in [a, b]', true, false],
    ['attribute:ecs.instance-type exists', true, false],
    ['attribute:ecs.instance-type !exists', false, true],
    ['not(attribute:ecs.instance-type == t2.small)', false, true],
    ['agentConnected == true', true, true],
    ['agentConnected in [false]', false, false],
    ['agentVersion < 1.100.0', true, false],
    ['agentVersion > 1.9', true, false],
    ['agentVersion == 1.70.2', true, false],
    ['ec2InstanceId =~ i-.*', true, false],
    ['registeredAt == 2018-06-18T22:28:28+00:00', true, true],
    ['registeredAt > 2018-06-18', true, true],
    ['registeredAt < 2018-06-18T22:28:28', false, false],
    ['runningTasksCount == 1', true, true],
    ['runningTasksCount < 1', false, false],
    ['task:group == database', true, false],
    ['task:group != database', false, true],
    ['task:group in [web, database]', true, false],
    ['task:group =~ data.*', true, false],
    ['not(task:group == database)', false, true],
    ['attribute:ecs.instance-type exists and task:group == web', false, false],
    ['attribute:ecs.instance-type exists or task:group == web', true, false],
  ])('[PLC-11] %s: %s, of a host without any of it: %s', (text, ofUsual, ofBare) => {
    expect([meets(text), meets(text, bare)]).toEqual([ofUsual, ofBare]);
  });

  test('[PLC-11] numbers compare as numbers, other values as text', () => {
    const attributes = new Map([
      ['n', '9'],
      ['t', 'b'],
      ['flag', undefined],
    ]);
    expect(meets('attribute:n < 10', { attributes })).toBe(true);
    expect(meets('attribute:t > a', { attributes })).toBe(true);
    expect(meets('attribute:t < a', { attributes })).toBe(false);
    expect(meets('attribute:flag exists', { attributes })).toBe(true);
    expect(meets('attribute:flag == x', { attributes })).toBe(false);
  });

  test('[PLC-11] the laws of logic hold for any expressions', () => {
    fc.assert(
      fc.property(anyExpression, anyExpression, (left, right) => {
        const host = aQueryHost();
        const holds = (expression: typeof left): boolean => compileExpression(expression)(host);
        expect(holds({ kind: 'not', of: left })).toBe(!holds(left));
        expect(holds({ kind: 'and', left, right })).toBe(holds(left) && holds(right));
        expect(holds({ kind: 'or', left, right })).toBe(holds(left) || holds(right));
      }),
      { numRuns: 200 },
    );
  });
});

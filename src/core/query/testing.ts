import fc from 'fast-check';
import type { Instant } from '../../lib/clock.ts';
import type { QueryHost } from './evaluate-expression.ts';
import type { QueryExpression, QueryOperator, QueryTest } from './query-expression.ts';

const anyName = fc.constantFrom('stack', 'ecs.instance-type', 'ecs.availability-zone', 'a/b', 'x_1');
const anyText = fc.string({ maxLength: 8 }).filter((text) => !(text.includes("'") && text.includes('"')));

const anyAttributeTest: fc.Arbitrary<QueryTest> = fc.oneof(
  test(
    fc.constantFrom('==', '!=', '>', '>=', '<', '<='),
    anyText.map((text) => [text]),
  ),
  test(fc.constantFrom('in', '!in'), fc.array(anyText, { minLength: 1, maxLength: 3 })),
  test(fc.constantFrom('=~', '!~'), fc.constantFrom(['t2.*'], ['(a|b)c?'], ["it's [x-z]+"], ['a b'])),
  test(fc.constantFrom('exists', '!exists'), fc.constant([])),
);

function test(
  operators: fc.Arbitrary<QueryOperator>,
  values: fc.Arbitrary<readonly string[]>,
): fc.Arbitrary<QueryTest> {
  const subject = anyName.map((name) => `attribute:${name}`);
  return fc.record({ kind: fc.constant('test' as const), subject, operator: operators, values });
}

const anyFieldTest: fc.Arbitrary<QueryTest> = fc.constantFrom<QueryTest>(
  { kind: 'test', subject: 'agentConnected', operator: '==', values: ['true'] },
  { kind: 'test', subject: 'agentVersion', operator: '<', values: ['1.18.0'] },
  { kind: 'test', subject: 'ec2InstanceId', operator: '!in', values: ['i-1', 'i-2'] },
  { kind: 'test', subject: 'registeredAt', operator: '>=', values: ['2018-06-18T22:28:28+00:00'] },
  { kind: 'test', subject: 'runningTasksCount', operator: '==', values: ['1'] },
  { kind: 'test', subject: 'task:group', operator: '!=', values: ['service:production'] },
);

/** Any expression that can be written down. */
export const anyExpression: fc.Arbitrary<QueryExpression> = fc.letrec<{ expression: QueryExpression }>(
  (tie) => ({
    expression: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      anyAttributeTest,
      anyFieldTest,
      fc.record({ kind: fc.constant('not' as const), of: tie('expression') }),
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        left: tie('expression'),
        right: tie('expression'),
      }),
    ),
  }),
).expression;

/** A host with one attribute and one task of the group `database`; any member can be replaced. */
export const aQueryHost = (overrides: Partial<QueryHost> = {}): QueryHost => ({
  agentConnected: true,
  agentVersion: '1.70.2',
  ec2InstanceId: 'i-1',
  registeredAt: 1_529_360_908_500 as Instant,
  attributes: new Map([['ecs.instance-type', 't2.small']]),
  runningTasksCount: () => 1,
  taskGroups: () => ['database'],
  ...overrides,
});

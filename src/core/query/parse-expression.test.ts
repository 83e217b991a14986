import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExpression } from './parse-expression.ts';
import { printExpression } from './print-expression.ts';
import { anyExpression } from './testing.ts';

describe('parseExpression', () => {
  test('[PLC-10] reads what printing wrote as the same expression', () => {
    fc.assert(
      fc.property(anyExpression, (expression) => {
        expect(parseExpression(printExpression(expression))).toEqual({ kind: 'parsed', expression });
      }),
      { numRuns: 300 },
    );
  });

  test('[PLC-10] answers every text with an expression or a place in it', () => {
    const piece = fc.constantFrom(
      'attribute:a',
      '==',
      'in',
      '[',
      ']',
      ',',
      '(',
      ')',
      'not',
      '!',
      'and',
      '||',
      "'",
      'x',
      ' ',
      'exists',
      '=~',
      '*',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        const parsed = parseExpression(text);
        if (parsed.kind === 'parsed') return;
        expect(parsed.position).toBeGreaterThanOrEqual(1);
        expect(parsed.position).toBeLessThanOrEqual(text.length + 1);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['attribute:ecs.instance-type == t2.small', 'attribute:ecs.instance-type == t2.small'],
    [
      'attribute:ecs.availability-zone in [us-east-1a, us-east-1b]',
      'attribute:ecs.availability-zone in [us-east-1a, us-east-1b]',
    ],
    ["ec2InstanceId in ['i-abcd1234', 'i-wxyx7890']", 'ec2InstanceId in [i-abcd1234, i-wxyx7890]'],
    [
      'attribute:ecs.instance-type =~ g2.* and attribute:ecs.availability-zone != us-east-1d',
      "attribute:ecs.instance-type =~ 'g2.*' and attribute:ecs.availability-zone != us-east-1d",
    ],
    ['not(task:group == database)', 'not (task:group == database)'],
    ['!(task:group equals "service:production")', 'not (task:group == service:production)'],
    [
      'attribute:stack not_exists || agentVersion greater_than_equal 1.18.0',
      'attribute:stack !exists or agentVersion >= 1.18.0',
    ],
    [
      'attribute:x==a||attribute:x==b&&attribute:y exists',
      'attribute:x == a or attribute:x == b and attribute:y exists',
    ],
    [
      '(attribute:x == a or attribute:x == b) and attribute:y !~ (c|d).*',
      "(attribute:x == a or attribute:x == b) and attribute:y !~ '(c|d).*'",
    ],
    ['(attribute:y matches (c|d)e)', "attribute:y =~ '(c|d)e'"],
    ['registeredAt >= 2018-06-18', 'registeredAt >= 2018-06-18'],
  ])('[PLC-10] reads %s', (text, printed) => {
    const parsed = parseExpression(text);
    expect(parsed.kind === 'parsed' ? printExpression(parsed.expression) : parsed).toBe(printed);
  });

  test.each([
    ['', 1, 'expected a subject such as `attribute:stack`'],
    ['attribute:stack', 16, 'expected an operator'],
    ['stack == prod', 1, '`stack` is not a subject'],
    ['attribute: == prod', 1, '`attribute:` is not a subject'],
    ['runningTasksCount =~ 1', 19, '`runningTasksCount` does not take `=~`'],
    ['runningTasksCount > many', 21, 'expected a whole number'],
    ['agentVersion == new', 17, 'expected a version such as `1.18.0`'],
    ['agentConnected == yes', 19, 'agentConnected is `true` or `false`'],
    ['registeredAt < 18/06/2018', 16, 'expected a date such as `2018-06-18T22:28:28Z`'],
    ['attribute:a == ', 16, 'expected a value'],
    ['attribute:a in x', 16, 'expected a list such as `[a, b]`'],
    ['attribute:a in [x', 18, 'expected `,` or `]`'],
    ["attribute:a == 'x", 16, 'the quote is not closed'],
    ['(attribute:a == x', 18, 'expected `)`'],
    ['attribute:a == x attribute:b == y', 18, 'expected `and`, `or` or the end'],
    ['attribute:a =~ x**', 18, 'nothing to repeat'],
    ["attribute:a =~ 'x(?=y)'", 18, 'only plain groups and `(?:` are supported'],
    [`${'('.repeat(102)}x`, 102, 'the expression is nested too deeply'],
    ['x'.repeat(2001), 2001, 'an expression has at most 2000 characters'],
  ])('[PLC-10] refuses %s', (text, position, message) => {
    expect(parseExpression(text)).toEqual({ kind: 'refused', position, message });
  });
});

import type { QueryExpression, QueryTest } from './query-expression.ts';

/**
 * An expression as text that reads as the same expression: `parseExpression(printExpression(x))` is `x`. A value that
 * holds both kinds of quotes cannot be written down, and no text gives one. (PLC-10)
 */
export function printExpression(expression: QueryExpression): string {
  switch (expression.kind) {
    case 'test':
      return printTest(expression);
    case 'not':
      return `not (${printExpression(expression.of)})`;
    case 'and':
    case 'or': {
      const left = printSide(expression.left, expression.kind, 'left');
      return `${left} ${expression.kind} ${printSide(expression.right, expression.kind, 'right')}`;
    }
  }
}

/** A side needs parentheses when it would be read otherwise: `or` inside of `and`, and either on the right. */
function printSide(side: QueryExpression, within: 'and' | 'or', place: 'left' | 'right'): string {
  const isBare =
    side.kind === 'test' ||
    side.kind === 'not' ||
    (side.kind === within && place === 'left') ||
    (side.kind === 'and' && within === 'or');
  return isBare ? printExpression(side) : `(${printExpression(side)})`;
}

function printTest({ subject, operator, values }: QueryTest): string {
  if (operator === 'exists' || operator === '!exists') return `${subject} ${operator}`;
  const [first = ''] = values;
  const argument =
    operator === 'in' || operator === '!in' ? `[${values.map(quoted).join(', ')}]` : quoted(first);
  return `${subject} ${operator} ${argument}`;
}

function quoted(value: string): string {
  if (/^[A-Za-z0-9_.:/+-]+$/.test(value)) return value;
  return value.includes("'") ? `"${value}"` : `'${value}'`;
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type StatementSpan, statementSpans } from './statement-spans.ts';

const columns = (text: string): readonly (readonly [number, number])[] =>
  statementSpans(text).map(({ start, end }) => [start.column, end.column]);

describe('statementSpans', () => {
  test('[IAM-23] a statement that stands alone', () => {
    const text =
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}';
    expect(columns(text)).toEqual([[38, 167]]);
  });

  test('[IAM-23] a list over several lines', () => {
    const text = JSON.stringify(
      { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
      undefined,
      2,
    );
    expect(statementSpans(text)).toEqual([{ start: { line: 3, column: 17 }, end: { line: 8, column: 6 } }]);
  });

  test('[IAM-23] the next statement starts where the one before it ended', () => {
    const [a, b] = ['{"Effect":"Allow"}', '{"Sid":"}]\\"","Effect":"Deny"}'];
    const start = '{"Statement":['.length + 1;
    expect(columns(`{"Statement":[${a},${b}]}`)).toEqual([
      [start, start + a.length],
      [start + a.length, start + a.length + 1 + b.length],
    ]);
  });

  test('[IAM-23] other members of that name are not taken for it', () => {
    expect(columns('{"Id":"Statement","Other":{"Statement":[{}]}}')).toEqual([]);
    expect(columns('no policy')).toEqual([]);
  });

  test('[IAM-23] there is one span for each entry, and it holds the entry', () => {
    const document = fc.record({
      Id: fc.string(),
      Statement: fc.array(fc.record({ Sid: fc.string(), Action: fc.array(fc.string()) }), { maxLength: 5 }),
    });
    fc.assert(
      fc.property(document, fc.constantFrom(0, 1, 4), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        const read = statementSpans(text).map((span) => JSON.parse(cut(text, span).replace(/^\s*,/, '')));
        expect(read).toEqual(value.Statement);
      }),
      { numRuns: 200 },
    );
  });
});

const cut = (text: string, { start, end }: StatementSpan): string =>
  text.slice(offsetOf(text, start), offsetOf(text, end));

function offsetOf(text: string, { line, column }: StatementSpan['start']): number {
  const before = text.split('\n').slice(0, line - 1);
  return before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
}

import { type Lexer, QueryError, Lexer as QueryLexer } from './lexer.ts';
import { listOf, parseColumn, parseExpression, parseName } from './parse-expression.ts';
import { extractor } from './parse-pattern.ts';
import type { Command, Expression, ParsedQuery } from './query.ts';

/** Rows of an answer at most. (LOG-30) */
export const ROWS_MAX_COUNT = 10_000;

/** Commands of the language that are not built. */
const UNSUPPORTED = new Set([
  'addtotals',
  'anomaly',
  'diff',
  'filterindex',
  'join',
  'lookup',
  'pattern',
  'source',
  'tail',
  'unmask',
  'unnest',
]);

/** Reads a query of CloudWatch Logs Insights: commands with `|` between them, `#` before a comment. (LOG-30) */
export function parseQuery(text: string): ParsedQuery {
  try {
    const lexer = new QueryLexer(text);
    const commands = [command(lexer)];
    while (lexer.takeSign('|') !== undefined) commands.push(command(lexer));
    if (lexer.peek().kind !== 'end') throw lexer.unexpected();
    return { kind: 'query', commands };
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { kind: 'malformed', message: error.message, at: error.at };
  }
}

const COMMANDS: Readonly<Record<string, (lexer: Lexer) => Command>> = {
  fields: (lexer) => ({ kind: 'fields', columns: rowColumns(lexer) }),
  display: (lexer) => ({ kind: 'display', columns: rowColumns(lexer) }),
  filter: (lexer) => ({ kind: 'filter', condition: ofRow(lexer, parseExpression) }),
  where: (lexer) => ({ kind: 'filter', condition: ofRow(lexer, parseExpression) }),
  parse,
  stats,
  sort,
  order: (lexer) => {
    if (lexer.takeWord('by') === undefined) throw lexer.unexpected();
    return sort(lexer);
  },
  dedup: (lexer) => ({ kind: 'dedup', keys: listOf(lexer, (inner) => ofRow(inner, parseExpression)) }),
  limit,
  head: limit,
};

function command(lexer: Lexer): Command {
  const { kind, text } = lexer.peek();
  const name = text.toLowerCase();
  const read = kind === 'word' && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (read === undefined) {
    if (kind === 'word' && UNSUPPORTED.has(name))
      throw new QueryError(`The command ${text} is not supported yet.`, lexer.peek());
    throw lexer.unexpected();
  }
  lexer.take();
  return read(lexer);
}

const rowColumns = (lexer: Lexer) =>
  listOf(lexer, (inner) => {
    const { start } = inner.peek();
    const column = parseColumn(inner);
    refuseAggregate(inner, column.expression, start);
    return column;
  });

function ofRow(lexer: Lexer, read: (lexer: Lexer) => Expression): Expression {
  const { start } = lexer.peek();
  const expression = read(lexer);
  refuseAggregate(lexer, expression, start);
  return expression;
}

function refuseAggregate(lexer: Lexer, expression: Expression, start: number): void {
  const [first] = aggregatesOf(expression);
  if (first !== undefined)
    throw new QueryError(`${first.name} can be used in stats alone`, { start, end: lexer.peek().start });
}

/** The aggregates inside of an expression. */
export function aggregatesOf(expression: Expression): readonly Extract<Expression, { kind: 'aggregate' }>[] {
  switch (expression.kind) {
    case 'aggregate':
      return [expression];
    case 'call':
      return expression.arguments.flatMap(aggregatesOf);
    case 'binary':
      return [...aggregatesOf(expression.left), ...aggregatesOf(expression.right)];
    case 'not':
    case 'matches':
      return aggregatesOf(expression.operand);
    case 'contains':
      return [...aggregatesOf(expression.operand), ...aggregatesOf(expression.text)];
    case 'in':
      return [expression.operand, ...expression.list].flatMap(aggregatesOf);
    default:
      return [];
  }
}

/** `parse [field] "glob" as a, b` or `parse [field] /(?<a>…)/`. (LOG-31) */
function parse(lexer: Lexer): Command {
  const isFieldNamed = lexer.peek().kind === 'word' || lexer.peek().kind === 'quoted-name';
  const source: Expression = { kind: 'field', name: isFieldNamed ? parseName(lexer) : '@message' };
  const pattern = lexer.takeRegularExpression();
  const token = lexer.peek();
  if (pattern === undefined) {
    if (token.kind !== 'string') throw lexer.unexpected();
    lexer.take();
    if (lexer.takeWord('as') === undefined) throw lexer.unexpected();
  }
  const isNamed = pattern === undefined || lexer.takeWord('as') !== undefined;
  const names = isNamed ? listOf(lexer, parseName) : [];
  const extract = extractor(pattern ?? token.text, names);
  if (extract === undefined)
    throw new QueryError('the number of names is not the number of wildcards of the pattern', token);
  return { kind: 'parse', source, extract };
}

function stats(lexer: Lexer): Command {
  const { start } = lexer.peek();
  const columns = listOf(lexer, parseColumn);
  const withoutAggregate = columns.find(({ expression }) => aggregatesOf(expression).length === 0);
  if (withoutAggregate !== undefined)
    throw new QueryError(`${withoutAggregate.name} is no aggregate`, { start, end: lexer.peek().start });
  return { kind: 'stats', columns, by: lexer.takeWord('by') === undefined ? [] : rowColumns(lexer) };
}

function sort(lexer: Lexer): Command {
  const keys = listOf(lexer, (inner) => {
    const expression = ofRow(inner, parseExpression);
    const isDescending = inner.takeWord('desc') !== undefined;
    if (!isDescending) inner.takeWord('asc');
    return { expression, isDescending };
  });
  return { kind: 'sort', keys };
}

function limit(lexer: Lexer): Command {
  const token = lexer.peek();
  const count = Number(token.text);
  if (token.kind !== 'number' || !Number.isInteger(count) || count < 1) throw lexer.unexpected();
  if (count > ROWS_MAX_COUNT) throw new QueryError(`limit ${count} is more than ${ROWS_MAX_COUNT}`, token);
  lexer.take();
  return { kind: 'limit', count };
}

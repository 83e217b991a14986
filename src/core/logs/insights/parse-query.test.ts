import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuery } from './parse-query.ts';

describe('parseQuery', () => {
  test.each([
    'fields @timestamp, @message | sort @timestamp desc | limit 20',
    'filter @message like /(?i)error/ and not (status >= 500 or level in ["WARN", "ERROR"])',
    'fields `odd-name`, a.b.0 as first, abs(x - 3) * 2 ^ 2 | FILTER ispresent(first) # why\n| display first',
    'parse @message "user=*, method:*" as user, method | stats count(*) as n, pct(d, 99.9) by bin(5m), user',
    "parse '* *' as a, b | filter a not like 'x' | dedup a, b | head 5",
    'parse @message /(?<code>[0-9]{3}) (?<path>\\/\\S*)/ | stats sum(x) / count(x), earliest(code) by code | order by n asc',
    'stats count() by @logStream | sort by_none desc',
    'filter a =~ "b" | fields strlen(@message) as l, if(l > 3, "long", "short") | limit 10000',
  ])('[LOG-30] reads %s', (text) => {
    expect(parseQuery(text)).toMatchObject({ kind: 'query' });
  });

  test.each([
    ['count(*)', 'unexpected symbol found count at line 1 and position 1', 0, 5],
    ['fields @message | ', 'unexpected symbol found <EOF> at line 1 and position 19', 18, 18],
    ['fields a\n| sort', 'unexpected symbol found <EOF> at line 2 and position 7', 15, 15],
    ['filter a = ', 'unexpected symbol found <EOF> at line 1 and position 12', 11, 11],
    ['filter a = b c', 'unexpected symbol found c at line 1 and position 14', 13, 14],
    ['fields a ; b', 'unexpected symbol found ; at line 1 and position 10', 9, 10],
    ['limit 0', 'unexpected symbol found 0 at line 1 and position 7', 6, 7],
    ['limit 10001', 'limit 10001 is more than 10000', 6, 11],
    ['fields nope(a)', 'unknown function nope', 7, 11],
    ['fields substr(a)', 'invalid number of arguments of substr: 1', 7, 13],
    ['fields count(*)', 'count can be used in stats alone', 7, 15],
    ['stats a by b', 'a is no aggregate', 6, 8],
    [
      'parse @message "*-*" as a',
      'the number of names is not the number of wildcards of the pattern',
      15,
      20,
    ],
    ['filter a like /(/', 'invalid regular expression /(/', 14, 17],
    ['fields a | pattern @message', 'The command pattern is not supported yet.', 11, 18],
  ])('[LOG-30] %s is malformed, and says where', (text, message, start, end) => {
    expect(parseQuery(text)).toEqual({ kind: 'malformed', message, at: { start, end } });
  });

  test('[LOG-30] any text is a query or malformed somewhere inside of it', () => {
    const pieces = fc.constantFrom(
      'fields ',
      'a',
      '|',
      ' filter ',
      '(',
      ')',
      'not ',
      '=',
      '"x"',
      '/',
      ',',
      '5m',
      '-',
      '`',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((parts) => parts.join('')),
        ),
        (text) => {
          const parsed = parseQuery(text);
          if (parsed.kind === 'query') return;
          expect(parsed.at.start).toBeGreaterThanOrEqual(0);
          expect(parsed.at.end).toBeLessThanOrEqual(text.length);
          expect(parsed.at.start).toBeLessThanOrEqual(parsed.at.end);
        },
      ),
    );
  });

  test('[LOG-30] nesting without end is refused', () => {
    expect(parseQuery(`filter ${'('.repeat(5_000)}a`)).toMatchObject({ kind: 'malformed' });
    expect(parseQuery(`filter ${'not '.repeat(5_000)}a`)).toMatchObject({ kind: 'malformed' });
    expect(parseQuery(`fields ${'-'.repeat(5_000)}1`)).toMatchObject({ kind: 'malformed' });
  });
});

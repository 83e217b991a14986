import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuery } from './parse-query.ts';
import { runQuery } from './run-query.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 21);

/** Runs a query over messages, the last of which is the newest, a second apart. */
function answer(text: string, messages: readonly unknown[], limit?: number) {
  const parsed = parseQuery(text);
  if (parsed.kind !== 'query') throw new Error(parsed.message);
  const run = runQuery(parsed.commands, { nowMs: NOW_MS, limit });
  for (const [index, message] of [...messages.entries()].reverse()) {
    if (run.isDone()) break;
    run.add({
      timestampMs: NOW_MS + index * 1_000,
      ingestedAtMs: NOW_MS,
      message: typeof message === 'string' ? message : JSON.stringify(message),
      logStream: `stream-${index % 2}`,
      log: '000000000000:/g',
      pointer: `p${index}`,
    });
  }
  return run.finish().map((row) => Object.fromEntries(row));
}

const LINES = [
  { level: 'INFO', ms: 10, user: { name: 'ann' }, tags: ['a', 'b'] },
  { level: 'ERROR', ms: 250, user: { name: 'bob' }, path: '/x' },
  { level: 'ERROR', ms: '40', user: { name: 'ann' } },
  'plain text with ERROR in it',
];

describe('runQuery', () => {
  test('[LOG-30] without fields there are time and message, newest first, and a pointer', () => {
    expect(answer('filter level = "ERROR"', LINES)).toEqual([
      { '@timestamp': '2026-11-22 21:00:02.000', '@message': JSON.stringify(LINES[2]), '@ptr': 'p2' },
      { '@timestamp': '2026-11-22 21:00:01.000', '@message': JSON.stringify(LINES[1]), '@ptr': 'p1' },
    ]);
  });

  test.each([
    ['filter @message like "ERROR"', 3],
    ['filter @message like /error/', 0],
    ['filter @message like /(?i)error/', 3],
    ['filter @message not like /ERROR/', 1],
    ['filter level =~ /^E/', 2],
    ['filter level in ["INFO", "WARN"]', 1],
    ['filter level not in ["INFO"]', 3],
    ['filter ms > 20', 2],
    ['filter ms >= 40 and ms < 250', 1],
    ['filter level != "INFO"', 2],
    ['filter not ispresent(level)', 1],
    ['filter user.name = "ann" and tags.1 = "b"', 1],
    ['filter isempty(path) or path = "/x"', 4],
    ['filter @logStream = "stream-1"', 2],
    ['filter @log = "000000000000:/g" and @timestamp >= 1795381202000', 2],
    ['filter missing != "x"', 0],
  ])('[LOG-32] %s matches %i events', (text, count) => {
    expect(answer(text, LINES).length).toBe(count);
  });

  test.each([
    ['abs(0 - 3)', '3'],
    ['2 ^ 3 + 10 % 3 * 2', '10'],
    ['7 / 3', '2.3333'],
    ['floor(2.7) + ceil(2.1)', '5'],
    ['greatest(1, 5, 3) - least(4, 2)', '3'],
    ['sqrt(16)', '4'],
    ['coalesce(nothing, "b")', 'b'],
    ['concat("a", 1, "b")', 'a1b'],
    ['strlen("añ😀")', '3'],
    ['toupper("ab")', 'AB'],
    ['tolower("AB")', 'ab'],
    ['trim("  x ")', 'x'],
    ['ltrim("xyZfooxyZ", "xyZ")', 'fooxyZ'],
    ['rtrim("xyZfooxyZ", "xyZ")', 'xyZfoo'],
    ['trim("xyZfooxyZ", "xyZ")', 'foo'],
    ['substr("xyZfooxyZ", 3, 3)', 'foo'],
    ['substr("abc", 1)', 'bc'],
    ['replace("foo", "o", "0")', 'f00'],
    ['strcontains("foo", "o")', '1'],
    ['strcontains("foo", "x")', '0'],
    ['isblank("  ")', '1'],
    ['if(ms > 5, "slow", "fast")', 'slow'],
    ['bin(1h)', '2026-11-22 21:00:00.000'],
    ['datefloor(@timestamp, 1d)', '2026-11-22 00:00:00.000'],
    ['dateceil(@timestamp, 2 )', undefined],
    ['dateceil(@timestamp + 1, 1hour)', '2026-11-22 22:00:00.000'],
    ['toMillis(@timestamp)', String(NOW_MS)],
    ['fromMillis(0)', '1970-01-01 00:00:00.000'],
    ['now()', '2026-11-22 21:00:00.000'],
    ['1 / 0', undefined],
    ['"a" + 1', undefined],
  ])('[LOG-32] %s is %s', (expression, value) => {
    expect(answer(`fields ${expression} as x | display x`, [{ ms: 10 }])[0]?.['x']).toBe(value);
  });

  test('[LOG-31] parse by wildcards, by names of groups, and of a field that was parsed before', () => {
    const messages = ['user=ann, method:GET, latency := 12', 'other'];
    expect(
      answer(
        'parse @message "user=*, method:*, latency := *" as @user, @method, ms | display @user, @method, ms',
        messages,
      ),
    ).toEqual([{ '@ptr': 'p1' }, { '@user': 'ann', '@method': 'GET', ms: '12', '@ptr': 'p0' }]);
    expect(
      answer(
        'parse /user=(?<u>\\w+)/ | parse u "a*" as rest | filter ispresent(u) | display u, rest',
        messages,
      ),
    ).toEqual([{ u: 'ann', rest: 'nn', '@ptr': 'p0' }]);
  });

  test('[LOG-33] stats over groups, with expressions of aggregates', () => {
    const messages = [1, 2, 3, 4, 100].map((ms, index) => ({ ms, kind: index < 4 ? 'a' : 'b' }));
    expect(
      answer(
        'stats count(*) as n, sum(ms), avg(ms), min(ms), max(ms), pct(ms, 50) as p, stddev(ms), count_distinct(ms), sum(ms) / count(ms) as mean by kind | sort kind',
        messages,
      ),
    ).toEqual([
      {
        ...{ kind: 'a', n: '4', 'sum(ms)': '10', 'avg(ms)': '2.5', 'min(ms)': '1', 'max(ms)': '4', p: '2' },
        ...{ 'stddev(ms)': '1.118', 'count_distinct(ms)': '4', mean: '2.5' },
      },
      {
        ...{
          kind: 'b',
          n: '1',
          'sum(ms)': '100',
          'avg(ms)': '100',
          'min(ms)': '100',
          'max(ms)': '100',
          p: '100',
        },
        ...{ 'stddev(ms)': '0', 'count_distinct(ms)': '1', mean: '100' },
      },
    ]);
    expect(answer('stats count(*) by bin(2s)', messages)).toEqual([
      { 'bin(2s)': '2026-11-22 21:00:04.000', 'count(*)': '1' },
      { 'bin(2s)': '2026-11-22 21:00:02.000', 'count(*)': '2' },
      { 'bin(2s)': '2026-11-22 21:00:00.000', 'count(*)': '2' },
    ]);
    expect(answer('stats earliest(ms) as e, latest(ms) as l, sortsFirst(kind) as f', messages)).toEqual([
      { e: '1', l: '100', f: 'a' },
    ]);
    expect(answer('stats max(n) as most by kind | stats count(*) as kinds', messages)).toEqual([
      { kinds: '2' },
    ]);
  });

  test('sort with several keys, dedup and limit', () => {
    const rows = [{ a: 2, b: 'x' }, { a: 1, b: 'y' }, { a: 2, b: 'a' }, { b: 'none' }];
    const names = (text: string) => answer(text, rows).map((row) => row['b']);
    expect(names('fields b | sort a desc, b')).toEqual(['a', 'x', 'y', 'none']);
    expect(names('fields b | sort a')).toEqual(['none', 'y', 'a', 'x']);
    expect(names('fields b | dedup a')).toEqual(['none', 'a', 'y']);
    expect(names('fields b | limit 2')).toEqual(['none', 'a']);
    expect(names('fields b | sort a desc | limit 1')).toEqual(['a']);
    expect(answer('fields b', rows, 3).length).toBe(3);
  });

  test('[LOG-35] sorting with a limit gives what sorting all and cutting gives', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 80 }),
        fc.integer({ min: 1, max: 9 }),
        (all, limit) => {
          const rows = all.map((n, index) => ({ n, index }));
          const sorted = [...rows].reverse().sort((left, right) => right.n - left.n);
          const found = answer(`fields index | sort n desc | limit ${limit}`, rows);
          expect(found.map((row) => row['index'])).toEqual(
            sorted.slice(0, limit).map(({ index }) => String(index)),
          );
        },
      ),
    );
  });

  test('[LOG-33] counts and sums by group are those of the groups', () => {
    const events = fc.array(
      fc.record({ g: fc.integer({ min: 0, max: 4 }), n: fc.integer({ min: -50, max: 50 }) }),
    );
    fc.assert(
      fc.property(events, (rows) => {
        const found = answer('stats count(*) as c, sum(n) as s by g', rows);
        const groups = new Set(rows.map(({ g }) => g));
        expect(found.length).toBe(groups.size);
        for (const row of found) {
          const of = rows.filter(({ g }) => String(g) === row['g']);
          expect(row['c']).toBe(String(of.length));
          expect(row['s']).toBe(String(of.reduce((sum, { n }) => sum + n, 0)));
        }
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFilterPattern } from './filter-pattern.ts';
import { globMatches } from './matches.ts';

/** Whether a message matches a pattern that must be understood. */
function matches(pattern: string, message: string): boolean {
  const parsed = parseFilterPattern(pattern);
  if (parsed.kind !== 'pattern') throw new Error(`not understood: ${pattern}`);
  return parsed.matches(message);
}

const JSON_MESSAGE = JSON.stringify({
  level: 'error',
  code: 502,
  tiny: 0.001,
  ok: true,
  bad: false,
  none: null,
  path: '/api/users',
  ip: '10.0.3.7',
  user: { id: 'u-1', tags: [{ name: 'x' }, { name: 'y' }] },
  list: [1, 2, 3],
  'odd key': 'v',
});

const SPACED = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';

describe('parseFilterPattern', () => {
  test.each([
    ['', 'anything', true],
    ['  ', '', true],
    ['ERROR', 'an ERROR here', true],
    ['ERROR', 'an error here', false],
    ['ERROR', 'xERRORx', true],
    ['ERROR timeout', 'timeout then ERROR', true],
    ['ERROR timeout', 'only ERROR', false],
    ['"INTERNAL SERVER"', 'x INTERNAL SERVER y', true],
    ['"INTERNAL SERVER"', 'SERVER INTERNAL', false],
    ['"say \\"hi\\""', 'they say "hi" all', true],
    ['"a%b%c"', 'xa%b%cx', true],
    ['?ERROR ?WARN', 'a WARN', true],
    ['?ERROR ?WARN', 'an INFO', false],
    ['ERROR ?a ?b', 'ERROR alone', true],
    ['ERROR -EXIT', 'ERROR', true],
    ['ERROR -EXIT', 'ERROR EXIT', false],
    ['ERROR -"EXIT 0"', 'ERROR EXIT 1', true],
    ['-DEBUG', 'INFO', true],
    ['-DEBUG', 'DEBUG', false],
    ['Größe', 'die Größe', true],
  ])('[LOG-8] terms: %j on %j is %j', (pattern, message, expected) => {
    expect(matches(pattern, message)).toBe(expected);
  });

  test.each([
    ['{ $.level = "error" }', true],
    ['{$.level=error}', true],
    ['{ $.level = "err*" }', true],
    ['{ $.level != "info" }', true],
    ['{ $.level != "error" }', false],
    ['{ $.code = 502 }', true],
    ['{ $.code >= 500 && $.code < 600 }', true],
    ['{ $.code > 502 }', false],
    ['{ $.code = 5* }', true],
    ['{ $.tiny = 1e-3 }', true],
    ['{ $.ip = "10.0.*" }', true],
    ['{ $.ip = 10.0.* }', true],
    ['{ $.user.id = "u-1" }', true],
    ['{ $.user.tags[1].name = "y" }', true],
    ['{ $.user.tags[*].name = "x" }', true],
    ['{ $.user.tags[2].name = "x" }', false],
    ["{ $['odd key'] = v }", true],
    ["{ $.['odd key'] = v }", true],
    ['{ $.list[*] = 3 }', true],
    ['{ $.list = 3 }', false],
    ['{ $.user = "*" }', false],
    ['{ $.user != "x" }', false],
    ['{ $.missing = "*" }', false],
    ['{ $.missing != "x" }', false],
    ['{ $.missing NOT EXISTS }', true],
    ['{ $.level NOT EXISTS }', false],
    ['{ $.none IS NULL }', true],
    ['{ $.level IS NULL }', false],
    ['{ $.missing IS NULL }', false],
    ['{ $.ok IS TRUE }', true],
    ['{ $.ok = true }', true],
    ['{ $.bad IS FALSE }', true],
    ['{ $.ok is false }', false],
    ['{ ($.level = "error" || $.code >= 500) && $.path != "/health*" }', true],
    ['{ $.level = "info" || $.code = 502 && $.ok IS TRUE }', true],
    ['{ ($.level = "info" || $.code = 502) && $.ok IS FALSE }', false],
    ['{ $.constructor.name = "*" }', false],
  ])('[LOG-8] JSON: %s is %j', (pattern, expected) => {
    expect(matches(pattern, JSON_MESSAGE)).toBe(expected);
  });

  test('[LOG-8] a message that is not JSON never matches a JSON pattern', () => {
    expect(matches('{ $.a NOT EXISTS }', 'plain text')).toBe(false);
    expect(matches('{ $.a NOT EXISTS }', '{ broken')).toBe(false);
  });

  test.each([
    ['[ip, id, user, time, request, status, bytes]', true],
    ['[ip, id, user, time, request, status]', false],
    ['[ip, ...]', true],
    ['[..., bytes]', true],
    ['[..., status=404, bytes]', true],
    ['[ip, ..., status=4*, bytes>1000]', true],
    ['[..., status=404, bytes<1000]', false],
    ['[..., status=404 || status=500, bytes]', true],
    ['[..., status!=200 && status!=404, bytes]', false],
    ['[ip=127.*, id, user, time, request="GET *", ...]', true],
    ['[..., request=*html*, status, bytes]', true],
    ['[..., time="10/Oct/2000:*", request, status, bytes]', true],
  ])('[LOG-8] words: %s is %j', (pattern, expected) => {
    expect(matches(pattern, SPACED)).toBe(expected);
  });

  test.each([
    'foo-bar',
    '"open',
    '/health',
    '{ $.a }',
    '{ $.a = }',
    '{ a = 1 }',
    '{ $.a < x }',
    '{ ($.a = 1 }',
    '{ $.a = 1',
    '{ $.a = 1 &| $.b = 2 }',
    '[a, b',
    '[a, ..., b, ...]',
    '[a=1 || b=2]',
    '[]',
    '[a>x]',
    '{}',
  ])('[LOG-8] %s is invalid', (pattern) => {
    expect(parseFilterPattern(pattern)).toEqual({ kind: 'invalid' });
  });

  test.each([
    ['%AUTH[0-9]+%', 'x AUTH42', 'x AUTH'],
    ['plain %^a.*z$%', 'a plain z', 'plain a z '],
    ['?%x{2}% ?yes', 'axxb', 'axb'],
    ['good -%bad\\d%', 'good bad', 'good bad1'],
    ['{ $.a = %^1\\.2% }', '{"a":"1.23"}', '{"a":"1x2"}'],
    ['{ $.a != %x% && $.b = %y% }', '{"a":"z","b":"y"}', '{"a":"x","b":"y"}'],
    ['[ip=%^10\\.%, ...]', '10.1.2.3 GET', '110.1 GET'],
    ['[w, n!=%[a-c]%]', 'x d', 'x b'],
    ['"%x%"', 'a %x% b', 'a x b'],
  ])('[LOG-8] the regular expression %s matches %s and not %s', (text, match, other) => {
    const pattern = parseFilterPattern(text);
    expect(pattern.kind === 'pattern' && pattern.matches(match)).toBe(true);
    expect(pattern.kind === 'pattern' && pattern.matches(other)).toBe(false);
  });

  test.each(['%a(b)%', '%é%', '%[%', '%a% %b% %c%', '{ $.a > %1% }', '[n<%1%]', '%%', '%a'])(
    '[LOG-8] %s has no regular expression that the service takes',
    (text) => {
      expect(parseFilterPattern(text)).toEqual({ kind: 'invalid' });
    },
  );

  test('never throws, whatever the pattern and the message', () => {
    const bits = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '$',
      '.a',
      '"',
      ' ',
      '=',
      '!=',
      '>',
      '1',
      'x',
      '*',
      '&&',
      '||',
      '(',
      ')',
      '...',
      ',',
      '-',
      '?',
      '\\',
      '%',
    );
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 12 }), fc.string(), (pattern, message) => {
        const parsed = parseFilterPattern(pattern.join(''));
        if (parsed.kind === 'pattern') expect(parsed.matches(message)).toBeTypeOf('boolean');
      }),
      { numRuns: 300 },
    );
  });
});

test('globMatches agrees with a regular expression made from the pattern', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
  fc.assert(
    fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), (pattern, text) => {
      expect(globMatches(pattern, text)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text));
    }),
    { numRuns: 300 },
  );
});

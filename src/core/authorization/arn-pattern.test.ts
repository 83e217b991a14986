// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of policies look like that.
import { describe, expect, test } from 'vitest';
import { wantedResource } from './arn-pattern.ts';
import { keysOf } from './testing.ts';

const TASK = 'arn:aws:ecs:us-east-1:123456789012:task/web/0123';

const covers = (
  text: string,
  value: string,
  keys: Readonly<Record<string, string>> = {},
  variables = true,
): boolean => wantedResource(text, variables)(keysOf(keys))?.(value) === true;

describe('wantedResource', () => {
  test.each([
    ['arn:aws:ecs:*:*:task/*', TASK, true],
    ['arn:aws:ecs:*:*:task/*/*', TASK, true],
    ['arn:aws:ecs:*:*:task/*/*/*', TASK, false],
    ['arn:aws:logs:*:*:log-group:/a*', 'arn:aws:logs:r:1:log-group:/a:log-stream:s', true],
    ['arn:aws:logs:*:*:log-group:*:log-stream:s', 'arn:aws:logs:r:1:log-group:/a:log-stream:s', true],
    ['arn:aws:*:*:*:*', TASK, true],
    ['arn:aws:ecs:us-east-1:*', TASK, true],
    ['arn:aws:ec*:task/web/0123', TASK, true],
    ['arn:aws:*', 'arn:aws:iam::1:role/x', true],
    ['arn:aws:iam::1:role/x', 'arn:aws:iam::1:role/x', true],
    ['arn:aws:iam:*:1:role/x', 'arn:aws:iam::1:role/x', true],
  ])('[AUTH-7] %s and %s', (pattern, value, expected) => {
    expect(covers(pattern, value)).toBe(expected);
  });

  test('[AUTH-8] variables stand after the fifth colon and nowhere before', () => {
    const keys = { 'aws:username': 'ann', 'aws:PrincipalAccount': '1' };
    expect(covers('arn:aws:iam::1:user/${aws:username}', 'arn:aws:iam::1:user/ann', keys)).toBe(true);
    expect(covers('arn:aws:iam::1:user/${aws:username}', 'arn:aws:iam::1:user/bob', keys)).toBe(false);
    expect(covers('arn:aws:iam::1:user/${aws:username}', 'arn:aws:iam::1:user/ann', {})).toBe(false);
    expect(covers('arn:aws:iam::${aws:PrincipalAccount}:user/x', 'arn:aws:iam::1:user/x', keys)).toBe(false);
    expect(covers('arn:aws:iam::1:user/${aws:username}', 'arn:aws:iam::1:user/ann', keys, false)).toBe(false);
  });
});

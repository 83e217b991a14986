import { describe, expect, test } from 'vitest';
import { canServiceAssume } from './trust-policy.ts';

const TASKS = 'ecs-tasks.amazonaws.com';
const allow = { Effect: 'Allow', Principal: { Service: TASKS }, Action: 'sts:AssumeRole' };

describe('canServiceAssume', () => {
  test.each([
    { name: 'a statement that names it', statement: allow, want: true },
    {
      name: 'a list of statements, actions and principals',
      statement: [
        { ...allow, Principal: { Service: ['x', TASKS] }, Action: ['sts:TagSession', 'sts:AssumeRole'] },
      ],
      want: true,
    },
    {
      name: 'a statement with a condition',
      statement: { ...allow, Condition: { StringEquals: { 'aws:SourceAccount': '1' } } },
      want: true,
    },
    {
      name: 'another service',
      statement: { ...allow, Principal: { Service: 'ec2.amazonaws.com' } },
      want: false,
    },
    { name: 'an account', statement: { ...allow, Principal: { AWS: TASKS } }, want: false },
    { name: 'another action', statement: { ...allow, Action: 'sts:TagSession' }, want: false },
    { name: 'a denial beside it', statement: [allow, { ...allow, Effect: 'Deny' }], want: false },
    { name: 'no statement', statement: [], want: false },
  ])('[TSK-6] $name', ({ statement, want }) => {
    expect(canServiceAssume(JSON.stringify({ Version: '2012-10-17', Statement: statement }), TASKS)).toBe(
      want,
    );
  });

  test('[TSK-6] text that is no policy trusts nobody', () => {
    for (const text of ['', '{', 'null', '[]', '"x"']) expect(canServiceAssume(text, TASKS)).toBe(false);
  });
});

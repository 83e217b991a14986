import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Caller } from '../../domain/caller.ts';
import { decideTrust } from './assume-role.ts';

const accountId = '123456789012';
const user: Caller = {
  kind: 'user',
  accountId,
  arn: `arn:aws:iam::${accountId}:user/ann`,
  userId: 'AIDAA',
  accessKeyId: 'AKIAA',
};
const session: Caller = {
  kind: 'assumed-role',
  accountId,
  arn: `arn:aws:sts::${accountId}:assumed-role/ci/run-1`,
  userId: 'AROAA:run-1',
  accessKeyId: 'ASIAA',
  roleArn: `arn:aws:iam::${accountId}:role/ci`,
};

const allow = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '*' } };
const decide = (statement: unknown, caller = user, externalId?: string) =>
  decideTrust(JSON.stringify({ Version: '2012-10-17', Statement: statement }), {
    caller,
    sessionName: 's1',
    externalId,
  });

describe('decideTrust', () => {
  test.each([
    ['everybody', '*', user, true],
    ['everybody of AWS', { AWS: '*' }, user, true],
    ['the account', { AWS: `arn:aws:iam::${accountId}:root` }, user, true],
    ['the account by number', { AWS: [accountId] }, session, true],
    ['the user', { AWS: user.arn }, user, true],
    ['another user', { AWS: `arn:aws:iam::${accountId}:user/bob` }, user, false],
    ['the role of a session', { AWS: session.roleArn }, session, true],
    ['the session', { AWS: session.arn }, session, true],
    ['another account', { AWS: '999999999999' }, user, false],
    ['a service', { Service: 'ecs-tasks.amazonaws.com' }, user, false],
  ])('[IAM-7] trusting %s', (_name, principal, caller, isAllowed) => {
    expect(decide({ ...allow, Principal: principal }, caller as Caller).kind).toBe(
      isAllowed ? 'allowed' : 'denied',
    );
  });

  test('[IAM-7] a denial outweighs, and another action does not count', () => {
    expect(decide([allow, { ...allow, Effect: 'Deny' }]).kind).toBe('explicitly-denied');
    expect(decide([allow, { ...allow, Effect: 'Deny', Action: 'sts:TagSession' }]).kind).toBe('allowed');
    expect(decide({ ...allow, Action: 'sts:*' }).kind).toBe('allowed');
  });

  test.each([
    ['the right external id', { StringEquals: { 'sts:ExternalId': 'x1' } }, 'x1', 'allowed'],
    ['one of two', { StringEquals: { 'STS:externalid': ['x0', 'x1'] } }, 'x1', 'allowed'],
    ['another', { StringEquals: { 'sts:ExternalId': 'x1' } }, 'x2', 'denied'],
    ['none', { StringEquals: { 'sts:ExternalId': 'x1' } }, undefined, 'denied'],
    ['none, if it exists', { StringEqualsIfExists: { 'sts:ExternalId': 'x1' } }, undefined, 'allowed'],
    ['not this one', { StringNotEquals: { 'sts:ExternalId': 'x1' } }, 'x1', 'denied'],
    ['not this one, none', { StringNotEquals: { 'sts:ExternalId': 'x1' } }, undefined, 'allowed'],
    ['a pattern', { StringLike: { 'sts:ExternalId': 'x*' } }, 'x123', 'allowed'],
    ['two keys', { StringEquals: { 'sts:ExternalId': 'x1', 'sts:RoleSessionName': 's2' } }, 'x1', 'denied'],
    ['an ARN', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/a?n' } }, undefined, 'allowed'],
    ['a service alone', { StringEquals: { 'aws:SourceAccount': accountId } }, undefined, 'denied'],
    [
      'what we cannot weigh',
      { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
      undefined,
      'unknown-condition',
    ],
    [
      'what we cannot weigh beside what is surely not so',
      { Bool: { 'aws:MultiFactorAuthPresent': 'true' }, StringEquals: { 'sts:ExternalId': 'x1' } },
      'x2',
      'denied',
    ],
  ] as const)('[IAM-7] a condition: %s', (_name, condition, externalId, kind) => {
    expect(decide({ ...allow, Condition: condition }, user, externalId).kind).toBe(kind);
  });

  test('[IAM-7] a denial that cannot be weighed refuses', () => {
    const deny = { ...allow, Effect: 'Deny', Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } };
    expect(decide([allow, deny])).toEqual({ kind: 'unknown-condition', name: 'IpAddress aws:SourceIp' });
  });

  test('[IAM-7] patterns agree with the obvious regular expression', () => {
    const letter = fc.constantFrom('a', 'b', '*', '?');
    const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 }).map((all) => all.join(''));
    fc.assert(
      fc.property(fc.array(letter, { maxLength: 8 }), text, (letters, value) => {
        const source = letters.map((one) => (one === '*' ? '.*' : one === '?' ? '.' : one)).join('');
        const condition = { StringLike: { 'sts:ExternalId': letters.join('') } };
        const isAllowed = decide({ ...allow, Condition: condition }, user, value).kind === 'allowed';
        expect(isAllowed).toBe(new RegExp(`^${source}$`).test(value));
      }),
    );
  });

  test('[IAM-7] text that is no policy lets nobody in', () => {
    for (const text of ['', '{', 'null', '[]']) {
      expect(decideTrust(text, { caller: user, sessionName: 's1' }).kind).toBe('denied');
    }
  });
});

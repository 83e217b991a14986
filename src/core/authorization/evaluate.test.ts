import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from './evaluate.ts';
import { policyOf } from './policy.ts';
import { ACCOUNT_ID, ANN, CLUSTER_ARN, keysOf, policy, ROOT, request, SESSION } from './testing.ts';

const ALLOW = { Effect: 'Allow', Action: '*', Resource: '*' };
const DENY = { Effect: 'Deny', Action: '*', Resource: '*' };
const all = policy(ALLOW);
const nothing = policy();
const none = policy(DENY);
const SENTENCE = `User: ${ANN.arn} is not authorized to perform: ecs:DescribeClusters on resource: ${CLUSTER_ARN}`;

const textOf = (...args: Parameters<typeof request>): string | undefined => {
  const decision = evaluate(request(...args));
  return decision.kind === 'denied' ? decision.text : undefined;
};
const isAllowed = (...args: Parameters<typeof request>): boolean =>
  evaluate(request(...args)).kind === 'allowed';

/** A policy on a resource of the account. */
const onResource = (statement: object, more: object = {}) => ({
  policy: policy({ Effect: 'Allow', Action: '*', ...statement }),
  accountId: ACCOUNT_ID,
  ...more,
});

describe('what is said to who may not', () => {
  test.each([
    ['nothing allows', { identity: [] }, 'because no identity-based policy allows the'],
    [
      'the boundary does not allow',
      { identity: [all], boundary: nothing },
      'because no permissions boundary allows the',
    ],
    [
      'the session policy does not',
      { identity: [all], session: [nothing] },
      'because no session policy allows the',
    ],
  ])('[AUTH-3] %s', (_name, policies, because) => {
    expect(textOf(policies)).toBe(`${SENTENCE} ${because} ecs:DescribeClusters action`);
  });

  test.each([
    ['an identity policy', { identity: [all, none] }, 'with an explicit deny in an identity-based policy'],
    ['the boundary', { identity: [all], boundary: none }, 'with an explicit deny in a permissions boundary'],
    [
      'the session policy',
      { identity: [all], session: [none] },
      'with an explicit deny in a sessions policy',
    ],
    [
      'the resource',
      { identity: [all], resource: onResource({ Effect: 'Deny', Principal: '*' }) },
      'with an explicit deny in a resource-based policy',
    ],
    [
      'the trust policy',
      { identity: [all], resource: onResource({ Effect: 'Deny', Principal: '*' }, { isTrustPolicy: true }) },
      'with an explicit deny in the role trust policy',
    ],
  ])('[AUTH-3] denied by %s', (_name, policies, suffix) => {
    expect(textOf(policies)).toBe(`${SENTENCE} ${suffix}`);
  });

  test('[AUTH-3] an action without a resource names the star, a session is named as itself', () => {
    expect(textOf({}, { resource: '*', principal: SESSION, action: 'ecs:ListClusters' })).toBe(
      `User: ${SESSION.arn} is not authorized to perform: ecs:ListClusters on resource: * because no identity-based policy allows the ecs:ListClusters action`,
    );
  });
});

describe('policies of a resource', () => {
  test.each([
    ['everybody', { Principal: '*' }, true],
    ['everybody of AWS', { Principal: { AWS: '*' } }, true],
    ['the session', { Principal: { AWS: SESSION.arn } }, true],
    ['the role', { Principal: { AWS: [SESSION.roleArn] } }, false],
    ['the account', { Principal: { AWS: ACCOUNT_ID } }, false],
    ['another role', { Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:role/other` } }, false],
    ['a service', { Principal: { Service: 'ecs.amazonaws.com' } }, false],
  ])('[AUTH-4] an Allow for %s passes the boundary or not', (_name, statement, passes) => {
    const policies = { identity: [], boundary: nothing, resource: onResource(statement) };
    expect(isAllowed(policies, { principal: SESSION })).toBe(passes);
  });

  test('[AUTH-4] an Allow for the role stands for an identity policy, one for the account does not', () => {
    const of = (aws: string | undefined) => ({ resource: onResource({ Principal: { AWS: aws } }) });
    expect(isAllowed(of(SESSION.roleArn), { principal: SESSION })).toBe(true);
    expect(isAllowed(of(ACCOUNT_ID), { principal: SESSION })).toBe(false);
    expect(isAllowed({ ...of(ACCOUNT_ID), identity: [all] }, { principal: SESSION })).toBe(true);
  });

  test('[AUTH-4] from another account both sides must allow', () => {
    const principal = { ...ANN, accountId: '999999999999', arn: 'arn:aws:iam::999999999999:user/zoe' };
    const resource = onResource({ Principal: { AWS: principal.arn } });
    expect(isAllowed({ resource }, { principal })).toBe(false);
    expect(isAllowed({ resource, identity: [all] }, { principal })).toBe(true);
    expect(
      textOf({ resource: onResource({ Principal: { AWS: ANN.arn } }), identity: [all] }, { principal }),
    ).toContain('because no resource-based policy allows');
  });

  test('[AUTH-4] a trust policy must allow by itself', () => {
    const trusting = (aws: string) => onResource({ Principal: { AWS: aws } }, { isTrustPolicy: true });
    expect(isAllowed({ identity: [all], resource: trusting('999999999999') })).toBe(false);
    expect(isAllowed({ identity: [], resource: trusting(ANN.arn) })).toBe(true);
    expect(isAllowed({ identity: [], resource: trusting(ACCOUNT_ID) })).toBe(false);
    expect(isAllowed({ identity: [all], resource: trusting(ACCOUNT_ID) })).toBe(true);
    expect(textOf({ identity: [all], resource: trusting('999999999999') })).toBe(SENTENCE);
  });

  test.each([
    ['only the user', [ANN.arn], false],
    ['only the account', [ACCOUNT_ID], false],
    ['the user and the account', [ANN.arn, `arn:aws:iam::${ACCOUNT_ID}:root`], true],
  ])('[AUTH-4] a Deny with NotPrincipal that lists %s', (_name, names, isSpared) => {
    const resource = onResource({ Effect: 'Deny', NotPrincipal: { AWS: names } });
    expect(isAllowed({ identity: [all], resource })).toBe(isSpared);
  });

  test('[AUTH-4] an Allow with NotPrincipal leaves out whom it lists in any way', () => {
    const of = (name: string) => ({ resource: onResource({ NotPrincipal: { AWS: name } }) });
    expect(isAllowed(of(`arn:aws:iam::${ACCOUNT_ID}:user/bob`))).toBe(true);
    expect(isAllowed(of(ANN.arn))).toBe(false);
    expect(isAllowed(of(ACCOUNT_ID))).toBe(false);
  });

  test('[AUTH-2] root needs no policy, and obeys those of resources', () => {
    expect(isAllowed({}, { principal: ROOT })).toBe(true);
    const resource = onResource({ Effect: 'Deny', Principal: '*' });
    expect(isAllowed({ resource }, { principal: ROOT })).toBe(false);
  });
});

describe('what a statement is about', () => {
  test.each([
    [{ Action: 'ecs:DescribeClusters' }, true],
    [{ Action: 'ECS:describeclusters' }, true],
    [{ Action: ['s3:*', 'ecs:Describe*'] }, true],
    [{ Action: 'ecs:DescribeCluster?' }, true],
    [{ Action: 'ecs:DescribeCluster' }, false],
    [{ NotAction: 'ecs:Describe*' }, false],
    [{ NotAction: ['ecs:List*', 'iam:*'] }, true],
  ])('[AUTH-6] %j', (actions, expected) => {
    const statement = { Effect: 'Allow', Resource: '*', ...actions };
    expect(isAllowed({ identity: [policy(statement)] })).toBe(expected);
  });

  test.each([
    [{ Resource: CLUSTER_ARN }, true],
    [{ Resource: CLUSTER_ARN.toUpperCase() }, false],
    [{ Resource: 'arn:aws:ecs:*:*:cluster/*' }, true],
    [{ Resource: 'arn:aws:ecs:us-east-?:*:cluster/w*b' }, true],
    [{ Resource: 'arn:*:*:*:*:*' }, true],
    [{ Resource: 'arn:aws:ecs:*:*:service/*' }, false],
    [{ NotResource: 'arn:aws:ecs:*:*:cluster/web' }, false],
    [{ NotResource: ['arn:aws:ecs:*:*:cluster/a', 'arn:aws:ecs:*:*:cluster/b'] }, true],
    [{ NotResource: '*' }, false],
  ])('[AUTH-7] %j', (resources, expected) => {
    const statement = { Effect: 'Allow', Action: '*', ...resources };
    expect(isAllowed({ identity: [policy(statement)] })).toBe(expected);
  });

  test('[AUTH-7] only a star allows an action that has no resource', () => {
    const of = (resource: string) => ({ identity: [policy({ ...ALLOW, Resource: resource })] });
    expect(isAllowed(of('*'), { resource: '*' })).toBe(true);
    expect(isAllowed(of('arn:aws:ecs:*:*:*'), { resource: '*' })).toBe(false);
  });

  test('[AUTH-1] text that is no policy allows nothing', () => {
    for (const text of ['', '{', 'null', '[]', '{"Statement":5}', '{"Statement":{"Effect":"Allow"}}']) {
      expect(isAllowed({ identity: [policyOf(text)] })).toBe(false);
    }
  });
});

const action = fc.constantFrom('ecs:DescribeClusters', 'ecs:Describe*', 'ecs:RunTask', '*', 'iam:*');
const resource = fc.constantFrom('*', CLUSTER_ARN, 'arn:aws:ecs:*:*:cluster/*', 'arn:aws:ecs:*:*:service/*');
const condition = fc.option(
  fc.constantFrom(
    { StringEquals: { 'aws:username': 'ann' } },
    { StringNotEquals: { 'aws:username': 'ann' } },
    { Bool: { 'aws:SecureTransport': 'true' } },
    { Nonsense: { 'aws:username': 'ann' } },
  ),
  { nil: undefined },
);
const one = <Name extends string>(name: Name, value: fc.Arbitrary<unknown>) =>
  fc.tuple(fc.boolean(), value).map(([not, text]) => ({ [not ? `Not${name}` : name]: text }));
const statementOf = (effect: fc.Arbitrary<string>) =>
  fc
    .tuple(effect, one('Action', action), one('Resource', resource), condition)
    .map(([Effect, actions, resources, Condition]) => ({ Effect, ...actions, ...resources, Condition }));
const statements = fc.array(statementOf(fc.constantFrom('Allow', 'Deny')), { maxLength: 5 });
const sets = fc.record({
  identity: statements,
  boundary: fc.option(statements, { nil: undefined }),
  session: fc.option(statements, { nil: undefined }),
});
const keys = keysOf({ 'aws:username': 'ann' });

type Statements = readonly object[];
const decide = (set: {
  readonly identity: Statements;
  readonly boundary?: Statements | undefined;
  readonly session?: Statements | undefined;
}) =>
  evaluate(
    request(
      {
        identity: [policy(...set.identity)],
        boundary: set.boundary && policy(...set.boundary),
        session: set.session && [policy(...set.session)],
      },
      { keys },
    ),
  );

describe('properties', () => {
  test('[AUTH-2] an explicit denial wins over everything', () => {
    fc.assert(
      fc.property(sets, fc.nat({ max: 5 }), (set, at) => {
        const identity = [...set.identity.slice(0, at), DENY, ...set.identity.slice(at)];
        expect(decide({ ...set, identity }).kind).toBe('denied');
      }),
    );
  });

  test('[AUTH-2] one more Allow never takes away, one more Deny never gives', () => {
    const rank = (set: Parameters<typeof decide>[0]): number => (decide(set).kind === 'allowed' ? 1 : 0);
    const place = fc.constantFrom('identity', 'boundary', 'session');
    fc.assert(
      fc.property(sets, place, statementOf(fc.constant('Allow')), (set, where, extra) => {
        // A boundary or session policy that is not there limits nothing; its first statement would.
        fc.pre(set[where as 'identity'] !== undefined);
        const before = rank(set);
        const added = (more: object) => ({ ...set, [where]: [...(set[where as 'identity'] ?? []), more] });
        expect(rank(added(extra))).toBeGreaterThanOrEqual(before);
        expect(rank(added({ ...extra, Effect: 'Deny' }))).toBeLessThanOrEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  test('[AUTH-2] the order of statements and how they are spread over policies do not count', () => {
    const shuffled = sets.chain((set) =>
      fc.tuple(fc.constant(set), fc.shuffledSubarray(set.identity, { minLength: set.identity.length })),
    );
    fc.assert(
      fc.property(shuffled, ([set, identity]) => {
        expect(decide({ ...set, identity })).toEqual(decide(set));
        const spread = request({ identity: identity.map((statement) => policy(statement)) }, { keys });
        expect(evaluate(spread)).toEqual(decide({ identity }));
      }),
    );
  });
});

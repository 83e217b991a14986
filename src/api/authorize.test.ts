// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of policies look like that.
import { describe, expect, test } from 'vitest';
import type { Caller } from '../domain/caller.ts';
import type { Role, SessionContext, User } from '../domain/identity.ts';
import { ServiceError } from '../lib/service-error.ts';
import { accountSettings } from '../records/account-settings.ts';
import { managedPolicies, roles, users } from '../records/collections.ts';
import { repositories } from '../records/ecr.ts';
import { type AccessRequestFacts, createAuthorizer } from './authorize.ts';
import { registerTaskDefinition } from './ecs/register-task-definition.ts';
import { ANN, aCluster, aContext, storeAnn, type TestContext } from './testing.ts';

const ACCOUNT_ID = '123456789012';
const ECS = `arn:aws:ecs:us-east-1:${ACCOUNT_ID}`;
const ROLE_ARN = `arn:aws:iam::${ACCOUNT_ID}:role/app`;

type Statement = Readonly<Record<string, unknown>>;
const documentOf = (statements: readonly Statement[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const allow = (
  actions: string | readonly string[],
  resource: string | readonly string[] = '*',
  more: Statement = {},
): Statement => ({
  Effect: 'Allow',
  Action: actions,
  Resource: resource,
  ...more,
});

const SESSION: Caller = {
  kind: 'assumed-role',
  accountId: ACCOUNT_ID,
  arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/app/s1`,
  userId: 'AROAAPP:s1',
  accessKeyId: 'ASIAAPP',
  roleArn: ROLE_ARN,
};

const app = (context: TestContext, statements: readonly Statement[], more: Partial<Role> = {}): Role => ({
  roleName: 'app',
  roleId: 'AROAAPP',
  arn: ROLE_ARN,
  path: '/',
  createdAt: context.clock.now(),
  maxSessionDurationSeconds: 3_600,
  assumeRolePolicyDocument: documentOf([]),
  inlinePolicies: { own: documentOf(statements) },
  attachedPolicyArns: [],
  tags: [],
  ...more,
});

/** What ann with these statements is told; undefined when she may. */
async function annAsks(
  statements: readonly Statement[],
  action: string,
  input: unknown,
  given: {
    readonly context?: TestContext;
    readonly user?: Partial<User>;
    readonly from?: Partial<AccessRequestFacts>;
  } = {},
): Promise<string | undefined> {
  const context = given.context ?? (await aContext());
  await storeAnn(context, statements, given.user);
  return asks(context, { caller: ANN, ...given.from }, { action, input });
}

function asks(
  context: TestContext,
  facts: AccessRequestFacts,
  { action, input }: { readonly action: string; readonly input: unknown },
): string | undefined {
  try {
    createAuthorizer(context).authorize(facts, action, input);
    return undefined;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const refused = (action: string, resource: string): string =>
  `AccessDeniedException: User: ${ANN.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;

describe('who may what', () => {
  test('[AUTH-2] root may everything, also what declares nothing', async () => {
    const context = await aContext();
    for (const action of ['ecs:RunTask', 'ecs:Nonsense']) {
      expect(asks(context, { caller: context.caller }, { action, input: {} })).toBeUndefined();
    }
  });

  test('[AUTH-11] a user may nothing of itself, and not what declares nothing', async () => {
    expect(await annAsks([], 'ecs:ListClusters', {})).toBe(refused('ecs:ListClusters', '*'));
    const everything: Statement = { Effect: 'Allow', Action: '*', Resource: '*' };
    expect(await annAsks([everything], 'ecs:ListClusters', {})).toBeUndefined();
    expect(await annAsks([everything], 'ecs:Nonsense', {})).toBe(refused('ecs:Nonsense', '*'));
    expect(await annAsks([], 'sts:GetCallerIdentity', {})).toBeUndefined();
  });

  test('[AUTH-15] each protocol has its own code', async () => {
    expect(await annAsks([], 'iam:GetRole', { RoleName: 'app' })).toMatch(/^AccessDenied: User: /);
    expect(await annAsks([], 'sts:GetAccessKeyInfo', {})).toMatch(/^AccessDenied: User: /);
    expect(await annAsks([], 'logs:DescribeLogGroups', {})).toMatch(/^AccessDeniedException: User: /);
    expect(await annAsks([], 'ec2:DescribeVpcs', {})).toMatch(
      /^UnauthorizedOperation: You are not authorized to perform this operation\. User: .* ec2:DescribeVpcs on resource: \* because/,
    );
  });

  test('[AUTH-1] a changed policy counts at once: inline, attached, another default version', async () => {
    const context = await aContext();
    const ask = () => asks(context, { caller: ANN }, { action: 'ecs:ListClusters', input: {} });
    const arn = `arn:aws:iam::${ACCOUNT_ID}:policy/p`;
    const version = (versionId: string, statements: readonly Statement[]) => ({
      versionId,
      document: documentOf(statements),
      createdAt: context.clock.now(),
    });
    const putPolicy = (defaultVersionId: string) =>
      context.store.write((tx) =>
        tx.put(managedPolicies, {
          policyName: 'p',
          policyId: 'ANPA',
          arn,
          path: '/',
          createdAt: context.clock.now(),
          updatedAt: context.clock.now(),
          defaultVersionId,
          lastVersion: 2,
          versions: [version('v1', []), version('v2', [allow('ecs:*')])],
          tags: [],
        }),
      );
    await storeAnn(context, [allow('ecs:List*')]);
    expect(ask()).toBeUndefined();
    await putPolicy('v1');
    await storeAnn(context, [], { attachedPolicyArns: [arn] });
    expect(ask()).toBeDefined();
    await putPolicy('v2');
    expect(ask()).toBeUndefined();
    await context.store.write((tx) => tx.delete(users, 'ann'));
    expect(ask()).toBeDefined();
  });

  test('[AUTH-2] the boundary of a role limits its sessions', async () => {
    const context = await aContext();
    const ask = () => asks(context, { caller: SESSION }, { action: 'ecs:ListClusters', input: {} });
    await context.store.write((tx) => tx.put(roles, app(context, [allow('*')])));
    expect(ask()).toBeUndefined();
    const permissionsBoundaryArn = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
    await context.store.write((tx) => tx.put(roles, app(context, [allow('*')], { permissionsBoundaryArn })));
    expect(ask()).toContain('because no permissions boundary allows the ecs:ListClusters action');
    const gone = `arn:aws:iam::${ACCOUNT_ID}:policy/gone`;
    await context.store.write((tx) =>
      tx.put(roles, app(context, [allow('*')], { permissionsBoundaryArn: gone })),
    );
    expect(ask()).toContain('because no permissions boundary allows');
  });
});

describe('what was passed to a session', () => {
  const session = { policies: [], policyArns: [], tags: [], transitiveTagKeys: [] };
  const ask = async (passed: Partial<SessionContext>, action = 'ecs:ListClusters') => {
    const context = await aContext();
    const tags = [
      { key: 'Team', value: 'red' },
      { key: 'job', value: '1' },
    ];
    const condition = { StringEquals: { 'aws:PrincipalTag/team': 'blue', 'aws:PrincipalTag/job': '1' } };
    const statements = [allow('ecs:*'), allow('iam:*', '*', { Condition: condition })];
    await context.store.write((tx) => tx.put(roles, app(context, statements, { tags })));
    const caller = { ...SESSION, session: { ...session, ...passed } };
    return asks(context, { caller }, { action, input: {} });
  };

  test('[STS-6] policies limit it to what both allow', async () => {
    const listing = documentOf([allow('ecs:List*')]);
    expect(await ask({})).toBeUndefined();
    expect(await ask({ policies: [listing] })).toBeUndefined();
    expect(await ask({ policies: [listing] }, 'ecs:DiscoverPollEndpoint')).toContain(
      'because no session policy allows the ecs:DiscoverPollEndpoint action',
    );
    expect(await ask({ policies: [documentOf([allow('*')])] }, 'ec2:DescribeVpcs')).toContain(
      'because no identity-based policy allows',
    );
    const denial = { ...allow('ecs:List*'), Effect: 'Deny' };
    expect(await ask({ policies: [documentOf([allow('*'), denial])] })).toContain(
      'with an explicit deny in a sessions policy',
    );
    expect(await ask({ policyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] })).toBeUndefined();
    expect(await ask({ policyArns: ['arn:aws:iam::aws:policy/gone'] })).toContain(
      'because no session policy',
    );
  });

  test('[STS-6] tags win over those of the role', async () => {
    expect(await ask({}, 'iam:ListRoles')).toBeDefined();
    expect(await ask({ tags: [{ key: 'team', value: 'blue' }] }, 'iam:ListRoles')).toBeUndefined();
  });
});

describe('what requests are about', () => {
  const task = (cluster: string, id: string) => `${ECS}:task/${cluster}/${id}`;

  test('[AUTH-12] each task of a batch is asked for', async () => {
    const mine = [allow('ecs:DescribeTasks', `${ECS}:task/dev/*`)];
    expect(
      await annAsks(mine, 'ecs:DescribeTasks', { cluster: 'dev', tasks: ['1', task('dev', '2')] }),
    ).toBeUndefined();
    expect(
      await annAsks(mine, 'ecs:DescribeTasks', { cluster: 'dev', tasks: ['1', task('prod', '2')] }),
    ).toBe(refused('ecs:DescribeTasks', task('prod', '2')));
    expect(await annAsks(mine, 'ecs:DescribeTasks', { tasks: ['1'] })).toBe(
      refused('ecs:DescribeTasks', task('default', '1')),
    );
  });

  test('[AUTH-12] an ARN without its cluster means the cluster that the operation takes', async () => {
    const statements = [allow('*'), { ...allow('ecs:StopTask', `${ECS}:task/prod/*`), Effect: 'Deny' }];
    expect(await annAsks(statements, 'ecs:StopTask', { cluster: 'prod', task: `${ECS}:task/1` })).toContain(
      `${task('prod', '1')} with an explicit deny in an identity-based policy`,
    );
    expect(
      await annAsks(statements, 'ecs:StopTask', { cluster: 'dev', task: `${ECS}:task/1` }),
    ).toBeUndefined();
  });

  test('[AUTH-12] the cluster key is the cluster that the resource is in', async () => {
    const inDev = allow('ecs:StopTask', '*', {
      Condition: { ArnEquals: { 'ecs:cluster': `${ECS}:cluster/dev` } },
    });
    expect(await annAsks([inDev], 'ecs:StopTask', { cluster: 'dev', task: '1' })).toBeUndefined();
    expect(await annAsks([inDev], 'ecs:StopTask', { cluster: 'dev', task: task('prod', '1') })).toBeDefined();
    expect(await annAsks([inDev], 'ecs:StopTask', { cluster: 'prod', task: '1' })).toBeDefined();
  });

  test('[AUTH-12] a family means its newest revision', async () => {
    const context = await aContext();
    const containerDefinitions = [{ name: 'a', image: 'a', memory: 64 }];
    await registerTaskDefinition(context, { family: 'web', containerDefinitions });
    const may = [allow('ecs:RunTask', `${ECS}:task-definition/web:1`)];
    expect(await annAsks(may, 'ecs:RunTask', { taskDefinition: 'web' }, { context })).toBeUndefined();
    await registerTaskDefinition(context, { family: 'web', containerDefinitions });
    expect(await annAsks(may, 'ecs:RunTask', { taskDefinition: 'web' }, { context })).toBe(
      refused('ecs:RunTask', `${ECS}:task-definition/web:2`),
    );
    expect(await annAsks(may, 'ecs:RunTask', { taskDefinition: 'web:1' }, { context })).toBeUndefined();
  });

  test('[AUTH-12] tags of the resource, of the request and of the caller', async () => {
    const context = await aContext();
    await aCluster(context, { clusterName: 'dev', tags: [{ key: 'Team', value: 'red' }] });
    await aCluster(context, { clusterName: 'prod' });
    const team = allow('ecs:*Cluster*', '*', {
      Condition: { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } },
    });
    const user = { tags: [{ key: 'team', value: 'red' }] };
    const ask = (cluster: string) => annAsks([team], 'ecs:DeleteCluster', { cluster }, { context, user });
    expect(await ask('dev')).toBeUndefined();
    expect(await ask('prod')).toBe(refused('ecs:DeleteCluster', `${ECS}:cluster/prod`));
    const tagged = allow(['ecs:CreateCluster', 'ecs:TagResource'], '*', {
      Condition: {
        StringEquals: { 'aws:RequestTag/team': 'red' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
      },
    });
    const create = (tags: readonly object[]) =>
      annAsks([tagged], 'ecs:CreateCluster', { clusterName: 'x', tags });
    expect(await create([{ key: 'team', value: 'red' }])).toBeUndefined();
    expect(await create([{ key: 'team', value: 'blue' }])).toBeDefined();
    expect(
      await create([
        { key: 'team', value: 'red' },
        { key: 'more', value: '' },
      ]),
    ).toBeDefined();
    expect(await create([])).toBeDefined();
  });

  test('[AUTH-12] global keys: address, time, region, name', async () => {
    const only = (condition: Statement) => [allow('ecs:ListClusters', '*', { Condition: condition })];
    const ask = (condition: Statement, from = {}) =>
      annAsks(only(condition), 'ecs:ListClusters', {}, { from });
    expect(
      await ask({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, { sourceIp: '10.1.2.3' }),
    ).toBeUndefined();
    expect(
      await ask({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, { sourceIp: '11.1.2.3' }),
    ).toBeDefined();
    expect(await ask({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })).toBeDefined();
    expect(await ask({ DateLessThan: { 'aws:CurrentTime': '2026-01-15T12:00:01Z' } })).toBeUndefined();
    expect(await ask({ DateLessThan: { 'aws:CurrentTime': '2026-01-15T12:00:00Z' } })).toBeDefined();
    expect(await ask({ NumericEquals: { 'aws:EpochTime': '1768478400' } })).toBeUndefined();
    expect(
      await ask({ StringEquals: { 'aws:RequestedRegion': 'us-east-1', 'aws:username': 'ann' } }),
    ).toBeUndefined();
    expect(await ask({ Bool: { 'aws:SecureTransport': 'true' } })).toBeDefined();
    expect(
      await ask({ StringEquals: { 'aws:userid': 'AIDAANN', 'aws:PrincipalAccount': ACCOUNT_ID } }),
    ).toBeUndefined();
    expect(
      await ask({
        ArnEquals: { 'aws:PrincipalArn': ANN.arn },
        StringEquals: { 'aws:PrincipalType': 'User' },
      }),
    ).toBeUndefined();
  });

  test('[AUTH-12] the size and the privileges of a task definition', async () => {
    const small = allow('ecs:RegisterTaskDefinition', '*', {
      Condition: { NumericLessThanEquals: { 'ecs:task-cpu': '256' }, Bool: { 'ecs:privileged': 'false' } },
    });
    const ask = (cpu: string, privileged: boolean) =>
      annAsks([small], 'ecs:RegisterTaskDefinition', {
        family: 'f',
        cpu,
        containerDefinitions: [{ name: 'a', privileged }],
      });
    expect(await ask('256', false)).toBeUndefined();
    expect(await ask('.25 vCPU', false)).toBeUndefined();
    expect(await ask('1 vCPU', false)).toBeDefined();
    expect(await ask('512', false)).toBe(refused('ecs:RegisterTaskDefinition', '*'));
    expect(await ask('256', true)).toBeDefined();
  });

  test('[AUTH-12] log groups are named with their streams', async () => {
    const logs = `arn:aws:logs:us-east-1:${ACCOUNT_ID}:log-group`;
    const may = [allow('logs:*', `${logs}:/app:*`)];
    const stream = { logGroupName: '/app', logStreamName: 's' };
    expect(await annAsks(may, 'logs:CreateLogGroup', { logGroupName: '/app' })).toBeUndefined();
    expect(await annAsks(may, 'logs:PutLogEvents', { ...stream, logEvents: [] })).toBeUndefined();
    expect(await annAsks([], 'logs:CreateLogStream', stream)).toBe(
      refused('logs:CreateLogStream', `${logs}:/app:log-stream:s`),
    );
    expect(await annAsks(may, 'logs:FilterLogEvents', { logGroupIdentifier: `${logs}:/other:*` })).toBe(
      refused('logs:FilterLogEvents', `${logs}:/other:log-stream:`),
    );
  });
});

describe('permissions beside the action', () => {
  test('[AUTH-13] tags at creation need the permission to tag', async () => {
    const input = { clusterName: 'x', tags: [{ key: 'a', value: 'b' }] };
    expect(
      await annAsks([allow('ecs:CreateCluster')], 'ecs:CreateCluster', { clusterName: 'x' }),
    ).toBeUndefined();
    expect(await annAsks([allow('ecs:CreateCluster')], 'ecs:CreateCluster', input)).toBe(
      refused('ecs:TagResource', `${ECS}:cluster/x`),
    );
    const tagging = (createAction: string) =>
      allow('ecs:TagResource', '*', { Condition: { StringEquals: { 'ecs:CreateAction': createAction } } });
    expect(
      await annAsks([allow('ecs:CreateCluster'), tagging('CreateCluster')], 'ecs:CreateCluster', input),
    ).toBeUndefined();
    expect(
      await annAsks([allow('ecs:CreateCluster'), tagging('RunTask')], 'ecs:CreateCluster', input),
    ).toBeDefined();
  });

  test.each([
    { name: 'the account', principalArn: `arn:aws:iam::${ACCOUNT_ID}:root`, value: 'off', text: undefined },
    { name: 'the user', principalArn: ANN.arn, value: 'disabled', text: undefined },
    { name: 'the user', principalArn: ANN.arn, value: 'enabled', text: 'ecs:TagResource' },
    { name: 'another user', principalArn: `${ANN.arn}a`, value: 'off', text: 'ecs:TagResource' },
  ])('[AUTH-13] tagResourceAuthorization $value for $name', async ({ principalArn, value, text }) => {
    const context = await aContext();
    await context.store.write((tx) =>
      tx.put(accountSettings, { name: 'tagResourceAuthorization', value, principalArn }),
    );
    const input = { clusterName: 'x', tags: [{ key: 'a', value: 'b' }] };
    const told = await annAsks([allow('ecs:CreateCluster')], 'ecs:CreateCluster', input, { context });
    expect(told).toBe(text && refused(text, `${ECS}:cluster/x`));
  });

  test('[ECR-11] the policy of a repository grants and denies', async () => {
    const context = await aContext();
    const arn = `arn:aws:ecr:us-east-1:${ACCOUNT_ID}:repository/web`;
    const withPolicy = (...statements: Statement[]) =>
      context.store.write((tx) =>
        tx.put(repositories, {
          repositoryName: 'web',
          repositoryArn: arn,
          createdAt: context.clock.now(),
          imageTagMutability: 'MUTABLE',
          imageTagMutabilityExclusionFilters: [],
          tags: [],
          policyText: documentOf(statements),
        }),
      );
    const grant = (Principal: unknown) => ({ Effect: 'Allow', Principal, Action: 'ecr:BatchGetImage' });
    const pull = { repositoryName: 'web', imageIds: [] };
    const ask = (statements: Statement[]) => annAsks(statements, 'ecr:BatchGetImage', pull, { context });
    await withPolicy(grant({ AWS: ANN.arn }));
    expect(await ask([])).toBeUndefined();
    await withPolicy(grant({ AWS: ACCOUNT_ID }));
    expect(await ask([])).toBe(refused('ecr:BatchGetImage', arn));
    await withPolicy({ ...grant('*'), Effect: 'Deny' });
    expect(await ask([allow('ecr:*')])).toBe(
      `AccessDeniedException: User: ${ANN.arn} is not authorized to perform: ecr:BatchGetImage on resource: ${arn} with an explicit deny in a resource-based policy`,
    );
  });

  test('[AUTH-14] roles are passed by permission', async () => {
    const run = allow(['ecs:RunTask', 'ecs:RegisterTaskDefinition']);
    const register = {
      family: 'f',
      containerDefinitions: [],
      taskRoleArn: ROLE_ARN,
      executionRoleArn: 'app',
    };
    const override = { taskDefinition: 'f', overrides: { taskRoleArn: ROLE_ARN } };
    for (const [action, input] of [
      ['ecs:RegisterTaskDefinition', register],
      ['ecs:RunTask', override],
    ] as const) {
      expect(await annAsks([run], action, input)).toBe(refused('iam:PassRole', ROLE_ARN));
      const to = (service: string) =>
        allow('iam:PassRole', ROLE_ARN, { Condition: { StringEquals: { 'iam:PassedToService': service } } });
      expect(await annAsks([run, to('ecs-tasks.amazonaws.com')], action, input)).toBeUndefined();
      expect(await annAsks([run, to('ec2.amazonaws.com')], action, input)).toBe(
        refused('iam:PassRole', ROLE_ARN),
      );
    }
  });

  test('[AUTH-5] the account of a trust policy needs a permission, the user itself does not', async () => {
    const context = await aContext();
    const input = { RoleArn: ROLE_ARN, RoleSessionName: 's', ExternalId: 'x1' };
    const trust = (AWS: string, Condition?: object) =>
      context.store.write((tx) => {
        const assumeRolePolicyDocument = JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS }, Condition }],
        });
        tx.put(roles, app(context, [], { assumeRolePolicyDocument }));
      });
    const ask = (statements: readonly Statement[]) =>
      annAsks(statements, 'sts:AssumeRole', input, { context });
    await trust(ANN.arn);
    expect(await ask([])).toBeUndefined();
    await trust(ACCOUNT_ID);
    expect(await ask([])).toContain('because no identity-based policy allows the sts:AssumeRole action');
    expect(await ask([allow('sts:AssumeRole', ROLE_ARN)])).toBeUndefined();
    await trust(ANN.arn, { StringEquals: { 'sts:ExternalId': 'x2' } });
    expect(await ask([allow('*')])).toBe(
      `AccessDenied: User: ${ANN.arn} is not authorized to perform: sts:AssumeRole on resource: ${ROLE_ARN}`,
    );
  });

  test('[AUTH-12] IAM names rows by their real ARN, whatever the case of the request', async () => {
    const context = await aContext();
    await context.store.write((tx) => tx.put(roles, app(context, [])));
    const statements = [allow('iam:*'), { ...allow('iam:DeleteRole', ROLE_ARN), Effect: 'Deny' }];
    expect(await annAsks(statements, 'iam:DeleteRole', { RoleName: 'APP' }, { context })).toContain(
      `${ROLE_ARN} with an explicit deny`,
    );
    expect(await annAsks([allow('iam:GetUser', ANN.arn)], 'iam:GetUser', {}, { context })).toBeUndefined();
  });
});

describe('what AWS made for hosts and tasks', () => {
  const asHost = (action: string, input: unknown) =>
    annAsks([], action, input, {
      user: {
        attachedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role'],
      },
    });

  test.each([
    ['ecs:RegisterContainerInstance', { cluster: 'c', tags: [{ key: 'a', value: 'b' }] }],
    ['ecs:DiscoverPollEndpoint', {}],
    ['ecs:SubmitTaskStateChange', { cluster: 'c', task: `${ECS}:task/c/1` }],
    ['ecs:SubmitContainerStateChange', { cluster: 'c' }],
    ['ecs:SubmitAttachmentStateChanges', { cluster: 'c', attachments: [] }],
    ['ecs:DeregisterContainerInstance', { cluster: 'c', containerInstance: '1' }],
    ['ecs:UpdateContainerInstancesState', { cluster: 'c', containerInstances: ['1'], status: 'DRAINING' }],
    ['ecs:CreateCluster', {}],
    ['ecs:ListTagsForResource', { resourceArn: `${ECS}:task/c/1` }],
    ['ecr:GetAuthorizationToken', {}],
    ['ecr:BatchGetImage', { repositoryName: 'r', imageIds: [] }],
    ['logs:CreateLogStream', { logGroupName: 'g', logStreamName: 's' }],
    ['logs:PutLogEvents', { logGroupName: 'g', logStreamName: 's', logEvents: [] }],
  ])('[AUTH-16] a host may %s', async (action, input) => {
    expect(await asHost(action, input)).toBeUndefined();
  });

  test.each([
    ['ecs:RunTask', { taskDefinition: 'f' }],
    ['ecs:TagResource', { resourceArn: `${ECS}:cluster/c`, tags: [] }],
    ['iam:ListRoles', {}],
    ['logs:CreateLogGroup', { logGroupName: 'g' }],
  ])('[AUTH-16] a host may not %s', async (action, input) => {
    expect(await asHost(action, input)).toBeDefined();
  });

  test('[AUTH-16] the permission for a cluster does not let a host into the FARGATE pool', async () => {
    const statements = [allow('ecs:RegisterContainerInstance', `${ECS}:cluster/c`)];
    const ask = (attributes: readonly object[]) =>
      annAsks(statements, 'ecs:RegisterContainerInstance', { cluster: 'c', attributes });
    expect(await ask([])).toBeUndefined();
    expect(await ask([{ name: 'gantry.pool', value: 'FARGATE' }])).toContain(
      'cluster/gantry-fargate-pool because',
    );
  });

  test('[AUTH-16] sockets and the registry ask for one action on one resource', async () => {
    const context = await aContext();
    const repositoryArn = `arn:aws:ecr:us-east-1:${ACCOUNT_ID}:repository/r`;
    await storeAnn(context, [allow('ecs:Poll', `${ECS}:container-instance/c/*`)]);
    const { refusalOf } = createAuthorizer(context);
    const instance = (cluster: string) => ({
      action: 'ecs:Poll',
      resource: `${ECS}:container-instance/${cluster}/1`,
    });
    expect(refusalOf({ caller: ANN }, instance('c'))).toBeUndefined();
    expect(refusalOf({ caller: ANN }, instance('d'))).toContain('is not authorized to perform: ecs:Poll');
    expect(refusalOf({ caller: ANN }, { action: 'ecr:PutImage', resource: repositoryArn })).toBe(
      `User: ${ANN.arn} is not authorized to perform: ecr:PutImage on resource: ${repositoryArn} because no identity-based policy allows the ecr:PutImage action`,
    );
    expect(
      refusalOf({ caller: context.caller }, { action: 'ecr:PutImage', resource: repositoryArn }),
    ).toBeUndefined();
  });

  test('[AUTH-12] repositories are told apart by their tags', async () => {
    const context = await aContext();
    const row = (repositoryName: string, Value: string) => ({
      repositoryName,
      repositoryArn: `arn:aws:ecr:us-east-1:${ACCOUNT_ID}:repository/${repositoryName}`,
      createdAt: context.clock.now(),
      imageTagMutability: 'MUTABLE' as const,
      imageTagMutabilityExclusionFilters: [],
      tags: [{ Key: 'team', Value }],
    });
    await context.store.write((tx) => {
      tx.put(repositories, row('a', 'red'));
      tx.put(repositories, row('b', 'blue'));
    });
    const red = allow('ecr:*', '*', { Condition: { StringEquals: { 'ecr:ResourceTag/team': 'red' } } });
    const ask = (repositoryNames: readonly string[]) =>
      annAsks([red], 'ecr:DescribeRepositories', { repositoryNames }, { context });
    expect(await ask(['a'])).toBeUndefined();
    expect(await ask(['a', 'b'])).toContain('repository/b because');
    expect(await ask([])).toContain('repository/* because');
  });
});

import { beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '../domain/caller.ts';
import { type LogFields, silentLog } from '../lib/log.ts';
import { ServiceError } from '../lib/service-error.ts';
import type { WireAnswer } from './answer.ts';
import { type Authentication, acceptEveryone } from './authenticator.ts';
import { createDispatch, type Dispatch, type DispatchOptions, type OperationTables } from './dispatch.ts';
import type { WireRequest } from './request.ts';

const root: Caller = { kind: 'root', accountId: '1', arn: 'arn', userId: '1', accessKeyId: 'AKID' };
const anonymous: Caller = { ...root, kind: 'anonymous' };
const ids = { hex: () => '', digits: () => '', uuid: () => 'request-1', base32: () => '', secret: () => '' };

const fail =
  (code: string, options: ConstructorParameters<typeof ServiceError>[2] = {}) =>
  (): never => {
    throw new ServiceError(code, `it is ${code} & <more>`, options);
  };

const operations: OperationTables = {
  ecs: {
    RunTask: (_request, input) => ({
      tasks: [{ taskArn: JSON.stringify(input), createdAt: 1_700_000_000_123 }],
    }),
    RegisterTaskDefinition: () => ({}),
    DescribeClusters: fail('ClusterNotFoundException'),
    DescribeTasks: fail('ClusterNotFoundException'),
    ListTasks: () => {
      throw new Error('the secret cause');
    },
    ListClusters: () => ({ clusterArns: [7] }),
  },
  ecr: { CreateRepository: () => ({}), PutImage: fail('InvalidLayerPartException') },
  logs: {
    CreateLogGroup: () => undefined,
    PutLogEvents: fail('InvalidSequenceTokenException', { members: { expectedSequenceToken: '7' } }),
  },
  iam: {
    GetRole: fail('NoSuchEntityException'),
    CreateRole: () => ({}),
    DeleteRole: () => undefined,
    ListRoles: () => ({ Roles: [] }),
  },
  sts: {
    GetCallerIdentity: (request) => ({ Account: request.caller.accountId, Arn: request.caller.kind }),
    AssumeRoleWithWebIdentity: (request) => ({ Audience: request.caller.kind }),
  },
  ec2: {
    DescribeVpcs: (_request, input) => ({ Vpcs: [{ VpcId: JSON.stringify(input) }] }),
    DescribeSubnets: fail('InvalidSubnetID.NotFound'),
  },
};

const make = (options: Partial<DispatchOptions> = {}): Promise<Dispatch> =>
  createDispatch({
    operations,
    authenticator: acceptEveryone(root),
    authorize: () => {},
    anonymous,
    ids,
    log: silentLog,
    ...options,
  });

const aRequest = (request: Partial<WireRequest>): WireRequest => ({
  method: 'POST',
  path: '/',
  query: '',
  headers: {},
  body: Buffer.alloc(0),
  ...request,
});

const TARGETS: Readonly<Record<string, string>> = {
  ecs: 'AmazonEC2ContainerServiceV20141113',
  ecr: 'AmazonEC2ContainerRegistry_V20150921',
  logs: 'Logs_20140328',
};

const json = (service: string, operation: string, body: string): WireRequest =>
  aRequest({
    headers: {
      'x-amz-target': `${TARGETS[service] ?? service}.${operation}`,
      'content-type': 'application/x-amz-json-1.1',
    },
    body: Buffer.from(body),
  });

const form = (text: string): WireRequest =>
  aRequest({
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: Buffer.from(text),
  });

const shown = ({ status, body }: WireAnswer) => ({ status, body: JSON.parse(String(body)) as unknown });

let dispatch: Dispatch;
beforeAll(async () => {
  dispatch = await make();
});

describe('JSON requests', () => {
  test('reads the input, drops what the model does not know and counts null as absent', async () => {
    const answer = await dispatch(
      json('ecs', 'RunTask', '{"taskDefinition":"a:1","count":null,"nonsense":{"a":1},"tags":[{"key":"k"}]}'),
    );
    expect(answer).toEqual({
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'request-1' },
      body: JSON.stringify({
        tasks: [{ createdAt: 1700000000.123, taskArn: '{"taskDefinition":"a:1","tags":[{"key":"k"}]}' }],
      }),
    });
  });

  test.each([
    [
      '[WIR-4] a string for a number',
      'RunTask',
      '{"taskDefinition":"a","count":"1"}',
      'InvalidParameterException',
      'STRING_VALUE cannot be converted to Integer: count',
    ],
    [
      '[WIR-4] a number for a string',
      'RunTask',
      '{"taskDefinition":1}',
      'InvalidParameterException',
      'NUMBER_VALUE cannot be converted to String: taskDefinition',
    ],
    [
      '[WIR-4] true for a string',
      'RunTask',
      '{"taskDefinition":true}',
      'InvalidParameterException',
      'TRUE_VALUE cannot be converted to String: taskDefinition',
    ],
    [
      '[WIR-4] a fraction for an integer',
      'RunTask',
      '{"taskDefinition":"a","count":1.5}',
      'InvalidParameterException',
      'NUMBER_VALUE cannot be converted to Integer: count',
    ],
    [
      '[WIR-4] an integer out of range',
      'RunTask',
      '{"taskDefinition":"a","count":2147483648}',
      'InvalidParameterException',
      'NUMBER_VALUE cannot be converted to Integer: count',
    ],
    [
      '[WIR-4] a list for a string',
      'RunTask',
      '{"taskDefinition":[]}',
      'InvalidParameterException',
      'Start of list found where not expected: taskDefinition',
    ],
    [
      '[WIR-4] an object for a list',
      'RunTask',
      '{"taskDefinition":"a","tags":{}}',
      'InvalidParameterException',
      'Start of structure or map found where not expected: tags',
    ],
    [
      '[WIR-4] a string for a list',
      'RunTask',
      '{"taskDefinition":"a","tags":"x"}',
      'InvalidParameterException',
      'STRING_VALUE cannot be converted to list: tags',
    ],
    [
      '[WIR-4] null inside a list',
      'RunTask',
      '{"taskDefinition":"a","tags":[null]}',
      'InvalidParameterException',
      'NULL_VALUE cannot be converted to structure: tags[0]',
    ],
    [
      '[WIR-5] a missing member',
      'RunTask',
      '{}',
      'InvalidParameterException',
      'TaskDefinition cannot be empty.',
    ],
    [
      '[WIR-5] a missing member of a task definition',
      'RegisterTaskDefinition',
      '{"containerDefinitions":[]}',
      'ClientException',
      'family should not be null or empty.',
    ],
    [
      '[WIR-6] an unknown enum value',
      'RunTask',
      '{"taskDefinition":"a","launchType":"MOON"}',
      'InvalidParameterException',
      "1 validation error detected: Value 'MOON' at 'launchType' failed to satisfy constraint: Member must satisfy enum value set: [EC2, EXTERNAL, FARGATE, MANAGED_INSTANCES]",
    ],
    ['[WIR-7] no JSON', 'RunTask', '{"task', 'SerializationException', 'The request body is not valid JSON.'],
    ['[WIR-7] a list', 'RunTask', '[]', 'SerializationException', 'Start of list found where not expected'],
    [
      '[WIR-7] a bare null',
      'RunTask',
      'null',
      'SerializationException',
      'NULL_VALUE cannot be converted to Structure',
    ],
  ])('refuses %s', async (...[, operation, body, code, message]) => {
    expect(shown(await dispatch(json('ecs', operation, body)))).toEqual({
      status: 400,
      body: { __type: code, message },
    });
  });

  test('[WIR-8] refuses a document that is nested too deep, and skips unknown members of any depth', async () => {
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
    const hook = `{"serviceName":"a","deploymentConfiguration":{"lifecycleHooks":[{"hookDetails":${deep}}]}}`;
    const refused = await (await make({ operations: { ecs: { CreateService: () => ({}) } } }))(
      json('ecs', 'CreateService', hook),
    );
    expect(shown(refused)).toEqual({
      status: 400,
      body: {
        __type: 'InvalidParameterException',
        message:
          'The request exceeds the limit NestingDepth of 64: deploymentConfiguration.lifecycleHooks[0].hookDetails',
      },
    });
    expect((await dispatch(json('ecs', 'RunTask', `{"taskDefinition":"a","nonsense":${deep}}`))).status).toBe(
      200,
    );
  });

  test('map keys cannot reach the prototype', async () => {
    const handlers = {
      TagResource: (_request: unknown, input: { tags: object }) => {
        seen = input.tags;
      },
    };
    let seen: object = {};
    const own = await make({ operations: { logs: handlers } });
    await own(json('logs', 'TagResource', '{"resourceArn":"a","tags":{"__proto__":"x","b":"y"}}'));
    expect(Object.entries(seen)).toEqual([
      ['__proto__', 'x'],
      ['b', 'y'],
    ]);
  });

  test('[WIR-9] answers errors of the model, with their members', async () => {
    expect(
      shown(
        await dispatch(
          json(
            'logs',
            'PutLogEvents',
            '{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1,"message":"m"}]}',
          ),
        ),
      ),
    ).toEqual({
      status: 400,
      body: {
        __type: 'InvalidSequenceTokenException',
        message: 'it is InvalidSequenceTokenException & <more>',
        expectedSequenceToken: '7',
      },
    });
  });

  test('words constraints as the service does', async () => {
    expect(shown(await dispatch(json('logs', 'CreateLogGroup', '{"logGroupName":""}'))).body).toEqual({
      __type: 'InvalidParameterException',
      message:
        "1 validation error detected: Value '' at 'logGroupName' failed to satisfy constraint: Member must have length greater than or equal to 1",
    });
    expect(shown(await dispatch(json('ecr', 'CreateRepository', '{"repositoryName":"UPPER"}'))).body).toEqual(
      {
        __type: 'InvalidParameterException',
        message:
          "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*''",
      },
    );
  });
});

describe('query requests', () => {
  test('answers in the envelope of the protocol', async () => {
    expect((await dispatch(form('Action=GetCallerIdentity&Version=2011-06-15'))).body).toBe(
      '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>1</Account><Arn>root</Arn></GetCallerIdentityResult><ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>',
    );
    expect((await dispatch(form('Action=DeleteRole&RoleName=r&Version=2010-05-08'))).body).toBe(
      '<DeleteRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></DeleteRoleResponse>',
    );
    expect((await dispatch(form('Action=ListRoles&Version=2010-05-08'))).body).toContain(
      '<ListRolesResult><Roles/></ListRolesResult>',
    );
  });

  test('[WIR-1] answers a query in the URL, by its version', async () => {
    const answer = await dispatch(
      aRequest({ method: 'GET', query: 'Action=GetCallerIdentity&Version=2011-06-15' }),
    );
    expect(answer.status).toBe(200);
  });

  test("[WIR-1] goes by the signature's service before the version", async () => {
    const authorization = 'AWS4-HMAC-SHA256 Credential=A/20261122/r/ec2/aws4_request, …';
    const request = form(
      'Action=DescribeVpcs&Version=2009-01-01&VpcId.2=b&VpcId.1=a&Filter.1.Name=n&Filter.1.Value.1=v',
    );
    const { body } = await dispatch({ ...request, headers: { ...request.headers, authorization } });
    expect(body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15"><requestId>request-1</requestId><vpcSet><item><vpcId>{&quot;Filters&quot;:[{&quot;Name&quot;:&quot;n&quot;,&quot;Values&quot;:[&quot;v&quot;]}],&quot;VpcIds&quot;:[&quot;a&quot;,&quot;b&quot;]}</vpcId></item></vpcSet></DescribeVpcsResponse>',
    );
  });

  test.each([
    [
      '[WIR-9] a code that is not the shape name',
      'Action=GetRole&RoleName=r&Version=2010-05-08',
      404,
      '<Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>it is NoSuchEntityException &amp; &lt;more&gt;</Message></Error><RequestId>request-1</RequestId>',
    ],
    [
      '[WIR-2] an unknown action',
      'Action=Nope&Version=2010-05-08',
      400,
      '<Code>InvalidAction</Code><Message>Could not find operation Nope for version 2010-05-08</Message>',
    ],
    [
      '[WIR-2] an unknown version',
      'Action=Nope&Version=1',
      400,
      '<Code>InvalidAction</Code><Message>Could not find operation Nope for version 1</Message>',
    ],
    [
      'an action that is a name of every object',
      'Action=constructor&Version=2010-05-08',
      400,
      '<Code>InvalidAction</Code>',
    ],
    ['no action', 'Version=2010-05-08', 400, '<Code>MissingAction</Code>'],
    [
      'several issues at once',
      'Action=CreateRole&Version=2010-05-08&RoleName=b%20d',
      400,
      '<Code>ValidationError</Code><Message>2 validation errors detected: Value &apos;b d&apos; at &apos;roleName&apos; failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+; Value null at &apos;assumeRolePolicyDocument&apos; failed to satisfy constraint: Member must not be null</Message>',
    ],
    [
      'a list that is none',
      'Action=CreateRole&Version=2010-05-08&RoleName=b&AssumeRolePolicyDocument=p&Tags.member.x.Key=k',
      400,
      '<Code>MalformedInput</Code>',
    ],
    [
      'no number',
      'Action=CreateRole&Version=2010-05-08&RoleName=b&AssumeRolePolicyDocument=p&MaxSessionDuration=long',
      400,
      '<Code>MalformedInput</Code><Message>long cannot be converted to Integer: MaxSessionDuration</Message>',
    ],
    [
      'a name that is too deep',
      `Action=GetRole&Version=2010-05-08&${'a.'.repeat(60)}=1`,
      400,
      '<Code>MalformedQueryString</Code><Message>The request exceeds the limit FormNameDepth of 48.</Message>',
    ],
    [
      'too many parameters',
      `Action=GetRole&Version=2010-05-08${'&a=1'.repeat(20_001)}`,
      400,
      'The request exceeds the limit FormParameters of 20000.',
    ],
    [
      'an error of EC2',
      'Action=DescribeSubnets&Version=2016-11-15',
      400,
      '<Response><Errors><Error><Code>InvalidSubnetID.NotFound</Code><Message>it is InvalidSubnetID.NotFound &amp; &lt;more&gt;</Message></Error></Errors><RequestID>request-1</RequestID></Response>',
    ],
    [
      'a wrong value for EC2',
      'Action=DescribeVpcs&Version=2016-11-15&MaxResults=x',
      400,
      '<Code>InvalidParameterValue</Code><Message>Value (x) for parameter MaxResults is invalid.</Message>',
    ],
  ])('refuses %s', async (_name, text, status, part) => {
    const answer = await dispatch(form(text));
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(part);
  });

  test('[WIR-18] reads an empty list, lists whose numbers have gaps, and the last of equal names', async () => {
    let seen: unknown;
    const own = await make({
      operations: {
        iam: {
          CreateRole: (_request, input) => {
            seen = input;
            return {};
          },
        },
      },
    });
    const start = 'Action=CreateRole&Version=2010-05-08&RoleName=b&AssumeRolePolicyDocument=p';
    await own(form(`${start}&Tags=`));
    expect(seen).toMatchObject({ Tags: [] });
    await own(
      form(`${start}&Tags.member.9.Key=b&Tags.member.9.Value=&Tags.member.2.Key=a+a&Tags.member.2.Value=%2B`),
    );
    expect(seen).toMatchObject({
      Tags: [
        { Key: 'a a', Value: '+' },
        { Key: 'b', Value: '' },
      ],
    });
    await own(form(`${start}&RoleName=c&RoleName=d`));
    expect(seen).toMatchObject({ RoleName: 'd' });
  });
});

describe('operations that are not there', () => {
  test('[WIR-3] names an operation of the model that is not built', async () => {
    expect(shown(await dispatch(json('ecs', 'CreateGateway', '{}')))).toEqual({
      status: 501,
      body: {
        __type: 'NotImplementedException',
        message: 'The operation CreateGateway of ECS is not built yet.',
      },
    });
    const ec2 = await dispatch(form('Action=RunInstances&Version=2016-11-15'));
    expect(ec2.status).toBe(501);
    expect(ec2.body).toContain('The operation RunInstances of EC2 is not built yet.');
  });

  test.each(['AWSEvents.PutRule', `${TARGETS['ecs']}.Nope`, `${TARGETS['ecs']}.constructor`, 'x'])(
    '[WIR-1] [WIR-2] does not know the target %s',
    async (target) => {
      expect(shown(await dispatch(aRequest({ headers: { 'x-amz-target': target } })))).toMatchObject({
        status: 400,
        body: { __type: 'UnknownOperationException' },
      });
    },
  );

  test('answers a request that names nothing', async () => {
    expect((await dispatch(aRequest({ method: 'GET' }))).status).toBe(404);
  });
});

describe('who may', () => {
  const authentication = (found: Authentication) => make({ authenticator: () => found });

  test('[WIR-17] an unsigned request may only call what needs no signature', async () => {
    const unsigned = await authentication({ kind: 'unsigned' });
    const start = 'Action=AssumeRoleWithWebIdentity&Version=2011-06-15';
    const open = await unsigned(
      form(`${start}&RoleArn=arn:aws:iam::1:role/abcd&RoleSessionName=s-1&WebIdentityToken=token`),
    );
    expect(open.body).toContain('<Audience>anonymous</Audience>');
    expect(shown(await unsigned(json('ecs', 'RunTask', '{}')))).toMatchObject({
      status: 400,
      body: { __type: 'MissingAuthenticationTokenException' },
    });
    const closed = await unsigned(form('Action=GetCallerIdentity&Version=2011-06-15'));
    expect(closed).toMatchObject({
      status: 403,
      body: expect.stringContaining('<Code>MissingAuthenticationToken</Code>'),
    });
  });

  test.each([
    [
      'unknown-key',
      'UnrecognizedClientException',
      '<Code>InvalidClientTokenId</Code>',
      '<Code>AuthFailure</Code>',
    ],
    [
      'bad-signature',
      'InvalidSignatureException',
      '<Code>SignatureDoesNotMatch</Code>',
      '<Code>AuthFailure</Code>',
    ],
    ['expired-token', 'ExpiredTokenException', '<Code>ExpiredToken</Code>', '<Code>RequestExpired</Code>'],
  ] as const)('words %s for each protocol', async (kind, jsonCode, queryCode, ec2Code) => {
    const refused = await authentication({ kind: 'refused', refusal: { kind } });
    expect(shown(await refused(json('ecs', 'RunTask', '{}')))).toMatchObject({
      status: 400,
      body: { __type: jsonCode },
    });
    expect(await refused(form('Action=GetRole&Version=2010-05-08'))).toMatchObject({
      status: 403,
      body: expect.stringContaining(queryCode),
    });
    expect((await refused(form('Action=DescribeVpcs&Version=2016-11-15'))).body).toContain(ec2Code);
  });

  test('[HARD-50] tells a client whose clock is off what time it is', async () => {
    const now = Date.parse('2026-11-23T02:00:00Z');
    const refusal = { kind: 'outdated', detail: 'Signature expired: …', now } as const;
    const refused = await authentication({ kind: 'refused', refusal });
    for (const request of [json('ecs', 'RunTask', '{}'), form('Action=GetRole&Version=2010-05-08')]) {
      expect((await refused(request)).headers).toMatchObject({ date: 'Mon, 23 Nov 2026 02:00:00 GMT' });
    }
  });

  test('asks for permission with the action and the input, before the handler', async () => {
    const asked: unknown[] = [];
    const strict = await make({
      authorize: async (request, action, input) => {
        asked.push([request.caller.arn, action, input]);
        throw new ServiceError('AccessDeniedException', 'no');
      },
    });
    expect(shown(await strict(json('ecs', 'RunTask', '{"taskDefinition":"a"}')))).toEqual({
      status: 403,
      body: { __type: 'AccessDeniedException', message: 'no' },
    });
    expect(asked).toEqual([['arn', 'ecs:RunTask', { taskDefinition: 'a' }]]);
  });
});

describe('failures of ours', () => {
  test('[WIR-10] never show their cause, which is in the log', async () => {
    const logged: (LogFields | undefined)[] = [];
    const own = await make({ log: { ...silentLog, error: (_event, fields) => logged.push(fields) } });
    for (const operation of ['ListTasks', 'ListClusters']) {
      const answer = await own(json('ecs', operation, '{}'));
      expect(shown(answer)).toMatchObject({ status: 500, body: { __type: 'ServerException' } });
      expect(answer.body).not.toContain('secret');
    }
    expect(logged).toMatchObject([
      { operation: 'ListTasks', requestId: 'request-1', cause: expect.stringContaining('the secret cause') },
      { operation: 'ListClusters', cause: expect.stringContaining('a string was to be written') },
    ]);
  });

  test('reports an error that the operation does not declare', async () => {
    const undeclared: unknown[] = [];
    const own = await make({ onUndeclaredError: (error) => undeclared.push(error) });
    await own(json('ecs', 'DescribeTasks', '{"tasks":[]}'));
    await own(json('ecr', 'PutImage', '{"repositoryName":"aa","imageManifest":"{}"}'));
    expect(undeclared).toEqual([
      { service: 'ecr', operation: 'PutImage', code: 'InvalidLayerPartException' },
    ]);
  });
});

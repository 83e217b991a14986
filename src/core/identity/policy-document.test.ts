import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identityPolicyProblem, trustPolicyProblem } from './policy-document.ts';

const identity = (statement: unknown, members: object = {}): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statement, ...members });
const allow = { Effect: 'Allow', Action: 's3:Get*', Resource: '*' };
const trust = {
  Effect: 'Allow',
  Action: 'sts:AssumeRole',
  Principal: { Service: 'ecs-tasks.amazonaws.com' },
};

describe('identityPolicyProblem', () => {
  test.each([
    ['a statement', identity(allow)],
    ['a list of statements', identity([allow, { ...allow, Sid: 'Two' }])],
    ['every action', identity({ ...allow, Action: '*' })],
    [
      'NotAction and NotResource',
      identity({ Effect: 'Deny', NotAction: ['iam:*'], NotResource: ['arn:aws:s3:::b/*'] }),
    ],
    [
      'a condition',
      identity({ ...allow, Condition: { 'ForAnyValue:StringLikeIfExists': { k: ['a', 'b'] } } }),
    ],
  ])('[IAM-6] takes %s', (_name, text) => {
    expect(identityPolicyProblem(text)).toBeUndefined();
  });

  test.each([
    ['{', 'Syntax errors in policy.'],
    ['[]', 'Syntax errors in policy.'],
    [identity(allow, { Extra: 1 }), 'Syntax errors in policy.'],
    [identity([]), 'Syntax errors in policy.'],
    [identity({ ...allow, Effect: 'allow' }), 'Syntax errors in policy.'],
    [identity({ ...allow, Extra: 1 }), 'Syntax errors in policy.'],
    [identity({ ...allow, Action: 5 }), 'Syntax errors in policy.'],
    [identity({ ...allow, NotAction: 's3:*' }), 'Syntax errors in policy.'],
    [identity({ ...allow, Condition: { Equals: {} } }), 'Syntax errors in policy.'],
    [identity(allow, { Version: '2008-10-17' }), 'Policy document must be version 2012-10-17 or greater.'],
    [identity(allow, { Version: undefined }), 'Policy document must be version 2012-10-17 or greater.'],
    [
      identity([
        { ...allow, Sid: 'A' },
        { ...allow, Sid: 'A' },
      ]),
      'Statement IDs (SID) in a single policy must be unique.',
    ],
    [identity({ Effect: 'Allow', Resource: '*' }), 'Policy statement must contain actions.'],
    [identity({ Effect: 'Allow', Action: 's3:*' }), 'Policy statement must contain resources.'],
    [identity({ ...allow, Principal: '*' }), 'Policy document should not specify a principal.'],
    [
      identity({ ...allow, Action: 'GetObject' }),
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    ],
    [identity({ ...allow, Action: 's3:Get:Object' }), 'Actions/Condition can contain only one colon.'],
    [identity({ ...allow, Action: 's 3:Get' }), 'Vendor s 3 is not valid'],
    [identity({ ...allow, Resource: 'bucket' }), 'Resource bucket must be in ARN format or "*".'],
    [identity({ ...allow, Resource: 'arn:aws:s3' }), 'The policy failed legacy parsing'],
  ])('[IAM-6] %s: %s', (text, problem) => {
    expect(identityPolicyProblem(text)).toBe(problem);
  });

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.json().map((text) => `{"Version":"2012-10-17","Statement":${text}}`),
        ),
        (text) => {
          identityPolicyProblem(text);
          trustPolicyProblem(text);
        },
      ),
    );
  });
});

describe('trustPolicyProblem', () => {
  test.each([
    ['a service', trust],
    ['an account by number', { ...trust, Principal: { AWS: '123456789012' } }],
    [
      'principals of several kinds',
      { ...trust, Principal: { AWS: ['*'], Federated: 'cognito-identity.amazonaws.com' } },
    ],
    ['tags of sessions', { ...trust, Action: ['sts:AssumeRole', 'sts:TagSession'] }],
  ])('[IAM-6] takes %s', (_name, statement) => {
    expect(trustPolicyProblem(JSON.stringify({ Statement: statement }))).toBeUndefined();
  });

  test.each([
    ['{', 'This policy contains invalid Json'],
    [JSON.stringify({ Statement: { ...trust, Resource: '*' } }), 'Has prohibited field Resource'],
    [JSON.stringify({ Statement: { ...trust, Principal: undefined } }), 'Missing required field Principal'],
    [JSON.stringify({ Statement: { ...trust, Action: undefined } }), 'Missing required field Action'],
    [
      JSON.stringify({ Statement: { ...trust, Action: 's3:GetObject' } }),
      'AssumeRole policy may only specify STS AssumeRole actions.',
    ],
    [JSON.stringify({ Version: '2020-01-01', Statement: trust }), 'Syntax errors in policy.'],
    [
      JSON.stringify({ Statement: { ...trust, Principal: { Service: 'nowhere' } } }),
      'Invalid principal in policy: "SERVICE":"nowhere"',
    ],
    [
      JSON.stringify({ Statement: { ...trust, Principal: { AWS: 'arn:aws:s3:::bucket' } } }),
      'Invalid principal in policy: "AWS":"arn:aws:s3:::bucket"',
    ],
  ])('[IAM-6] %s: %s', (text, problem) => {
    expect(trustPolicyProblem(text)).toBe(problem);
  });
});

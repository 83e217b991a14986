import { describe, expect, test } from 'vitest';
import type { Caller } from '../../domain/caller.ts';
import { aContext } from '../testing.ts';
import { createRepository } from './create-repository.ts';
import { repositoryPolicyOperations as operations } from './repository-policy-operations.ts';

const policyOf = (statement: object): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage', ...statement }],
  });

async function withRepository() {
  const context = await aContext();
  await createRepository(context, { repositoryName: 'web' });
  return context;
}

const named = { repositoryName: 'web' };
const refused = (work: () => unknown) => expect(Promise.resolve().then(work)).rejects;
const NO_POLICY = {
  code: 'RepositoryPolicyNotFoundException',
  message:
    "Repository policy does not exist for the repository with name 'web' in the registry with id '123456789012'",
};

describe('policies of repositories', () => {
  test('[ECR-11] a policy is set, answered as it was given, replaced and deleted', async () => {
    const context = await withRepository();
    await refused(() => operations.GetRepositoryPolicy(context, named)).toMatchObject(NO_POLICY);
    await operations.SetRepositoryPolicy(context, { ...named, policyText: policyOf({}) });
    const policyText = `${policyOf({ Sid: 'two' })}\n`;
    await operations.SetRepositoryPolicy(context, { ...named, policyText });
    const answer = { registryId: '123456789012', repositoryName: 'web', policyText };
    expect(operations.GetRepositoryPolicy(context, named)).toEqual(answer);
    expect(await operations.DeleteRepositoryPolicy(context, named)).toEqual(answer);
    await refused(() => operations.DeleteRepositoryPolicy(context, named)).toMatchObject(NO_POLICY);
  });

  test.each([
    ['no JSON', '{'],
    ['a resource', policyOf({ Resource: '*' })],
    ['no principal', policyOf({ Principal: undefined })],
    ['both principals', policyOf({ NotPrincipal: '*' })],
    ['no action', policyOf({ Action: undefined })],
    ['an action of nobody', policyOf({ Action: 'pull' })],
    ['an unknown member', policyOf({ Actions: '*' })],
  ])('[ECR-11] text with %s is no policy', async (_name, policyText) => {
    const context = await withRepository();
    await refused(() => operations.SetRepositoryPolicy(context, { ...named, policyText })).toMatchObject({
      code: 'InvalidParameterException',
      message:
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
    });
  });

  test('[ECR-11] 10,240 characters fit, one more does not', async () => {
    const context = await withRepository();
    const padded = (length: number) => policyOf({}).padEnd(length);
    await operations.SetRepositoryPolicy(context, { ...named, policyText: padded(10_240) });
    await refused(() =>
      operations.SetRepositoryPolicy(context, { ...named, policyText: padded(10_241) }),
    ).toMatchObject({ code: 'InvalidParameterException' });
  });

  test('[ECR-11] whoever would lock themselves out must say so', async () => {
    const ann: Caller = {
      kind: 'user',
      accountId: '123456789012',
      arn: 'arn:aws:iam::123456789012:user/ann',
      userId: 'AIDAANN',
      accessKeyId: 'AKIAANN',
    };
    const context = { ...(await withRepository()), caller: ann };
    const deny = (AWS: string) => policyOf({ Effect: 'Deny', Action: 'ecr:*', Principal: { AWS } });
    const set = (policyText: string, force = false) =>
      operations.SetRepositoryPolicy(context, { ...named, policyText, force });
    await refused(() => set(deny(ann.arn))).toMatchObject({ code: 'InvalidParameterException' });
    await set(deny('arn:aws:iam::123456789012:user/bob'));
    await set(deny(ann.arn), true);
  });

  test('[ECR-9] a repository that is not there has no policy', async () => {
    const context = await withRepository();
    await refused(() => operations.GetRepositoryPolicy(context, { repositoryName: 'x' })).toMatchObject({
      code: 'RepositoryNotFoundException',
    });
  });
});

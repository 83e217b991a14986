import { describe, expect, test } from 'vitest';
import type { Context } from '../operation.ts';
import { aContext } from '../testing.ts';
import { createRepository } from './create-repository.ts';
import { deleteRepository } from './delete-repository.ts';
import { describeRepositories } from './describe-repositories.ts';
import { getAuthorizationToken } from './get-authorization-token.ts';
import { putImageScanningConfiguration } from './put-image-scanning-configuration.ts';
import { putImageTagMutability } from './put-image-tag-mutability.ts';
import { listTagsForResource, tagResource, untagResource } from './tag-operations.ts';
import { anImage } from './testing.ts';

const errorOf = async (work: () => unknown): Promise<unknown> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
};

async function withRepositories(...names: readonly string[]): Promise<Context> {
  const context = await aContext();
  for (const repositoryName of names) await createRepository(context, { repositoryName });
  return context;
}

describe('CreateRepository', () => {
  test('[ECR-1] answers the address that docker reaches the repository under', async () => {
    const context = await aContext();
    const { repository } = await createRepository(context, { repositoryName: 'team/web' });
    expect(repository).toEqual({
      repositoryArn: 'arn:aws:ecr:us-east-1:123456789012:repository/team/web',
      registryId: '123456789012',
      repositoryName: 'team/web',
      repositoryUri: '127.0.0.1:7070/team/web',
      createdAt: context.clock.now(),
      imageTagMutability: 'MUTABLE',
      imageTagMutabilityExclusionFilters: undefined,
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: 'AES256' },
    });
  });

  test('[ECR-2] a name is taken once', async () => {
    const context = await withRepositories('web');
    expect(await errorOf(() => createRepository(context, { repositoryName: 'web' }))).toEqual({
      code: 'RepositoryAlreadyExistsException',
      message: "The repository with name 'web' already exists in the registry with id '123456789012'",
    });
  });

  test.each([
    {
      input: { imageScanningConfiguration: { scanOnPush: true } },
      message: 'imageScanningConfiguration.scanOnPush is not supported yet.',
    },
    {
      input: { encryptionConfiguration: { encryptionType: 'KMS' } },
      message: 'encryptionConfiguration.encryptionType KMS is not supported yet.',
    },
    {
      input: { imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' },
      message:
        "Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'Must be given when imageTagMutability is IMMUTABLE_WITH_EXCLUSION'",
    },
  ] as const)('[ECR-2] refuses by name: $message', async ({ input, message }) => {
    const context = await aContext();
    expect(await errorOf(() => createRepository(context, { repositoryName: 'web', ...input }))).toEqual({
      code: 'InvalidParameterException',
      message,
    });
  });
});

describe('DescribeRepositories', () => {
  test('[ECR-4] pages in the order of names', async () => {
    const context = await withRepositories('c', 'a', 'b');
    const first = await describeRepositories(context, { maxResults: 2 });
    const second = await describeRepositories(context, { maxResults: 2, nextToken: first.nextToken });
    expect([first, second].map((page) => page.repositories?.map((row) => row.repositoryName))).toEqual([
      ['a', 'b'],
      ['c'],
    ]);
    expect(second.nextToken).toBeUndefined();
  });

  test('[ECR-4] one unknown name fails the whole call', async () => {
    const context = await withRepositories('a');
    expect(await errorOf(() => describeRepositories(context, { repositoryNames: ['a', 'x'] }))).toEqual({
      code: 'RepositoryNotFoundException',
      message: "The repository with name 'x' does not exist in the registry with id '123456789012'",
    });
  });
});

describe('DeleteRepository', () => {
  test('[ECR-2] without force keeps a repository that has images, with force deletes both', async () => {
    const context = await withRepositories('web');
    await anImage(context, { repositoryName: 'web', imageTag: 'v1' });
    expect(await errorOf(() => deleteRepository(context, { repositoryName: 'web' }))).toEqual({
      code: 'RepositoryNotEmptyException',
      message:
        "The repository with name 'web' in registry with id '123456789012' cannot be deleted because it still contains images",
    });
    const { repository } = await deleteRepository(context, { repositoryName: 'web', force: true });
    expect(repository?.repositoryName).toBe('web');
    expect(await describeRepositories(context, {})).toEqual({ repositories: [], nextToken: undefined });
  });
});

describe('GetAuthorizationToken', () => {
  test('[ECR-3] gives a password for user AWS that lives 12 hours', async () => {
    const context = await aContext();
    const { authorizationData } = await getAuthorizationToken(context, {});
    const [entry] = authorizationData ?? [];
    expect(atob(entry?.authorizationToken ?? '')).toMatch(/^AWS:[A-Z2-7]{20}\.\S{64}$/);
    expect(entry).toMatchObject({
      expiresAt: context.clock.now() + 12 * 3_600_000,
      proxyEndpoint: 'http://127.0.0.1:7070',
    });
  });

  test('[ECR-3] gives the same token for half an hour and then a new one', async () => {
    const context = await aContext();
    const tokenNow = async () =>
      (await getAuthorizationToken(context, {})).authorizationData?.[0]?.authorizationToken;
    const first = await tokenNow();
    context.clock.advance(1_799_999);
    expect(await tokenNow()).toBe(first);
    context.clock.advance(1);
    expect(await tokenNow()).not.toBe(first);
  });
});

describe('tags of a repository', () => {
  const resourceArn = 'arn:aws:ecr:us-east-1:123456789012:repository/web';

  test('[ECR-10] are added, replaced and taken off', async () => {
    const context = await withRepositories('web');
    await tagResource(context, {
      resourceArn,
      tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    });
    await tagResource(context, { resourceArn, tags: [{ Key: 'a', Value: '3' }] });
    await untagResource(context, { resourceArn, tagKeys: ['b', 'unknown'] });
    expect(await listTagsForResource(context, { resourceArn })).toEqual({ tags: [{ Key: 'a', Value: '3' }] });
  });

  test.each([
    { count: 50, code: undefined },
    { count: 51, code: 'TooManyTagsException' },
  ])('[ECR-10] $count of them: $code', async ({ count, code }) => {
    const context = await withRepositories('web');
    const tags = Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: '' }));
    const error = await errorOf(() => tagResource(context, { resourceArn, tags }));
    expect((error as { code: string } | undefined)?.code).toBe(code);
  });
});

describe('PutImageTagMutability', () => {
  test('[ECR-7] is seen by DescribeRepositories', async () => {
    const context = await withRepositories('web');
    await putImageTagMutability(context, { repositoryName: 'web', imageTagMutability: 'IMMUTABLE' });
    const { repositories } = await describeRepositories(context, {});
    expect(repositories?.[0]?.imageTagMutability).toBe('IMMUTABLE');
  });
});

describe('PutImageScanningConfiguration', () => {
  test('[ECR-2] can be switched off, not on', async () => {
    const context = await withRepositories('web');
    const set = (scanOnPush: boolean) =>
      putImageScanningConfiguration(context, {
        repositoryName: 'web',
        imageScanningConfiguration: { scanOnPush },
      });
    expect(await set(false)).toEqual({
      registryId: '123456789012',
      repositoryName: 'web',
      imageScanningConfiguration: { scanOnPush: false },
    });
    expect(await errorOf(() => set(true))).toEqual({
      code: 'InvalidParameterException',
      message: 'imageScanningConfiguration.scanOnPush is not supported yet.',
    });
  });
});

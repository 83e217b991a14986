import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ImageTagMutability } from '../../shapes/generated/ecr.ts';
import { aContext, type TestContext } from '../testing.ts';
import { batchCheckLayerAvailability } from './batch-check-layer-availability.ts';
import { batchDeleteImage } from './batch-delete-image.ts';
import { batchGetImage } from './batch-get-image.ts';
import { createRepository } from './create-repository.ts';
import { describeImages } from './describe-images.ts';
import { listImages } from './list-images.ts';
import { putImage } from './put-image.ts';
import { putImageTagMutability } from './put-image-tag-mutability.ts';
import { anImage, digestOf, indexOf, manifestOf } from './testing.ts';

const repositoryName = 'web';

async function aRepository(): Promise<TestContext> {
  const context = await aContext();
  await createRepository(context, { repositoryName });
  return context;
}

const digestOfImage = async (context: TestContext, imageTag: string, name = imageTag): Promise<string> =>
  (await anImage(context, { repositoryName, imageTag, imageManifest: manifestOf(name) })).imageId
    ?.imageDigest ?? '';

const rows = async (context: TestContext) => (await listImages(context, { repositoryName })).imageIds;

describe('PutImage', () => {
  test('[ECR-6] a further tag names the same image and keeps its push time', async () => {
    const context = await aRepository();
    const digest = await digestOfImage(context, 'v1', 'same');
    const pushedAt = context.clock.now();
    context.clock.advance(1000);
    expect(await digestOfImage(context, 'v2', 'same')).toBe(digest);
    const { imageDetails } = await describeImages(context, { repositoryName });
    expect(imageDetails).toEqual([
      {
        registryId: '123456789012',
        repositoryName,
        imageDigest: digest,
        imageTags: ['v1', 'v2'],
        imageSizeInBytes: 120,
        imagePushedAt: pushedAt,
        imageManifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
        artifactMediaType: 'application/vnd.oci.image.config.v1+json',
        lastRecordedPullTime: undefined,
        subjectManifestDigest: undefined,
        imageStatus: 'ACTIVE',
      },
    ]);
  });

  test('[ECR-6] another manifest takes the tag, and the old image stays untagged', async () => {
    const context = await aRepository();
    const old = await digestOfImage(context, 'v1', 'old');
    const young = await digestOfImage(context, 'v1', 'young');
    expect(await rows(context)).toEqual(
      [{ imageDigest: old }, { imageDigest: young, imageTag: 'v1' }].sort((one, other) =>
        one.imageDigest < other.imageDigest ? -1 : 1,
      ),
    );
  });

  test('[ECR-6] the same manifest under the same tag is there already', async () => {
    const context = await aRepository();
    const digest = await digestOfImage(context, 'v1');
    await expect(digestOfImage(context, 'v1')).rejects.toMatchObject({
      code: 'ImageAlreadyExistsException',
      message: `Image with digest '${digest}' and tag 'v1' already exists in the repository with name 'web' in registry with id '123456789012'`,
    });
  });

  test('[ECR-6] layers and children must be there', async () => {
    const context = await aRepository();
    const missing = putImage(context, { repositoryName, imageManifest: manifestOf('x'), imageTag: 'v1' });
    await expect(missing).rejects.toMatchObject({ code: 'LayersNotFoundException' });
    const index = putImage(context, {
      repositoryName,
      imageManifest: indexOf([digestOf('a')]),
      imageTag: 'v1',
    });
    await expect(index).rejects.toMatchObject({ code: 'ReferencedImagesNotFoundException' });
  });

  test.each<{ mutability: ImageTagMutability; filter?: string; moves: boolean }>([
    { mutability: 'MUTABLE', moves: true },
    { mutability: 'IMMUTABLE', moves: false },
    { mutability: 'IMMUTABLE_WITH_EXCLUSION', filter: 'v*', moves: true },
    { mutability: 'IMMUTABLE_WITH_EXCLUSION', filter: 'w*', moves: false },
    { mutability: 'MUTABLE_WITH_EXCLUSION', filter: '*1', moves: false },
    { mutability: 'MUTABLE_WITH_EXCLUSION', filter: 'v11*', moves: true },
  ])(
    '[ECR-7] $mutability $filter: a tag that exists moves: $moves',
    async ({ mutability, filter, moves }) => {
      const context = await aRepository();
      await digestOfImage(context, 'v1', 'old');
      await putImageTagMutability(context, {
        repositoryName,
        imageTagMutability: mutability,
        imageTagMutabilityExclusionFilters: filter === undefined ? [] : [{ filterType: 'WILDCARD', filter }],
      });
      const push = digestOfImage(context, 'v1', 'young');
      if (moves) await expect(push).resolves.toMatch(/^sha256:/);
      else await expect(push).rejects.toMatchObject({ code: 'ImageTagAlreadyExistsException' });
    },
  );
});

describe('BatchGetImage', () => {
  test('[ECR-5] answers the text as pushed, and failures beside it', async () => {
    const context = await aRepository();
    const imageDigest = await digestOfImage(context, 'v1');
    const other = await digestOfImage(context, 'v2');
    const answer = await batchGetImage(context, {
      repositoryName,
      imageIds: [
        { imageTag: 'v1' },
        { imageTag: 'v9' },
        {},
        { imageDigest: 'sha256:X' },
        { imageTag: 'v1', imageDigest: other },
      ],
    });
    expect(answer.images).toEqual([
      {
        registryId: '123456789012',
        repositoryName,
        imageId: { imageDigest, imageTag: 'v1' },
        imageManifest: manifestOf('v1'),
        imageManifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
      },
    ]);
    expect(answer.failures?.map(({ failureCode }) => failureCode)).toEqual([
      'ImageNotFound',
      'MissingDigestAndTag',
      'InvalidImageDigest',
      'ImageTagDoesNotMatchDigest',
    ]);
    expect(answer.failures?.[0]?.failureReason).toBe('Requested image not found');
  });
});

describe('DescribeImages', () => {
  test('[ECR-4] an unknown image fails the call', async () => {
    const context = await aRepository();
    const describing = async () =>
      describeImages(context, { repositoryName, imageIds: [{ imageTag: 'v1' }] });
    await expect(describing()).rejects.toMatchObject({
      code: 'ImageNotFoundException',
      message:
        "The image with imageId {imageDigest:'null', imageTag:'v1'} does not exist within the repository with name 'web' in the registry with id '123456789012'",
    });
  });

  test('[ECR-4] an index is as big as its biggest child', async () => {
    const context = await aRepository();
    const small = await digestOfImage(context, 'small');
    await anImage(context, { repositoryName, imageTag: 'all', imageManifest: indexOf([small]) });
    const { imageDetails } = await describeImages(context, {
      repositoryName,
      imageIds: [{ imageTag: 'all' }],
    });
    expect(imageDetails?.[0]?.imageSizeInBytes).toBe(120);
  });
});

describe('ListImages', () => {
  test('[ECR-4] pages of any size give each row once', async () => {
    const context = await aRepository();
    const all: unknown[] = [];
    for (const tag of ['a', 'b', 'c', 'd']) await digestOfImage(context, tag, tag < 'c' ? 'one' : tag);
    await digestOfImage(context, 'd', 'e');
    const everything = await rows(context);
    expect(everything).toHaveLength(5);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), async (maxResults) => {
        all.length = 0;
        let nextToken: string | undefined;
        do {
          const page = await listImages(context, { repositoryName, maxResults, nextToken });
          expect(page.imageIds?.length).toBeLessThanOrEqual(maxResults);
          all.push(...(page.imageIds ?? []));
          nextToken = page.nextToken;
        } while (nextToken !== undefined);
        expect(all).toEqual(everything);
      }),
      { numRuns: 12 },
    );
  });

  test('[ECR-4] filters by tag status', async () => {
    const context = await aRepository();
    const old = await digestOfImage(context, 'v1', 'old');
    const young = await digestOfImage(context, 'v1', 'young');
    const listed = async (tagStatus: 'TAGGED' | 'UNTAGGED') =>
      (await listImages(context, { repositoryName, filter: { tagStatus } })).imageIds;
    expect(await listed('UNTAGGED')).toEqual([{ imageDigest: old }]);
    expect(await listed('TAGGED')).toEqual([{ imageDigest: young, imageTag: 'v1' }]);
  });
});

describe('BatchDeleteImage', () => {
  test('[ECR-5] by tag: the tag goes, and the image with the last one', async () => {
    const context = await aRepository();
    const imageDigest = await digestOfImage(context, 'v1', 'same');
    await digestOfImage(context, 'v2', 'same');
    await batchDeleteImage(context, { repositoryName, imageIds: [{ imageTag: 'v1' }] });
    expect(await rows(context)).toEqual([{ imageDigest, imageTag: 'v2' }]);
    const last = await batchDeleteImage(context, { repositoryName, imageIds: [{ imageTag: 'v2' }] });
    expect(last).toEqual({ imageIds: [{ imageDigest, imageTag: 'v2' }], failures: [] });
    expect(await rows(context)).toEqual([]);
  });

  test('[ECR-5] by digest: the image and all its tags', async () => {
    const context = await aRepository();
    const imageDigest = await digestOfImage(context, 'v1', 'same');
    await digestOfImage(context, 'v2', 'same');
    const { imageIds } = await batchDeleteImage(context, { repositoryName, imageIds: [{ imageDigest }] });
    expect(imageIds).toEqual([
      { imageDigest, imageTag: 'v1' },
      { imageDigest, imageTag: 'v2' },
    ]);
    expect(await rows(context)).toEqual([]);
  });

  test('[ECR-5] a child outlives everything but its index', async () => {
    const context = await aRepository();
    const child = await digestOfImage(context, 'child');
    const index = await anImage(context, {
      repositoryName,
      imageTag: 'all',
      imageManifest: indexOf([child]),
    });
    const alone = await batchDeleteImage(context, { repositoryName, imageIds: [{ imageDigest: child }] });
    expect(alone.failures).toEqual([
      {
        imageId: { imageDigest: child },
        failureCode: 'ImageReferencedByManifestList',
        failureReason: `Requested image referenced by manifest list: [${index.imageId?.imageDigest}]`,
      },
    ]);
    const both = await batchDeleteImage(context, {
      repositoryName,
      imageIds: [{ imageDigest: child }, { imageTag: 'all' }],
    });
    expect(both.failures).toEqual([]);
    expect(await rows(context)).toEqual([]);
  });
});

describe('BatchCheckLayerAvailability', () => {
  test('[ECR-5] tells what is there, what is not, and what is no digest', async () => {
    const context = await aRepository();
    await digestOfImage(context, 'v1');
    const layerDigests = [digestOf('1'), digestOf('2'), 'no'];
    expect(await batchCheckLayerAvailability(context, { repositoryName, layerDigests })).toMatchObject({
      layers: [
        { layerDigest: digestOf('1'), layerAvailability: 'AVAILABLE', layerSize: 1 },
        { layerDigest: digestOf('2'), layerAvailability: 'UNAVAILABLE' },
      ],
      failures: [{ layerDigest: 'no', failureCode: 'InvalidLayerDigest' }],
    });
  });
});

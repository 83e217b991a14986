import {
  type BlobLink,
  type Image,
  isTagImmutable,
  type ManifestFacts,
  type Repository,
} from '../domain/ecr.ts';
import type { Instant } from '../lib/clock.ts';
import type { ReadTx, WriteTx } from '../store/store.ts';
import { blobLinks, images, imageTags, inRepository, manifestTexts } from './ecr.ts';

/** A manifest on its way into a repository. Its text was parsed and its digest computed from the bytes. */
export interface NewImage {
  readonly repository: Repository;
  readonly digest: string;
  readonly text: string;
  readonly sizeBytes: number;
  readonly facts: ManifestFacts;
  /** None when it is pushed by digest. */
  readonly tags: readonly string[];
  readonly now: Instant;
}

/** What became of a push. Nothing was written unless it is `stored`. */
export type PutImageResult =
  | { readonly kind: 'stored'; readonly image: Image }
  | { readonly kind: 'missing-blobs'; readonly digests: readonly string[] }
  | { readonly kind: 'missing-children'; readonly digests: readonly string[] }
  | { readonly kind: 'immutable-tag'; readonly tag: string };

/** Stores a manifest with what it refers to checked, and moves the tags to it, all at once. (REG-6, ECR-6, ECR-7) */
export function putImage(tx: WriteTx, request: NewImage): PutImageResult {
  const { repository, digest, facts, tags } = request;
  const { repositoryName } = repository;
  const missing = facts.blobDigests.filter((blob) => findBlobLink(tx, repositoryName, blob) === undefined);
  if (missing.length > 0) return { kind: 'missing-blobs', digests: missing };
  const orphans = facts.childDigests.filter((child) => findImage(tx, repositoryName, child) === undefined);
  if (orphans.length > 0) return { kind: 'missing-children', digests: orphans };
  const fixed = tags.find(
    (tag) => isTagImmutable(repository, tag) && digestOfTag(tx, repositoryName, tag) !== undefined,
  );
  if (fixed !== undefined) return { kind: 'immutable-tag', tag: fixed };
  const image = findImage(tx, repositoryName, digest) ?? storeImage(tx, request);
  for (const tag of tags) tx.put(imageTags, { repositoryName, tag, digest });
  return { kind: 'stored', image };
}

function storeImage(tx: WriteTx, request: NewImage): Image {
  const { repository, digest, text, facts } = request;
  const { repositoryName } = repository;
  const children = facts.childDigests.map((child) => findImage(tx, repositoryName, child)?.imageBytes ?? 0);
  const image: Image = {
    repositoryName,
    digest,
    facts,
    manifestBytes: request.sizeBytes,
    imageBytes: Math.max(facts.contentBytes, ...children),
    pushedAt: request.now,
  };
  tx.put(images, image);
  tx.put(manifestTexts, { repositoryName, digest, text });
  return image;
}

/** An image by digest. */
export const findImage = (tx: ReadTx, repositoryName: string, digest: string): Image | undefined =>
  tx.get(images, inRepository(repositoryName, digest));

/** What a tag points at. */
export const digestOfTag = (tx: ReadTx, repositoryName: string, tag: string): string | undefined =>
  tx.get(imageTags, inRepository(repositoryName, tag))?.digest;

/** The tags of an image, in byte order. */
export const tagsOf = (tx: ReadTx, { repositoryName, digest }: Image): readonly string[] =>
  tx.find(imageTags, 'image', inRepository(repositoryName, digest)).map((row) => row.tag);

/** The text of a manifest as it was pushed. */
export const manifestText = (tx: ReadTx, { repositoryName, digest }: Image): string | undefined =>
  tx.get(manifestTexts, inRepository(repositoryName, digest))?.text;

/** The link that lets a repository serve a blob. */
export const findBlobLink = (tx: ReadTx, repositoryName: string, digest: string): BlobLink | undefined =>
  tx.get(blobLinks, inRepository(repositoryName, digest));

/** The indexes of the repository that name this image. */
export const parentsOf = (tx: ReadTx, { repositoryName, digest }: Image): readonly Image[] =>
  tx.find(images, 'child', inRepository(repositoryName, digest));

/** Removes an image and its tags. Children of an index stay. Its blobs are left for the collector. */
export function deleteImage(tx: WriteTx, image: Image): void {
  const key = images.key(image);
  for (const row of tx.find(imageTags, 'image', key)) tx.delete(imageTags, imageTags.key(row));
  tx.delete(images, key);
  tx.delete(manifestTexts, key);
}

/** A pull within this time of the recorded one is not recorded again. */
const PULL_RECORD_MS = 24 * 3_600_000;

/** Whether a pull now would change what `recordPull` keeps. */
export const isPullWorthRecording = (image: Image, now: Instant): boolean =>
  image.lastPulledAt === undefined || now - image.lastPulledAt >= PULL_RECORD_MS;

/** Notes that an image was pulled, at most once a day. (ECR-8) */
export function recordPull(tx: WriteTx, pulled: Image, now: Instant): void {
  const image = findImage(tx, pulled.repositoryName, pulled.digest);
  if (image !== undefined && isPullWorthRecording(image, now))
    tx.put(images, { ...image, lastPulledAt: now });
}

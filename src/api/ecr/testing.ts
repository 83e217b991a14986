import { blobLinks } from '../../records/ecr.ts';
import type { Image } from '../../shapes/generated/ecr.ts';
import type { Context } from '../operation.ts';
import { putImage } from './put-image.ts';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

/** A digest made of one hexadecimal digit, for blobs whose content does not matter. */
export const digestOf = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** The text of an image manifest with one layer of 100 bytes; `name` makes it different from others. */
export const manifestOf = (name: string, members: object = {}): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf('c'), size: 20 },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: digestOf('1'), size: 100 }],
    annotations: { name },
    ...members,
  });

/** The text of an index of images that are in the repository. */
export const indexOf = (digests: readonly string[]): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: digests.map((digest) => ({ mediaType: OCI_MANIFEST, digest, size: 300 })),
  });

/** Puts an image with its blobs in a repository that is there. */
export async function anImage(
  context: Context,
  image: { readonly repositoryName: string; readonly imageTag?: string; readonly imageManifest?: string },
): Promise<Image> {
  const { repositoryName, imageTag, imageManifest = manifestOf('image') } = image;
  await context.store.write((tx) => {
    for (const digest of [digestOf('c'), digestOf('1')]) {
      tx.put(blobLinks, { repositoryName, digest, sizeBytes: 1, touchedAt: context.clock.now() });
    }
  });
  const answer = await putImage(context, { repositoryName, imageTag, imageManifest });
  return answer.image ?? {};
}

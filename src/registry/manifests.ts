import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Image, isDigest, isImageTag, type Repository } from '../domain/ecr.ts';
import { parseManifest } from '../domain/image-manifest.ts';
import { imageTags, inRepository } from '../records/ecr.ts';
import {
  deleteImage,
  digestOfTag,
  findImage,
  isPullWorthRecording,
  manifestText,
  type PutImageResult,
  putImage,
  recordPull,
} from '../records/ecr-images.ts';
import type { ReadTx } from '../store/store.ts';
import { registryErrors } from './errors.ts';
import { type Exchange, enter, type RegistryAnswer, requireRepository } from './exchange.ts';

/** `RegistryManifestBytes`: ECR's limit, and the least that the specification asks for. */
const MANIFEST_BYTES_MAX = 4 * 1024 * 1024;

/** One push by digest may set at most this many tags. */
const TAGS_PER_PUT_MAX_COUNT = 10;

/** A manifest's name in a path: a digest if it has a colon, else a tag. */
type Reference = { readonly digest: string } | { readonly tag: string };

/** GET and HEAD: the bytes as they were pushed, under the type they were pushed with. (REG-6) */
export async function getManifest(
  exchange: Exchange,
  name: string,
  reference: string,
): Promise<RegistryAnswer> {
  enter(exchange, name, 'BatchGetImage');
  const { ports, request } = exchange;
  const wanted = readReference(reference);
  const { image, text } = ports.store.read((tx) => {
    const found = requireImage(tx, name, wanted);
    return { image: found, text: manifestText(tx, found) ?? '' };
  });
  const headers = { 'docker-content-digest': image.digest, etag: `"${image.digest}"` };
  if (request.headers['if-none-match']?.replaceAll('"', '') === image.digest) return { status: 304, headers };
  if (request.method === 'GET') await notePull(exchange, image);
  return { status: 200, headers: { ...headers, 'content-type': image.facts.mediaType }, body: text };
}

/** PUT: stores a manifest under a digest or tag. (REG-6, ECR-6, ECR-7) */
export async function putManifest(
  exchange: Exchange,
  name: string,
  reference: string,
): Promise<RegistryAnswer> {
  enter(exchange, name, 'PutImage');
  const { ports, request } = exchange;
  const wanted = readReference(reference);
  const tags = 'tag' in wanted ? [wanted.tag] : exchange.query.getAll('tag').map(requireTag);
  if (tags.length > TAGS_PER_PUT_MAX_COUNT) throw registryErrors.tagInvalid(tags.join(','));
  const bytes = await readBody(request);
  const digest = digestLike('digest' in wanted ? wanted.digest : 'sha256:', bytes);
  if ('digest' in wanted && wanted.digest !== digest) {
    throw registryErrors.digestInvalid('the manifest has another digest');
  }
  const text = decodeUtf8(bytes);
  const parsed = parseManifest(text, request.headers['content-type']);
  if (parsed.kind === 'invalid') throw registryErrors.manifestInvalid(parsed.reason);
  const { facts } = parsed;
  await ports.store.write((tx) => {
    const repository = requireRepository(ports, tx, name);
    const now = ports.clock.now();
    refuse(putImage(tx, { repository, digest, text, sizeBytes: bytes.length, facts, tags, now }), repository);
  });
  const headers: Record<string, string> = {
    location: `/v2/${name}/manifests/${digest}`,
    'docker-content-digest': digest,
  };
  if (facts.subjectDigest !== undefined) headers['oci-subject'] = facts.subjectDigest;
  if ('digest' in wanted && tags.length > 0) headers['oci-tag'] = tags.join(', ');
  return { status: 201, headers };
}

function refuse(result: PutImageResult, repository: Repository): void {
  switch (result.kind) {
    case 'stored':
      return;
    case 'missing-blobs':
    case 'missing-children':
      throw registryErrors.manifestBlobsUnknown(result.digests);
    case 'immutable-tag':
      throw registryErrors.tagImmutable(result.tag, repository);
  }
}

/** DELETE: a tag alone, or a manifest with all its tags. Children of an index stay. (REG-6) */
export async function deleteManifest(
  exchange: Exchange,
  name: string,
  reference: string,
): Promise<RegistryAnswer> {
  enter(exchange, name, 'BatchDeleteImage');
  const wanted = readReference(reference);
  await exchange.ports.store.write((tx) => {
    const image = requireImage(tx, name, wanted);
    if ('tag' in wanted) tx.delete(imageTags, inRepository(name, wanted.tag));
    else deleteImage(tx, image);
  });
  return { status: 202 };
}

function requireImage(tx: ReadTx, name: string, reference: Reference): Image {
  const digest = 'digest' in reference ? reference.digest : digestOfTag(tx, name, reference.tag);
  const image = digest === undefined ? undefined : findImage(tx, name, digest);
  if (image === undefined) throw registryErrors.manifestUnknown();
  return image;
}

function readReference(text: string): Reference {
  if (!text.includes(':')) return { tag: requireTag(text) };
  if (!isDigest(text)) throw registryErrors.digestInvalid('not a digest');
  return { digest: text };
}

function requireTag(text: string): string {
  if (!isImageTag(text)) throw registryErrors.tagInvalid(text);
  return text;
}

/** A pull goes on when the note of it cannot be written. (ECR-8) */
async function notePull({ ports }: Exchange, image: Image): Promise<void> {
  const now = ports.clock.now();
  if (!isPullWorthRecording(image, now)) return;
  try {
    await ports.store.write((tx) => recordPull(tx, image, now));
  } catch (error) {
    ports.log.warn('registry.pull-not-recorded', { digest: image.digest, cause: String(error) });
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    total += chunk.length;
    if (total > MANIFEST_BYTES_MAX) throw registryErrors.manifestTooLarge(MANIFEST_BYTES_MAX);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Stored as text, so the bytes must be UTF-8 to come back the same; JSON has to be anyway. */
function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw registryErrors.manifestInvalid('the manifest is not UTF-8');
  }
}

function digestLike(like: string, bytes: Buffer): string {
  const algorithm = like.slice(0, like.indexOf(':'));
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

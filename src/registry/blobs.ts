import { type BlobLink, isDigest } from '../domain/ecr.ts';
import { blobLinks } from '../records/ecr.ts';
import { findBlobLink } from '../records/ecr-images.ts';
import { registryErrors } from './errors.ts';
import { type Exchange, enter, type RegistryAnswer } from './exchange.ts';
import { readRange } from './range.ts';

/** GET: a blob or the part that `Range` names. (REG-8) */
export async function getBlob(exchange: Exchange, name: string, digest: string): Promise<RegistryAnswer> {
  enter(exchange, name, 'GetDownloadUrlForLayer');
  const { blobs } = exchange.ports;
  const { sizeBytes } = await requireBlob(exchange, name, digest);
  const headers = blobHeaders(digest);
  const range = readRange(exchange.request.headers.range, sizeBytes);
  if (range.kind === 'unsatisfiable') {
    throw registryErrors.rangeInvalid({ 'content-range': `bytes */${sizeBytes}` });
  }
  if (range.kind === 'whole') {
    return {
      status: 200,
      headers: { ...headers, 'content-length': `${sizeBytes}` },
      body: blobs.read(digest),
    };
  }
  const { start, end } = range;
  const part = {
    'content-length': `${end - start + 1}`,
    'content-range': `bytes ${start}-${end}/${sizeBytes}`,
  };
  return { status: 206, headers: { ...headers, ...part }, body: blobs.read(digest, { start, end }) };
}

/** HEAD: whether a blob is there, which a pushing client asks before it uploads. (REG-8) */
export async function headBlob(exchange: Exchange, name: string, digest: string): Promise<RegistryAnswer> {
  enter(exchange, name, 'BatchCheckLayerAvailability');
  const link = await requireBlob(exchange, name, digest);
  await touch(exchange, link);
  return { status: 200, headers: { ...blobHeaders(digest), 'content-length': `${link.sizeBytes}` } };
}

/** DELETE: the repository loses the blob; others that have it keep it. Manifests that name it are not looked for. */
export async function deleteBlob(exchange: Exchange, name: string, digest: string): Promise<RegistryAnswer> {
  enter(exchange, name, 'BatchDeleteImage');
  const link = await requireBlob(exchange, name, digest);
  await exchange.ports.store.write((tx) => tx.delete(blobLinks, blobLinks.key(link)));
  return { status: 202 };
}

async function requireBlob({ ports }: Exchange, name: string, digest: string): Promise<BlobLink> {
  if (!isDigest(digest)) throw registryErrors.digestInvalid('not a digest');
  const link = ports.store.read((tx) => findBlobLink(tx, name, digest));
  if (link === undefined) throw registryErrors.blobUnknown(digest);
  const sizeBytes = await ports.blobs.size(digest);
  if (sizeBytes !== link.sizeBytes) {
    ports.log.error('registry.blob-damaged', {
      digest,
      expectedBytes: link.sizeBytes,
      foundBytes: sizeBytes,
    });
    throw registryErrors.blobUnknown(digest);
  }
  return link;
}

const blobHeaders = (digest: string): Record<string, string> => ({
  'content-type': 'application/octet-stream',
  'docker-content-digest': digest,
  'accept-ranges': 'bytes',
  etag: `"${digest}"`,
  'cache-control': 'max-age=31536000',
});

/** A link asked for this long after its last touch is touched again. */
const TOUCH_MS = 3_600_000;

/** A client that is told "it is there" does not upload: from now on the blob has its whole grace again. (REG-10) */
async function touch({ ports }: Exchange, link: BlobLink): Promise<void> {
  const now = ports.clock.now();
  if (now - link.touchedAt < TOUCH_MS) return;
  await ports.store.write((tx) => {
    const current = tx.get(blobLinks, blobLinks.key(link));
    if (current !== undefined) tx.put(blobLinks, { ...current, touchedAt: now });
  });
}

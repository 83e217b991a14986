import type { IncomingMessage } from 'node:http';
import { type BlobUpload, isDigest } from '../domain/ecr.ts';
import { blobLinks, blobUploads } from '../records/ecr.ts';
import { registryErrors } from './errors.ts';
import { type Exchange, enter, type RegistryAnswer, requireRepository } from './exchange.ts';
import { mountBlob } from './mount.ts';

/** `RegistryBlobBytes`: the largest layer, which is ECR's quota of 52,000 MiB. */
const BLOB_BYTES_MAX = 52_000 * 1024 * 1024;

/** POST: begins an upload, mounts a blob of another repository, or takes a whole blob at once. (REG-5, REG-7) */
export async function startUpload(exchange: Exchange, name: string): Promise<RegistryAnswer> {
  const { ports, query, request } = exchange;
  enter(exchange, name, 'InitiateLayerUpload');
  const wanted = query.get('mount') ?? undefined;
  if (wanted !== undefined && (await mountBlob(exchange, { name, digest: wanted }))) {
    return stored(name, wanted);
  }
  const digest = query.get('digest') ?? undefined;
  if (digest !== undefined && !isDigest(digest)) throw registryErrors.digestInvalid('not a digest');
  const upload = await createUpload(exchange, name);
  if (digest === undefined || wanted !== undefined) return progress(upload, 0);
  enter(exchange, name, 'UploadLayerPart');
  enter(exchange, name, 'CompleteLayerUpload');
  return exchange.turns.take(upload.uploadId, async () => {
    await ports.blobs.append(upload.uploadId, bodyOf(request, 0));
    return finish(exchange, upload, digest);
  });
}

async function createUpload({ ports }: Exchange, name: string): Promise<BlobUpload> {
  const upload = { uploadId: ports.ids.uuid(), repositoryName: name, startedAt: ports.clock.now() };
  await ports.blobs.startUpload(upload.uploadId);
  await ports.store.write((tx) => {
    requireRepository(ports, tx, name);
    tx.put(blobUploads, upload);
  });
  return upload;
}

/** PATCH: adds a part. Without `Content-Range` it goes to the end. (REG-5) */
export function appendPart(exchange: Exchange, name: string, uploadId: string): Promise<RegistryAnswer> {
  enter(exchange, name, 'UploadLayerPart');
  return exchange.turns.take(uploadId, async () => {
    const { upload, sizeBytes } = await openUpload(exchange, name, uploadId);
    return progress(upload, await receive(exchange, upload, sizeBytes));
  });
}

/** PUT: takes the last part, if there is one, and makes the blob. (REG-5) */
export function finishUpload(exchange: Exchange, name: string, uploadId: string): Promise<RegistryAnswer> {
  enter(exchange, name, 'CompleteLayerUpload');
  const digest = exchange.query.get('digest') ?? '';
  return exchange.turns.take(uploadId, async () => {
    const { upload, sizeBytes } = await openUpload(exchange, name, uploadId);
    if (!isDigest(digest)) throw registryErrors.digestInvalid('not a digest');
    await receive(exchange, upload, sizeBytes);
    return finish(exchange, upload, digest);
  });
}

/** GET: how far an upload is. (REG-5) */
export async function uploadStatus(
  exchange: Exchange,
  name: string,
  uploadId: string,
): Promise<RegistryAnswer> {
  enter(exchange, name, 'UploadLayerPart');
  const { upload, sizeBytes } = await openUpload(exchange, name, uploadId);
  return { status: 204, headers: progressHeaders(upload, sizeBytes) };
}

/** DELETE: gives an upload up. (REG-5) */
export function cancelUpload(exchange: Exchange, name: string, uploadId: string): Promise<RegistryAnswer> {
  enter(exchange, name, 'UploadLayerPart');
  return exchange.turns.take(uploadId, async () => {
    await openUpload(exchange, name, uploadId);
    await forget(exchange, uploadId);
    return { status: 204, headers: { 'docker-upload-uuid': uploadId } };
  });
}

interface OpenUpload {
  readonly upload: BlobUpload;
  readonly sizeBytes: number;
}

/** The name of an upload comes from a path: it is trusted as the name of a file only after its row was found. */
async function openUpload({ ports }: Exchange, name: string, uploadId: string): Promise<OpenUpload> {
  const upload = ports.store.read((tx) => tx.get(blobUploads, uploadId));
  const sizeBytes = upload?.repositoryName === name ? await ports.blobs.uploadSize(uploadId) : undefined;
  if (upload === undefined || sizeBytes === undefined) throw registryErrors.uploadUnknown();
  return { upload, sizeBytes };
}

/** Takes the body of a request into an upload that has `sizeBytes` bytes, and answers how many it has then. */
async function receive({ ports, request }: Exchange, upload: BlobUpload, sizeBytes: number): Promise<number> {
  checkContentRange(request, upload, sizeBytes);
  if (!hasBody(request)) return sizeBytes;
  return ports.blobs.append(upload.uploadId, bodyOf(request, sizeBytes));
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** `<first>-<last>` of the blob, without unit and total. A part must begin where the last one ended. */
function checkContentRange({ headers }: IncomingMessage, upload: BlobUpload, sizeBytes: number): void {
  const text = headers['content-range'];
  if (text === undefined) return;
  const match = /^([0-9]{1,15})-([0-9]{1,15})$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || first !== sizeBytes) {
    throw registryErrors.rangeInvalid(progressHeaders(upload, sizeBytes));
  }
  const length = headers['content-length'];
  if (length !== undefined && Number(length) !== last - first + 1) throw registryErrors.sizeInvalid();
}

/** The body, not torn down when reading stops early, so that the client still reads why it was refused. */
async function* bodyOf(request: IncomingMessage, sizeBytes: number): AsyncGenerator<Uint8Array> {
  let total = sizeBytes;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    total += chunk.length;
    if (total > BLOB_BYTES_MAX) throw registryErrors.blobTooLarge(BLOB_BYTES_MAX);
    yield chunk;
  }
}

function finish({ ports, turns }: Exchange, upload: BlobUpload, digest: string): Promise<RegistryAnswer> {
  const { uploadId, repositoryName } = upload;
  return turns.pinned(digest, async () => {
    const result = await ports.blobs.finishUpload(uploadId, digest);
    await ports.store.write((tx) => {
      tx.delete(blobUploads, uploadId);
      if (result.kind === 'mismatch') return;
      requireRepository(ports, tx, repositoryName);
      const { sizeBytes } = result;
      tx.put(blobLinks, { repositoryName, digest, sizeBytes, touchedAt: ports.clock.now() });
    });
    if (result.kind === 'mismatch')
      throw registryErrors.digestInvalid('the uploaded bytes have another digest');
    return stored(repositoryName, digest);
  });
}

async function forget({ ports }: Exchange, uploadId: string): Promise<void> {
  await ports.store.write((tx) => tx.delete(blobUploads, uploadId));
  await ports.blobs.cancelUpload(uploadId);
}

const stored = (name: string, digest: string): RegistryAnswer => ({
  status: 201,
  headers: { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest },
});

const progress = (upload: BlobUpload, sizeBytes: number): RegistryAnswer => ({
  status: 202,
  headers: progressHeaders(upload, sizeBytes),
});

/** `0-0` before the first byte, as the reference registry says: `docker` reads two numbers. */
const progressHeaders = (
  { uploadId, repositoryName }: BlobUpload,
  sizeBytes: number,
): Record<string, string> => ({
  location: `/v2/${repositoryName}/blobs/uploads/${uploadId}`,
  range: `0-${Math.max(0, sizeBytes - 1)}`,
  'docker-upload-uuid': uploadId,
});

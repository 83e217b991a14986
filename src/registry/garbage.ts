import type { BlobLink } from '../domain/ecr.ts';
import { type Instant, plusMs } from '../lib/clock.ts';
import { blobLinks, blobUploads, deleteExpiredRegistryTokens, images } from '../records/ecr.ts';
import type { ReadTx, WriteTx } from '../store/store.ts';
import type { RegistryPorts } from './exchange.ts';
import type { UploadTurns } from './upload-turns.ts';

/** How long things that nothing refers to are kept. */
export interface GarbageGraces {
  /** A blob of a repository that no image names: the longest time between the first layer of a push and its manifest. */
  readonly linkMs: number;
  /** A file that no repository has. */
  readonly fileMs: number;
  /** An upload that gets no bytes. */
  readonly uploadMs: number;
}

/** What one run removed. */
export interface CollectedGarbage {
  readonly linkCount: number;
  readonly fileCount: number;
  readonly uploadCount: number;
}

const DEFAULT_GRACES: GarbageGraces = { linkMs: 24 * 3_600_000, fileMs: 3_600_000, uploadMs: 24 * 3_600_000 };

type Ports = Pick<RegistryPorts, 'store' | 'blobs' | 'clock' | 'log'>;

/**
 * Removes uploads without progress, then links of blobs that no image of their repository names, then files that no
 * repository has. Each step is safe at any moment beside pushes and pulls. (REG-10)
 */
export async function collectGarbage(
  ports: Ports,
  turns: UploadTurns,
  given: Partial<GarbageGraces> = {},
): Promise<CollectedGarbage> {
  const graces = { ...DEFAULT_GRACES, ...given };
  const now = ports.clock.now();
  const collected: CollectedGarbage = {
    uploadCount: await collectUploads(ports, turns, plusMs(now, -graces.uploadMs)),
    linkCount: await collectLinks(ports, plusMs(now, -graces.linkMs)),
    fileCount: await collectFiles(ports, turns, plusMs(now, -graces.fileMs)),
  };
  await ports.store.write((tx) => void deleteExpiredRegistryTokens(tx, now));
  const { uploadCount, linkCount, fileCount } = collected;
  if (uploadCount + linkCount + fileCount > 0) {
    ports.log.info('registry.garbage-collected', { uploadCount, linkCount, fileCount });
  }
  return collected;
}

async function collectUploads({ store, blobs }: Ports, turns: UploadTurns, before: Instant): Promise<number> {
  const fresh = new Set<string>();
  const stale: string[] = [];
  for await (const { name, modifiedAt } of blobs.uploads()) {
    if (modifiedAt > before || turns.isBusy(name)) fresh.add(name);
    else stale.push(name);
  }
  const rows = await store.write((tx) => {
    const gone = tx.all(blobUploads).filter((row) => row.startedAt <= before && !fresh.has(row.uploadId));
    for (const row of gone) tx.delete(blobUploads, row.uploadId);
    return gone.map((row) => row.uploadId);
  });
  for (const uploadId of stale) await turns.take(uploadId, () => blobs.cancelUpload(uploadId));
  return new Set([...rows, ...stale]).size;
}

/** Links are looked through in pieces, so that no transaction is long. */
const LINKS_PER_TRANSACTION_COUNT = 1_000;

async function collectLinks({ store }: Ports, before: Instant): Promise<number> {
  let removedCount = 0;
  let after: string | undefined;
  for (;;) {
    const piece = await store.write((tx) => collectPiece(tx, before, after));
    removedCount += piece.removedCount;
    if (piece.last === undefined) return removedCount;
    after = piece.last;
  }
}

function collectPiece(
  tx: WriteTx,
  before: Instant,
  after: string | undefined,
): { readonly removedCount: number; readonly last: string | undefined } {
  const links = tx.all(blobLinks, { after, limit: LINKS_PER_TRANSACTION_COUNT });
  const unused = links.filter((link) => link.touchedAt <= before && !isNamed(tx, link));
  for (const link of unused) tx.delete(blobLinks, blobLinks.key(link));
  const last = links[links.length - 1];
  const isEnd = last === undefined || links.length < LINKS_PER_TRANSACTION_COUNT;
  return { removedCount: unused.length, last: isEnd ? undefined : blobLinks.key(last) };
}

/** Whether an image of the same repository names the blob. */
const isNamed = (tx: ReadTx, link: BlobLink): boolean => tx.count(images, 'blob', blobLinks.key(link)) > 0;

async function collectFiles({ store, blobs }: Ports, turns: UploadTurns, before: Instant): Promise<number> {
  let removedCount = 0;
  for await (const { name, modifiedAt } of blobs.blobs()) {
    if (modifiedAt > before || turns.isPinned(name)) continue;
    // From this question to the end of the file nothing else runs, so no link can come up in between: links are made
    // from other links, or by an upload that holds a pin until its link is durable.
    if (store.read((tx) => tx.count(blobLinks, 'digest', name)) > 0) continue;
    blobs.removeBlob(name);
    removedCount += 1;
  }
  return removedCount;
}

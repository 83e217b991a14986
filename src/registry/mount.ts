import { type BlobLink, isDigest, repositoryArn } from '../domain/ecr.ts';
import { blobLinks } from '../records/ecr.ts';
import { findBlobLink } from '../records/ecr-images.ts';
import type { ReadTx } from '../store/store.ts';
import { type Exchange, requireRepository } from './exchange.ts';

/**
 * Links a blob that another repository has, if the caller may read it there. Without `from` any repository will do.
 * False when there is none: the client then uploads, and learns nothing of what others have. (REG-7)
 */
export function mountBlob(
  exchange: Exchange,
  { name, digest }: { readonly name: string; readonly digest: string },
): Promise<boolean> {
  const { ports, query } = exchange;
  const from = query.get('from') ?? undefined;
  if (!isDigest(digest)) return Promise.resolve(false);
  return ports.store.write((tx) => {
    requireRepository(ports, tx, name);
    const source = candidates(tx, digest, from).find((link) => mayRead(exchange, link.repositoryName));
    if (source === undefined) return false;
    tx.put(blobLinks, { ...source, repositoryName: name, touchedAt: ports.clock.now() });
    return true;
  });
}

function candidates(tx: ReadTx, digest: string, from: string | undefined): readonly BlobLink[] {
  if (from === undefined) return tx.find(blobLinks, 'digest', digest);
  const link = findBlobLink(tx, from, digest);
  return link === undefined ? [] : [link];
}

const mayRead = ({ ports, caller }: Exchange, name: string): boolean =>
  ports.authorize(caller, 'ecr:GetDownloadUrlForLayer', repositoryArn(ports.installation, name)) ===
  undefined;

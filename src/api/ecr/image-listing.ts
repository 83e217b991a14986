import type { Image } from '../../domain/ecr.ts';
import { type Page, pageToken, readPageToken } from '../../lib/pagination.ts';
import { images } from '../../records/ecr.ts';
import { tagsOf } from '../../records/ecr-images.ts';
import type { ImageStatusFilter, TagStatus } from '../../shapes/generated/ecr.ts';
import type { ReadTx } from '../../store/store.ts';

/** An image with its tags. */
export interface TaggedImage {
  readonly image: Image;
  readonly tags: readonly string[];
}

/** The images of a repository by digest, read a piece at a time; `from` is the digest to start with. */
export function* taggedImages(
  tx: ReadTx,
  repositoryName: string,
  from: string,
): Generator<TaggedImage, void> {
  const first = from === '' ? undefined : tx.get(images, `${repositoryName} ${from}`);
  if (first !== undefined) yield { image: first, tags: tagsOf(tx, first) };
  let after = `${repositoryName} ${from}`;
  for (;;) {
    const piece = tx.find(images, 'repository', repositoryName, { after, limit: PIECE_COUNT });
    for (const image of piece) yield { image, tags: tagsOf(tx, image) };
    const last = piece[piece.length - 1];
    if (last === undefined || piece.length < PIECE_COUNT) return;
    after = images.key(last);
  }
}

const PIECE_COUNT = 200;

/** Whether an image with these tags is asked for. */
export const hasTagStatus = (tags: readonly string[], status: TagStatus | undefined): boolean =>
  status === undefined || status === 'ANY' || (status === 'TAGGED') === tags.length > 0;

/** Every image is ACTIVE: there is no archive. */
export const hasStatus = (status: ImageStatusFilter | undefined): boolean =>
  status === undefined || status === 'ANY' || status === 'ACTIVE';

/** Where a page of rows begins and how long it is. */
export interface PageRequest {
  readonly maxResults: number | undefined;
  readonly nextToken: string | undefined;
}

/** The page size of image listings when the caller gives none. */
const DEFAULT_MAX_RESULTS = 100;

/**
 * A page of rows out of a repository's images. `rowsOf` gives the rows of one image (none when it is filtered out), in
 * the order of `keyOf`, whose first word is the image's digest. (ECR-4)
 */
export function pageOfImages<Row>(
  listing: { readonly tx: ReadTx; readonly repositoryName: string; readonly page: PageRequest },
  rowsOf: (entry: TaggedImage) => readonly Row[],
  keyOf: (row: Row) => string,
): Page<Row> {
  const size = listing.page.maxResults ?? DEFAULT_MAX_RESULTS;
  const after = readPageToken(listing.page.nextToken) ?? '';
  const from = after.split(' ')[0] ?? '';
  const rows: Row[] = [];
  for (const entry of taggedImages(listing.tx, listing.repositoryName, from)) {
    for (const row of rowsOf(entry)) {
      if (keyOf(row) <= after) continue;
      const last = rows[rows.length - 1];
      if (rows.length === size && last !== undefined) return { rows, nextToken: pageToken(keyOf(last)) };
      rows.push(row);
    }
  }
  return { rows };
}

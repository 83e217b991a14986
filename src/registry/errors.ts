import type { Repository } from '../domain/ecr.ts';
import { ecrTexts } from '../records/ecr.ts';

/** One entry of an error answer's `errors`. */
export interface RegistryErrorEntry {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

/** An answer of the registry other than success. Thrown by steps, turned into JSON at the edge. */
export class RegistryError extends Error {
  readonly status: number;
  readonly entries: readonly RegistryErrorEntry[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    entries: readonly RegistryErrorEntry[],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(entries[0]?.message ?? 'unknown error');
    this.name = 'RegistryError';
    this.status = status;
    this.entries = entries;
    this.headers = headers;
  }
}

const one = (status: number, code: string, message: string, detail?: unknown): RegistryError =>
  new RegistryError(status, [detail === undefined ? { code, message } : { code, message, detail }]);

/** The errors of the registry: codes of the OCI distribution specification, texts of ECR where it has its own. (REG-3) */
export const registryErrors = {
  blobUnknown: (digest: string): RegistryError =>
    one(404, 'BLOB_UNKNOWN', 'blob unknown to registry', { digest }),
  uploadUnknown: (): RegistryError => one(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry'),
  digestInvalid: (detail: string): RegistryError =>
    one(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content', { reason: detail }),
  manifestBlobsUnknown: (digests: readonly string[]): RegistryError =>
    new RegistryError(
      400,
      digests.map((digest) => ({
        code: 'MANIFEST_BLOB_UNKNOWN',
        message: 'blob unknown to registry',
        detail: { digest },
      })),
    ),
  manifestInvalid: (reason: string): RegistryError =>
    one(400, 'MANIFEST_INVALID', 'manifest invalid', { reason }),
  manifestTooLarge: (limitBytes: number): RegistryError =>
    one(413, 'MANIFEST_INVALID', `manifest exceeds the limit of ${limitBytes} bytes`),
  manifestUnknown: (): RegistryError => one(404, 'MANIFEST_UNKNOWN', ecrTexts.imageNotFound),
  nameInvalid: (name: string): RegistryError => one(400, 'NAME_INVALID', 'invalid repository name', { name }),
  nameUnknown: (name: string, accountId: string): RegistryError =>
    one(404, 'NAME_UNKNOWN', ecrTexts.repositoryNotFound(name, accountId)),
  sizeInvalid: (): RegistryError => one(400, 'SIZE_INVALID', 'provided length did not match content length'),
  blobTooLarge: (limitBytes: number): RegistryError =>
    one(413, 'SIZE_INVALID', `blob exceeds the limit of ${limitBytes} bytes`),
  rangeInvalid: (headers: Readonly<Record<string, string>>): RegistryError =>
    new RegistryError(416, [{ code: 'RANGE_INVALID', message: 'invalid content range' }], headers),
  tagInvalid: (tag: string): RegistryError => one(400, 'TAG_INVALID', `invalid tag name '${tag}'`),
  tagImmutable: (tag: string, repository: Repository): RegistryError =>
    one(400, 'TAG_INVALID', ecrTexts.tagImmutable(tag, repository)),
  pageInvalid: (): RegistryError =>
    one(400, 'PAGINATION_NUMBER_INVALID', 'invalid number of results requested'),
  denied: (text: string): RegistryError => one(403, 'DENIED', text),
  tokenExpired: (): RegistryError =>
    one(403, 'DENIED', 'Your authorization token has expired. Reauthenticate and try again.'),
  unsupported: (allowed: string): RegistryError =>
    new RegistryError(405, [{ code: 'UNSUPPORTED', message: 'The operation is unsupported.' }], {
      allow: allowed,
    }),
  notFound: (): RegistryError => one(404, 'UNSUPPORTED', 'The operation is unsupported.'),
  unknown: (): RegistryError => one(500, 'UNKNOWN', 'unknown error'),
  busy: (): RegistryError =>
    new RegistryError(429, [{ code: 'TOOMANYREQUESTS', message: 'too many requests' }], {
      'retry-after': '1',
    }),
} as const;

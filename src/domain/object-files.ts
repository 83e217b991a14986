/**
 * The bytes of S3 objects, by an id that is never used twice. What is there is whole: a file appears after all of its
 * bytes are durable.
 */
export interface ObjectFiles {
  write(fileId: string, bytes: Uint8Array): Promise<void>;
  /** The bytes from `start` to `end`, both included, or all; undefined when there is no such file. */
  read(
    fileId: string,
    range?: { readonly start: number; readonly end: number },
  ): Promise<Uint8Array | undefined>;
  /** An id that is not there is no error. */
  remove(fileId: string): Promise<void>;
  /** The ids of files that were written before this instant. */
  olderThan(epochMs: number): Promise<readonly string[]>;
}

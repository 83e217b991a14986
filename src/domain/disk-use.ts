/** How full a disk is. */
export interface DiskUse {
  readonly totalBytes: number;
  /** What can still be written. */
  readonly freeBytes: number;
}

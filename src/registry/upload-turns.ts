/** Lets one request at a time work on an upload, and keeps blobs that are about to be linked from the collector. */
export class UploadTurns {
  readonly #last = new Map<string, Promise<void>>();
  readonly #pins = new Map<string, number>();

  /** Runs `work` when every earlier work on the same upload has ended, however it ended. */
  async take<T>(uploadId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(uploadId) ?? Promise.resolve();
    const done = before.then(work);
    const ended = done.then(
      () => {},
      () => {},
    );
    this.#last.set(uploadId, ended);
    try {
      return await done;
    } finally {
      if (this.#last.get(uploadId) === ended) this.#last.delete(uploadId);
    }
  }

  /** Runs `work` while the collector leaves the blob alone. */
  async pinned<T>(digest: string, work: () => Promise<T>): Promise<T> {
    this.#pins.set(digest, (this.#pins.get(digest) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (this.#pins.get(digest) ?? 1) - 1;
      if (left === 0) this.#pins.delete(digest);
      else this.#pins.set(digest, left);
    }
  }

  /** Whether a blob is about to be linked. */
  isPinned(digest: string): boolean {
    return this.#pins.has(digest);
  }

  /** Whether a request works on the upload right now. */
  isBusy(uploadId: string): boolean {
    return this.#last.has(uploadId);
  }
}

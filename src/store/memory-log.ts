import type { Acquisition, CommitLog, CommitOutcome, LogBatch, LogRow } from './commit-log.ts';

/** A log that lives as long as the process. Answers at once, so a store over it needs no timer and no thread. */
export function memoryLog(): CommitLog {
  return new MemoryLog();
}

class MemoryLog implements CommitLog {
  readonly #rows = new Map<string, LogRow>();
  readonly #followers = new Set<(rows: readonly LogRow[]) => void>();
  #epoch = 0;
  #revision = 0;

  load(onRow: (row: LogRow) => void): Promise<number> {
    for (const [id, row] of this.#rows) {
      if (row.body !== undefined) onRow(row);
      else if (this.#followers.size === 0) this.#rows.delete(id);
    }
    return Promise.resolve(this.#revision);
  }

  commit(batch: LogBatch): CommitOutcome {
    if (batch.epoch !== this.#epoch || batch.baseRevision !== this.#revision) return { kind: 'fenced' };
    for (const row of batch.rows) this.#rows.set(`${row.collection}\0${row.key}`, row);
    this.#revision = batch.revision;
    for (const follower of this.#followers) follower(batch.rows);
    return { kind: 'durable' };
  }

  follow(revision: number, onRows: (rows: readonly LogRow[]) => void): () => void {
    const missed = [...this.#rows.values()].filter((row) => row.revision > revision);
    missed.sort((one, other) => one.revision - other.revision);
    const follower = (rows: readonly LogRow[]): void => onRows(rows);
    if (missed.length > 0) follower(missed);
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  acquire(ifEpoch?: number): Promise<Acquisition> {
    if (ifEpoch !== undefined && ifEpoch !== this.#epoch) return Promise.resolve({ kind: 'lost' });
    this.#epoch += 1;
    return Promise.resolve({ kind: 'acquired', epoch: this.#epoch, revision: this.#revision });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

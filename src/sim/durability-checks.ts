import { containerInstances, serviceEvents, services, tasks } from '../records/collections.ts';
import { serviceDeployments } from '../records/service-deployments.ts';
import type { LogBatch } from '../store/commit-log.ts';
import type { Collection, Commit, Store } from '../store/store.ts';
import type { Report } from './violation.ts';

/** What is compared as a whole when the control plane ends and begins. */
const COMPARED: readonly Collection<never, string>[] = [
  tasks,
  services,
  containerInstances,
  serviceDeployments,
  serviceEvents,
];

/**
 * Keeps what watchers heard of and compares it with what the store shows: nothing that was heard is lost by a crash, and
 * nothing is seen that was not heard. (SIM-45)
 */
export class DurabilityChecks {
  readonly #report: Report;
  readonly #rows = new Map<string, Map<string, unknown>>();
  #revision: number | undefined;

  constructor(report: Report) {
    this.#report = report;
  }

  hear({ revision, changes }: Commit): void {
    if (this.#revision !== undefined && revision !== this.#revision + 1)
      this.#report('SIM-45', `commit ${revision} follows ${this.#revision}`);
    this.#revision = revision;
    for (const { collection, key, before, after } of changes) {
      if (this.#known(collection).get(key) !== before)
        this.#report('SIM-45', `${key} was changed from what nobody heard of`);
      this.#put(collection, key, after);
    }
  }

  /** After a start on the log; `unheard` landed there, and the control plane was killed before it could say so. */
  checkStart(store: Store, unheard: LogBatch | undefined): void {
    for (const { collection, key, body } of unheard?.rows ?? []) this.#put(collection, key, body);
    if (unheard !== undefined) this.#revision = unheard.revision;
    this.compare(store);
  }

  /** What the store shows is what was heard. */
  compare(store: Store): void {
    for (const collection of COMPARED) {
      const known = this.#known(collection.name);
      const rows: readonly unknown[] = store.read((tx) => tx.all(collection));
      const same = rows.filter((row) => known.get(collection.key(row as never)) === row).length;
      if (same !== rows.length || rows.length !== known.size)
        this.#report(
          'SIM-45',
          `${collection.name}: ${rows.length} rows, of which ${same} are what was heard, and ${known.size} were heard of`,
        );
    }
  }

  #known(collection: string): Map<string, unknown> {
    const known = this.#rows.get(collection) ?? new Map<string, unknown>();
    this.#rows.set(collection, known);
    return known;
  }

  #put(collection: string, key: string, row: unknown): void {
    if (row === undefined) this.#known(collection).delete(key);
    else this.#known(collection).set(key, row);
  }
}

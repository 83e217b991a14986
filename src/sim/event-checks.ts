import type { ContainerInstance } from '../domain/container-instance.ts';
import { type EventArchive, type RecordedEvent, unpackedEvent } from '../domain/events.ts';
import type { Task } from '../domain/task.ts';
import { containerInstances, tasks } from '../records/collections.ts';
import { eventOutbox, type OutboxRow, outboxRows } from '../records/event-outbox.ts';
import type { LogBatch } from '../store/commit-log.ts';
import type { Change, Commit, Store } from '../store/store.ts';
import type { Report } from './violation.ts';

/** Compares what clients saw of tasks and instances with the events of a run. (SIM-32) */
export class EventChecks {
  readonly #seen: string[] = [];

  hear({ changes }: Commit): void {
    for (const change of changes) this.#seen.push(...visibleStep(change));
  }

  /** What landed in the log and was never told: its events are all that there is to compare with. */
  hearUntold(batch: LogBatch | undefined): void {
    const rows = (batch?.rows ?? []).filter(({ collection }) => collection === eventOutbox.name);
    const told = rows.flatMap(({ body }) => (body as OutboxRow | undefined)?.events ?? []).map(unpackedEvent);
    const inOrder = told.toSorted((one, other) => one.sequence - other.sequence);
    this.#seen.push(...inOrder.flatMap(stepTold));
  }

  /** Each event is in the file or still in the outbox, once and in order. */
  async check(archive: EventArchive, store: Store, report: Report): Promise<void> {
    const kept = await archive.read({ limit: Number.MAX_SAFE_INTEGER });
    const last = archive.lastSequence();
    const waiting = store.read(outboxRows).flatMap(({ events }) => events.map(unpackedEvent));
    const told = [...kept, ...waiting.filter(({ sequence }) => sequence > last)].flatMap(stepTold);
    const different = this.#seen.findIndex((step, index) => step !== told[index]);
    const at = different < 0 && told.length > this.#seen.length ? this.#seen.length : different;
    if (at >= 0) report('SIM-32', `event ${at} is ${told[at]}, and clients saw ${this.#seen[at]}`);
  }
}

function visibleStep({ collection, key, before, after }: Change): readonly string[] {
  if (collection !== tasks.name && collection !== containerInstances.name) return [];
  const [old, row] = [before, after] as readonly (Task | ContainerInstance | undefined)[];
  if (row === undefined || row.version <= (old?.version ?? 0)) return [];
  return 'pool' in row && row.pool === 'FARGATE' ? [] : [`${key} ${row.version}`];
}

const stepTold = ({ event }: RecordedEvent): readonly string[] =>
  event.detail['version'] === undefined ? [] : [`${event.resources[0]} ${event.detail['version']}`];

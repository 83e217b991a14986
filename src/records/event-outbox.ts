import { type DaemonFacts, daemonActions, daemonDeploymentEvents } from '../core/events/daemon-event.ts';
import { deploymentEvents } from '../core/events/deployment-event.ts';
import type { EventDraft } from '../core/events/event-draft.ts';
import { envelopeTime } from '../core/events/event-time.ts';
import { hookEvents } from '../core/events/hook-event.ts';
import { instanceEvents } from '../core/events/instance-event.ts';
import { serviceActions } from '../core/events/service-action.ts';
import { constraintViolated, serviceStateActions } from '../core/events/service-state-action.ts';
import { taskEvents } from '../core/events/task-event.ts';
import type { Scope } from '../domain/arn.ts';
import type { ContainerInstance } from '../domain/container-instance.ts';
import type { Daemon, DaemonDeployment } from '../domain/daemon.ts';
import { type PackedEvent, packedEvent } from '../domain/events.ts';
import type { Service, ServiceEvent } from '../domain/service.ts';
import type { Task } from '../domain/task.ts';
import type { Clock, Instant } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { Attribute } from '../shapes/generated/ecs.ts';
import type { Change, Collection, ReadTx, WriteTx } from '../store/store.ts';
import { providerOfHost } from './capacity-providers.ts';
import { containerInstances, serviceEvents, services, sortableNumber, tasks } from './collections.ts';
import { violatedDaemon } from './daemon-hosts.ts';
import { daemonDeployments, daemonRevisions, daemons } from './daemons.ts';
import { taskCountsOf } from './instances.ts';

/** The events of one transaction, written together with it. */
export interface OutboxRow {
  readonly slot: string;
  /** At least one, in order. */
  readonly events: readonly PackedEvent[];
}

/**
 * What is on its way from the store to the archive, and what has lately arrived there: a row stays until its slot is
 * used again, so that no write is needed to take it out.
 */
export const eventOutbox: Collection<OutboxRow> = {
  name: 'event-outbox',
  key: (row) => row.slot,
  indexes: {},
};

/** So many slots are used again and again. While the archive lags behind further than that, rows get slots of their own. */
export const SLOT_COUNT = 1024;

/** The outbox in the order in which its events came about; those that the archive has are among them. */
export const outboxRows = (tx: ReadTx): readonly OutboxRow[] =>
  tx.all(eventOutbox).toSorted((one, other) => lastSequenceIn(one) - lastSequenceIn(other));

/** The number of the last event of a row. */
export const lastSequenceIn = (row: OutboxRow): number => row.events.at(-1)?.sequence ?? 0;

/** Whether nothing will ever use the row's slot again: it is to be removed when the archive has its events. */
export const hasOwnSlot = ({ slot }: OutboxRow): boolean => slot.startsWith('+');

/** Removes rows with slots of their own. */
export function removeFromOutbox(tx: WriteTx, rows: readonly OutboxRow[]): void {
  for (const { slot } of rows) if (tx.get(eventOutbox, slot) !== undefined) tx.delete(eventOutbox, slot);
}

/** What gives events their envelope. */
export interface EventSource {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly scope: Scope;
  /** The last sequence that the archive has. */
  readonly lastSequence: () => number;
}

/**
 * Makes what a store runs before each commit: it puts the events of the transaction's changes into the outbox. So
 * an event is durable exactly when its cause is. (EVT-3)
 */
export function writesEvents(source: EventSource): (tx: WriteTx, changes: readonly Change[]) => void {
  let last: number | undefined;
  let slots: Slots | undefined;
  return (tx, changes) => {
    const now = source.clock.now();
    const drafts = changes.flatMap((change) => draftsOf(tx, change, now));
    if (drafts.length === 0) return;
    last ??= lastSequenceOf(tx, source);
    const start = last + 1;
    last += drafts.length;
    const events = drafts.map((draft, index) => packed(source, draft, { now, sequence: start + index }));
    slots ??= new Slots(tx, source.lastSequence());
    tx.put(eventOutbox, { slot: slots.take(last, source.lastSequence()), events });
  };
}

/** What is no longer in the outbox is in the archive, so the greater of the two is the last one. */
function lastSequenceOf(tx: ReadTx, { lastSequence }: EventSource): number {
  return Math.max(lastSequence(), ...tx.all(eventOutbox).map(lastSequenceIn));
}

/** Which slots of the outbox may be used again. */
class Slots {
  /** The one that came free last is used first: what lies in the others is left in peace, and so is the memory. */
  readonly #free: string[] = [];
  /** Those that the archive may not have yet, oldest first. */
  readonly #used: { readonly slot: string; readonly lastSequence: number }[] = [];

  constructor(tx: ReadTx, archivedSequence: number) {
    for (let number = SLOT_COUNT - 1; number >= 0; number -= 1) {
      const slot = sortableNumber(number);
      const row = tx.get(eventOutbox, slot);
      const lastSequence = row === undefined ? 0 : lastSequenceIn(row);
      if (lastSequence <= archivedSequence) this.#free.push(slot);
      else this.#used.push({ slot, lastSequence });
    }
    this.#used.sort((one, other) => one.lastSequence - other.lastSequence);
  }

  /** A slot for events until `lastSequence`. One whose transaction comes to nothing is free with the next that does not. */
  take(lastSequence: number, archivedSequence: number): string {
    for (
      let [first] = this.#used;
      first !== undefined && first.lastSequence <= archivedSequence;
      [first] = this.#used
    ) {
      this.#free.push(first.slot);
      this.#used.shift();
    }
    const slot = this.#free.pop();
    if (slot === undefined) return `+${lastSequence}`;
    this.#used.push({ slot, lastSequence });
    return slot;
  }
}

function draftsOf(tx: ReadTx, { collection, before, after }: Change, now: Instant): readonly EventDraft[] {
  switch (collection) {
    case tasks.name: {
      const [was, task] = [before as Task | undefined, after as Task | undefined];
      return [
        ...taskEvents(was, task, { now, attributes: () => attributesOf(tx, task) }),
        ...violationEvents(tx, { was, task, now }),
      ];
    }
    case containerInstances.name: {
      const instance = after as ContainerInstance | undefined;
      return instanceEvents(before as ContainerInstance | undefined, instance, () =>
        instanceFacts(tx, instance?.containerInstanceArn ?? '', now),
      );
    }
    case serviceEvents.name:
      return serviceActions(before as ServiceEvent | undefined, after as ServiceEvent | undefined);
    case services.name:
      return serviceRowEvents(before as Service | undefined, after as Service | undefined, now);
    case daemons.name:
      return daemonActions(before as Daemon | undefined, after as Daemon | undefined, (instanceArn) =>
        daemonFacts(tx, instanceArn, after as Daemon),
      );
    case daemonDeployments.name:
      return daemonDeploymentEvents(
        before as DaemonDeployment | undefined,
        after as DaemonDeployment | undefined,
      );
    default:
      return [];
  }
}

function serviceRowEvents(
  before: Service | undefined,
  after: Service | undefined,
  now: Instant,
): readonly EventDraft[] {
  return [
    ...deploymentEvents(before, after),
    ...hookEvents(before, after, now),
    ...serviceStateActions(before, after, now),
  ];
}

function violationEvents(
  tx: ReadTx,
  {
    was,
    task,
    now,
  }: { readonly was: Task | undefined; readonly task: Task | undefined; readonly now: Instant },
): readonly EventDraft[] {
  if (was?.desiredStatus !== 'RUNNING' || task?.desiredStatus !== 'STOPPED') return [];
  const service = violatedDaemon(tx, task);
  return service === undefined ? [] : [constraintViolated(service, task, now)];
}

function daemonFacts(tx: ReadTx, instanceArn: string, { targetRevisionArn }: Daemon): DaemonFacts {
  const host = tx.get(containerInstances, instanceArn);
  return {
    capacityProviderName: host && providerOfHost(host),
    daemonTaskDefinitionArn: tx.get(daemonRevisions, targetRevisionArn)?.daemonTaskDefinitionArn,
  };
}

function instanceFacts(tx: ReadTx, instanceArn: string, now: Instant) {
  const { running, pending } = taskCountsOf(tx, instanceArn);
  return { now, runningTasksCount: running, pendingTasksCount: pending };
}

const ARCHITECTURE = 'ecs.cpu-architecture';

function attributesOf(tx: ReadTx, task: Task | undefined): readonly Attribute[] {
  const host = task?.instanceArn === undefined ? undefined : tx.get(containerInstances, task.instanceArn);
  const value = host?.attributes.find(({ name }) => name === ARCHITECTURE)?.value;
  return value === undefined ? [] : [{ name: ARCHITECTURE, value }];
}

function packed(
  { ids, scope }: EventSource,
  { detailType, resourceArn, serviceArn, detail }: EventDraft,
  { now, sequence }: { readonly now: Instant; readonly sequence: number },
): PackedEvent {
  return packedEvent({
    sequence,
    atMs: now,
    serviceArn,
    event: {
      version: '0',
      id: ids.uuid(),
      'detail-type': detailType,
      source: 'aws.ecs',
      account: scope.accountId,
      time: envelopeTime(now),
      region: scope.region,
      resources: resourceArn === undefined ? [] : [resourceArn],
      detail,
    },
  });
}

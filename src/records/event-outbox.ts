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
import type { RecordedEvent } from '../domain/events.ts';
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

/** The events of one transaction, written together with it, until the archive has them. */
export interface OutboxRow {
  readonly slot: string;
  /** At least one, in order. */
  readonly events: readonly RecordedEvent[];
}

/**
 * What is on its way from the store to the archive. Slots are used again, because the log remembers every key that was
 * ever deleted until the next start.
 */
export const eventOutbox: Collection<OutboxRow> = {
  name: 'event-outbox',
  key: (row) => row.slot,
  indexes: {},
};

/** So many slots are used again and again; more are made while the archive lags behind further than that. */
const SLOT_COUNT = 1024;

/** The outbox in the order in which its events came about. */
export const outboxRows = (tx: ReadTx): readonly OutboxRow[] =>
  tx.all(eventOutbox).toSorted((one, other) => firstSequence(one) - firstSequence(other));

const firstSequence = (row: OutboxRow): number => row.events[0]?.sequence ?? 0;

/** Takes rows out of the outbox, unless their slots hold others by now. */
export function removeFromOutbox(tx: WriteTx, rows: readonly OutboxRow[]): void {
  for (const row of rows) {
    const current = tx.get(eventOutbox, row.slot);
    if (current !== undefined && firstSequence(current) === firstSequence(row))
      tx.delete(eventOutbox, row.slot);
  }
}

/** What gives events their envelope. */
export interface EventSource {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly scope: Scope;
  /** The last sequence that the archive has: asked for once, at the first event. */
  readonly lastSequence: () => number;
}

/**
 * Makes what a store runs before each commit: it puts the events of the transaction's changes into the outbox. So
 * an event is durable exactly when its cause is. (EVT-3)
 */
export function writesEvents(source: EventSource): (tx: WriteTx, changes: readonly Change[]) => void {
  let last: number | undefined;
  return (tx, changes) => {
    const now = source.clock.now();
    const drafts = changes.flatMap((change) => draftsOf(tx, change, now));
    if (drafts.length === 0) return;
    last ??= lastSequenceOf(tx, source);
    const start = last + 1;
    last += drafts.length;
    const events = drafts.map((draft, index) => recorded(source, draft, { now, sequence: start + index }));
    tx.put(eventOutbox, { slot: freeSlot(tx, start), events });
  };
}

/** What has left the outbox is in the archive, so the greater of the two is the last one. */
function lastSequenceOf(tx: ReadTx, { lastSequence }: EventSource): number {
  const sequences = outboxRows(tx).flatMap(({ events }) => events.map(({ sequence }) => sequence));
  return Math.max(lastSequence(), ...sequences.slice(-1));
}

function freeSlot(tx: ReadTx, sequence: number): string {
  const slot = sortableNumber(sequence % SLOT_COUNT);
  return tx.get(eventOutbox, slot) === undefined ? slot : `+${sequence}`;
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

function recorded(
  { ids, scope }: EventSource,
  { detailType, resourceArn, serviceArn, detail }: EventDraft,
  { now, sequence }: { readonly now: Instant; readonly sequence: number },
): RecordedEvent {
  return {
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
  };
}

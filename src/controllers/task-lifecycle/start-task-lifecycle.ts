import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Task, TaskStatus } from '../../domain/task.ts';
import type { Clock, Instant } from '../../lib/clock.ts';
import { plusMs } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { clusters, containerInstances, tasks } from '../../records/collections.ts';
import type { Change, Store } from '../../store/store.ts';
import { createWorkQueue } from '../work-queue.ts';
import { reapTasks } from './reap-tasks.ts';
import { reconcileHost } from './reconcile-host.ts';
import { reconcileTask } from './reconcile-task.ts';

/** What the loops of the task lifecycle need. */
export interface TaskLifecycleOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings?: Partial<TaskLifecycleSettings> | undefined;
}

/** How long it waits for what. */
export interface TaskLifecycleSettings {
  /** A host of the FARGATE pool that has been silent for this long is given up. */
  readonly poolHostLostAfterMs: number;
  /** How long a STOPPED task stays describable; AWS promises an hour. */
  readonly stoppedTaskLifeMs: number;
  /** How often STOPPED tasks are looked through for old ones. */
  readonly reapEveryMs: number;
}

/** What holds unless a caller says otherwise. */
const TASK_LIFECYCLE_DEFAULTS: TaskLifecycleSettings = {
  poolHostLostAfterMs: 5 * 60_000,
  stoppedTaskLifeMs: 60 * 60_000,
  reapEveryMs: 60_000,
};

/** A running controller. */
export interface TaskLifecycle {
  /** Ends all loops; what is under way runs to its end. */
  stop(): void;
  /** Resolves when nothing is left to do now; what waits for an instant does not count. */
  idle(): Promise<void>;
}

const REAP = 'reap';
/** Between two pages of a sweep, so that requests come in between. */
const REAP_PAUSE_MS = 5;

/**
 * Runs the control plane's own part of the tasks' lives: attaches interfaces, takes them away, ends tasks whose host
 * will not, and forgets old ones. Level-triggered: it hears that a row changed and looks at the row. (TSK-30 to TSK-32)
 */
export function startTaskLifecycle(options: TaskLifecycleOptions): TaskLifecycle {
  const { store, clock, log } = options;
  const settings = { ...TASK_LIFECYCLE_DEFAULTS, ...options.settings };
  const deps = { store, clock, log, settings, listeningSince: listeningSince(clock) };
  let reapCursor: string | undefined;
  const queue = createWorkQueue({
    name: 'task-lifecycle',
    clock,
    log,
    handle: async (key) => {
      const [kind, arn] = splitKey(key);
      if (kind === 'task') await reconcileTask(deps, arn);
      else if (kind === 'host') {
        const { taskArns, wakeAt } = await reconcileHost(deps, arn);
        for (const taskArn of taskArns) queue.add(`task ${taskArn}`);
        if (wakeAt !== undefined) queue.addAt(key, wakeAt);
      } else {
        reapCursor = await reapTasks(deps, reapCursor);
        const pauseMs = reapCursor === undefined ? settings.reapEveryMs : REAP_PAUSE_MS;
        queue.addAt(REAP, plusMs(clock.now(), pauseMs));
      }
    },
  });
  const unwatch = store.watch(({ changes }) => {
    for (const change of changes) {
      const key = keyOf(change);
      if (key !== undefined) queue.add(key);
    }
  });
  enqueueAll(store, (key) => queue.add(key));
  queue.addAt(REAP, plusMs(clock.now(), settings.reapEveryMs));
  return {
    stop: () => {
      unwatch();
      queue.stop();
    },
    idle: () => queue.idle(),
  };
}

/** From now on, or from the moment at which the clock was last set. (HARD-52) */
function listeningSince(clock: Clock): () => Instant {
  const startedAt = clock.now();
  const jumpedBefore = clock.jumpedAt?.();
  return () => {
    const jumpedAt = clock.jumpedAt?.();
    return jumpedAt === undefined || jumpedAt === jumpedBefore ? startedAt : jumpedAt;
  };
}

function splitKey(key: string): readonly [kind: string, arn: string] {
  const space = key.indexOf(' ');
  return space < 0 ? [key, ''] : [key.slice(0, space), key.slice(space + 1)];
}

/** What a change asks to look at; undefined for changes that cannot matter here. */
function keyOf(change: Change): string | undefined {
  if (change.collection === tasks.name) {
    const task = change.after as Task | undefined;
    return task !== undefined && isOurMove(task) ? `task ${change.key}` : undefined;
  }
  return change.collection === containerInstances.name && hasHostChanged(change)
    ? `host ${change.key}`
    : undefined;
}

/** Most changes of a host are what its tasks hold and the numbers of its messages. */
function hasHostChanged({ before, after }: Change): boolean {
  const [one, other] = [before as ContainerInstance | undefined, after as ContainerInstance | undefined];
  return one?.status !== other?.status || one?.agentConnected !== other?.agentConnected;
}

/** Statuses in which the next move may be the control plane's. */
const OURS: readonly TaskStatus[] = ['PROVISIONING', 'PENDING', 'DEPROVISIONING'];

/** A PENDING task that is to run is its host's; whatever becomes of the host is heard of there. */
const isOurMove = (task: Task): boolean =>
  OURS.includes(task.lastStatus) && !(task.lastStatus === 'PENDING' && task.desiredStatus === 'RUNNING');

/** After a start nobody has told of any change: every host is looked at, and every task that may wait for us. */
function enqueueAll(store: Store, add: (key: string) => void): void {
  const keys = store.read((tx) => [
    ...tx.all(containerInstances).map((host) => `host ${host.containerInstanceArn}`),
    ...tx
      .all(clusters)
      .flatMap(({ clusterArn }) =>
        OURS.flatMap((status) => tx.find(tasks, 'live', `${clusterArn} ${status}`)).map(
          ({ taskArn }) => `task ${taskArn}`,
        ),
      ),
  ]);
  for (const key of keys) add(key);
}

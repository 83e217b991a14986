import type { Service } from '../domain/service.ts';
import { mayMove, type Task } from '../domain/task.ts';
import type { Instant } from '../lib/clock.ts';
import { services, tasks } from '../records/collections.ts';
import type { Commit, ReadTx } from '../store/store.ts';
import type { Report } from './violation.ts';

/** Members that may change after a task's end: what is counted and tagged of it. */
const CHANGE_AFTER_END: readonly string[] = ['countedAs', 'tags', 'protectedUntil', 'sentAt'];

/** Members that stay once they are there. */
const SAID_ONCE = [
  'createdAt',
  'pullStartedAt',
  'pullStoppedAt',
  'startedAt',
  'stoppingAt',
  'executionStoppedAt',
  'stoppedAt',
  'stopCode',
] as const;

/** What a deployment's tasks run, and since when that is known. */
interface KnownDigest {
  readonly digest: string;
  readonly knownAt: Instant;
}

/** Checks the tasks that a commit changes. (SIM-4, SIM-5, SIM-43, SIM-44, SIM-48) */
export class TaskChecks {
  readonly #report: Report;
  /** By `<deployment id> <image>`. */
  readonly #digests = new Map<string, KnownDigest>();
  /** Hosts that have lied: what they say they run proves nothing. */
  readonly #hasLied: (instanceArn: string) => boolean;

  constructor(report: Report, hasLied: (instanceArn: string) => boolean) {
    this.#report = report;
    this.#hasLied = hasLied;
  }

  check(tx: ReadTx, { changes }: Commit, now: Instant): void {
    for (const { collection, before: was, after: is } of changes) {
      if (collection === services.name) this.#learnDigests(is as Service | undefined, now);
      if (collection !== tasks.name || is === undefined) continue;
      const [before, after] = [was as Task | undefined, is as Task];
      if (before === undefined) this.#checkNew(tx, after);
      else this.#checkMove(before, after);
      this.#checkEnd(after);
      this.#checkDigest(tx, after);
    }
  }

  #checkMove(before: Task, after: Task): void {
    const { taskArn } = after;
    if (before.lastStatus !== after.lastStatus && !mayMove(before.lastStatus, after.lastStatus))
      this.#report('SIM-4', `${taskArn} moved from ${before.lastStatus} to ${after.lastStatus}`);
    if (before.desiredStatus === 'STOPPED' && after.desiredStatus === 'RUNNING')
      this.#report('SIM-5', `${taskArn} is to run again after it was stopped`);
    for (const name of SAID_ONCE)
      if (before[name] !== undefined && before[name] !== after[name])
        this.#report('SIM-48', `${taskArn} changed its ${name}`);
    if (before.lastStatus !== 'STOPPED') return;
    const names = Object.keys(after) as (keyof Task)[];
    const changed = names.filter((name) => before[name] !== after[name] && !CHANGE_AFTER_END.includes(name));
    if (changed.length > 0) this.#report('SIM-48', `${taskArn} changed its ${changed.join()} after its end`);
  }

  /** A task of a service runs what its deployment says. */
  #checkNew(tx: ReadTx, { taskArn, serviceArn, deploymentId, taskDefinitionArn }: Task): void {
    if (serviceArn === undefined) return;
    const deployment = tx.get(services, serviceArn)?.deployments.find(({ id }) => id === deploymentId);
    if (deployment?.spec.taskDefinitionArn !== taskDefinitionArn)
      this.#report('SIM-44', `${taskArn} runs another definition than its deployment's`);
  }

  /** Its times are in order, and it says why it ended. */
  #checkEnd({ taskArn, lastStatus, createdAt, startedAt, stoppingAt, stoppedAt, stopCode }: Task): void {
    // A stop may be asked for before the report that it runs arrives.
    const times = [startedAt, stoppingAt].filter((time) => time !== undefined);
    if (times.some((time) => time < createdAt || time > (stoppedAt ?? time)))
      this.#report('SIM-48', `the times of ${taskArn} are not in order`);
    if (lastStatus === 'STOPPED' && (stoppedAt === undefined || stopCode === undefined))
      this.#report('SIM-48', `${taskArn} does not say when or why it ended`);
  }

  #learnDigests(service: Service | undefined, knownAt: Instant): void {
    for (const { id, imageDigests } of service?.deployments ?? []) {
      for (const [image, digest] of Object.entries(imageDigests)) {
        const known = this.#digests.get(`${id} ${image}`);
        if (known === undefined) this.#digests.set(`${id} ${image}`, { digest, knownAt });
        else if (known.digest !== digest) this.#report('SIM-43', `${id} changed the digest of ${image}`);
      }
    }
  }

  #checkDigest(tx: ReadTx, task: Task): void {
    if (task.serviceArn === undefined || task.family.endsWith('loose')) return;
    if (tx.get(services, task.serviceArn) === undefined || this.#hasLied(task.instanceArn ?? '')) return;
    for (const { image, imageDigest } of task.containers) {
      const known = this.#digests.get(`${task.deploymentId} ${image}`);
      if (imageDigest === undefined || known === undefined || (task.sentAt ?? 0) <= known.knownAt) continue;
      if (imageDigest !== known.digest)
        this.#report('SIM-43', `${task.taskArn} runs another ${image} than its deployment`);
    }
  }
}

import { toServiceShape } from '../api/ecs/service-shape.ts';
import { TASK_STATUSES, type Task } from '../domain/task.ts';
import { containerInstances, serviceEvents, services, tasks } from '../records/collections.ts';
import { taskCountsOf } from '../records/instances.ts';
import type { Commit, ReadTx } from '../store/store.ts';
import type { Report } from './violation.ts';

/** Commits between two comparisons of everything: they cost as much as there are rows. */
const EVERY_COMMITS = 32;

/** Compares what clients are told with the rows. (SIM-41, SIM-42, SIM-46) */
export class CountChecks {
  readonly #report: Report;
  readonly #taskIds = new Set<string>();
  readonly #deploymentIds = new Set<string>();

  constructor(report: Report) {
    this.#report = report;
  }

  check(tx: ReadTx, { changes, revision }: Commit): void {
    for (const { collection, after } of changes) {
      if (collection === tasks.name && after !== undefined) this.#taskIds.add((after as Task).taskId);
      if (collection === services.name && after !== undefined) {
        const { deployments } = after as { deployments: readonly { id: string }[] };
        for (const { id } of deployments) this.#deploymentIds.add(id);
      }
    }
    for (const { collection, after } of changes)
      if (collection === serviceEvents.name && after !== undefined)
        this.#checkEvent((after as { message: string }).message);
    if (revision % EVERY_COMMITS === 0) this.#compare(tx);
  }

  /** An event speaks of tasks and deployments that there were. */
  #checkEvent(message: string): void {
    for (const [, id = ''] of message.matchAll(/\(task ([^)]*)\)/g))
      if (!this.#taskIds.has(id)) this.#report('SIM-42', `there was no task ${id}: ${message}`);
    for (const [, id = ''] of message.matchAll(/\(?deployment (ecs-svc\/\d+)\)?/g))
      if (!this.#deploymentIds.has(id)) this.#report('SIM-42', `there was no deployment ${id}: ${message}`);
  }

  #compare(tx: ReadTx): void {
    const live = tx.all(tasks).filter(({ lastStatus }) => lastStatus !== 'STOPPED');
    const byService = Map.groupBy(live, ({ serviceArn }) => serviceArn);
    const byHost = Map.groupBy(live, ({ instanceArn }) => instanceArn);
    for (const service of tx.all(services)) {
      const rows = byService.get(service.serviceArn) ?? [];
      if (tx.count(tasks, 'service', service.serviceArn) !== rows.length)
        this.#report('SIM-46', `an index has lost tasks of ${service.serviceName}`);
      const { runningCount, pendingCount } = toServiceShape(tx, service);
      if (runningCount !== running(rows) || pendingCount !== pending(rows.filter(isWanted)))
        this.#report(
          'SIM-41',
          `${service.serviceName} says ${runningCount} running and ${pendingCount} pending of ${rows.map(({ lastStatus }) => lastStatus)}`,
        );
    }
    for (const { containerInstanceArn: arn } of tx.all(containerInstances)) {
      const rows = byHost.get(arn) ?? [];
      const counts = taskCountsOf(tx, arn);
      if (tx.count(tasks, 'instance', arn) !== rows.length)
        this.#report('SIM-46', `an index has lost tasks on ${arn}`);
      if (counts.running !== running(rows) || counts.pending !== pending(rows))
        this.#report('SIM-41', `${arn} says ${counts.running} running and ${counts.pending} pending`);
    }
  }
}

/** Of a service, what is to stop before it ran is on its way nowhere. (SVC-13) */
const isWanted = ({ desiredStatus }: Task): boolean => desiredStatus === 'RUNNING';

const running = (rows: readonly Task[]): number =>
  rows.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;

const pending = (rows: readonly Task[]): number =>
  rows.filter(({ lastStatus }) => TASK_STATUSES.indexOf(lastStatus) < TASK_STATUSES.indexOf('RUNNING'))
    .length;

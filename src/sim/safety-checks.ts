import type { ContainerInstance } from '../domain/container-instance.ts';
import type { Service } from '../domain/service.ts';
import { mayMove, type Task } from '../domain/task.ts';
import type { Instant } from '../lib/clock.ts';
import { containerInstances, services, tasks } from '../records/collections.ts';
import type { Change, Commit, ReadTx, Store } from '../store/store.ts';
import { checkRecords } from './record-checks.ts';
import type { Report } from './violation.ts';

/** AWS's rule, written down again here so that a wrong one in the core is found. */
const HEALTHY_AFTER_MS = 40_000;

/** Commits at one instant above this are a controller that does not come to rest. (SIM-10) */
const COMMITS_AT_ONCE_MAX_COUNT = 400;

/** Checks every commit against the safety rules. (SIM-1 to SIM-12) */
export class SafetyChecks {
  readonly #report: Report;
  readonly #now: () => Instant;
  #instant: Instant | undefined;
  #commitCount = 0;

  constructor(now: () => Instant, report: Report) {
    this.#now = now;
    this.#report = report;
  }

  check(commit: Commit, store: Store): void {
    this.#countCommits();
    store.read((tx) => {
      for (const change of commit.changes) {
        if (change.collection === tasks.name) {
          this.#checkMove(change);
          this.#checkPlace(tx, change);
        }
        if (change.collection === containerInstances.name)
          this.#checkHost(tx, change.after as ContainerInstance);
      }
      checkRecords(tx, commit, this.#report);
      for (const service of touchedServices(tx, commit)) this.#checkService(tx, service, commit);
    });
  }

  #countCommits(): void {
    if (this.#instant !== this.#now()) this.#commitCount = 0;
    this.#instant = this.#now();
    this.#commitCount += 1;
    if (this.#commitCount > COMMITS_AT_ONCE_MAX_COUNT) {
      this.#report('SIM-10', `more than ${COMMITS_AT_ONCE_MAX_COUNT} commits at one instant`);
    }
  }

  #checkMove({ before: old, after: row, key }: Change): void {
    const [before, after] = [old as Task | undefined, row as Task | undefined];
    if (before === undefined || after === undefined) return;
    if (before.lastStatus !== after.lastStatus && !mayMove(before.lastStatus, after.lastStatus)) {
      this.#report('SIM-4', `${key} moved from ${before.lastStatus} to ${after.lastStatus}`);
    }
    if (before.desiredStatus === 'STOPPED' && after.desiredStatus === 'RUNNING') {
      this.#report('SIM-5', `${key} is to run again after it was stopped`);
    }
  }

  #checkPlace(tx: ReadTx, { before, after }: Change): void {
    const task = after as Task | undefined;
    if (before !== undefined || task?.instanceArn === undefined) return;
    const host = tx.get(containerInstances, task.instanceArn);
    if (host?.status !== 'ACTIVE') this.#report('SIM-11', `${task.taskArn} is placed on a host that drains`);
    const service = tx.get(services, task.serviceArn ?? '');
    if (service?.placementConstraints.length !== 1) return;
    const others = tx
      .find(tasks, 'spread', `${service.serviceArn} ${task.instanceArn}`)
      .filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
    if (others.length > 1) this.#report('SIM-12', `${task.taskArn} is not alone on its host`);
  }

  #checkHost(tx: ReadTx, host: ContainerInstance | undefined): void {
    if (host === undefined) return;
    const held = tx.find(tasks, 'instance', host.containerInstanceArn).map(({ reserved }) => reserved);
    const sum = (name: 'cpuUnits' | 'memoryMib'): number =>
      held.reduce((total, each) => total + each[name], 0);
    const { registered, reserved } = host;
    if (reserved.cpuUnits > registered.cpuUnits || reserved.memoryMib > registered.memoryMib) {
      this.#report('SIM-3', `${host.containerInstanceArn} holds more than it has`);
    }
    if (reserved.cpuUnits !== sum('cpuUnits') || reserved.memoryMib !== sum('memoryMib')) {
      this.#report('SIM-3', `${host.containerInstanceArn} does not hold the sum of its tasks`);
    }
    const ports = held.flatMap(({ tcpPorts }) => tcpPorts);
    if (new Set(ports).size !== ports.length)
      this.#report('SIM-6', `${host.containerInstanceArn} has a port twice`);
  }

  #checkService(tx: ReadTx, service: Service, commit: Commit): void {
    const primaries = service.deployments.filter(({ status }) => status === 'PRIMARY');
    if (primaries.length !== 1 || service.deployments[0] !== primaries[0]) {
      this.#report('SIM-9', `${service.serviceName} does not have one PRIMARY deployment in front`);
    }
    const live = tx.find(tasks, 'service', service.serviceArn);
    const changes = commit.changes.filter(({ collection }) => collection === tasks.name);
    this.#checkStarts(service, live, changes);
    this.#checkStops(service, live, changes);
    this.#checkProtection(service, changes);
    this.#checkCompletion(service, live, commit);
    for (const task of live) {
      const isKnown = service.deployments.some(({ id }) => id === task.deploymentId);
      if (task.desiredStatus === 'RUNNING' && !isKnown)
        this.#report('SIM-7', `${task.taskArn} is of no deployment`);
    }
  }

  #checkStarts(service: Service, live: readonly Task[], changes: readonly Change[]): void {
    const started = changes.filter(({ before }) => before === undefined).map(({ after }) => after as Task);
    const mine = started.filter(({ serviceArn }) => serviceArn === service.serviceArn);
    if (mine.length === 0) return;
    const percent = service.deploymentConfiguration.maximumPercent ?? 200;
    const ceiling = Math.floor((service.desiredCount * percent) / 100);
    if (live.length > ceiling) this.#report('SIM-1', `${live.length} tasks where ${ceiling} are the most`);
    for (const task of mine) {
      const deployment = service.deployments.find(({ id }) => id === task.deploymentId);
      if (deployment?.rolloutState === 'FAILED')
        this.#report('SIM-8', `${task.deploymentId} failed and starts a task`);
      const isPaused = deployment?.hooks?.some(
        ({ stage, status }) => stage === 'PRE_SCALE_UP' && status === 'AWAITING_ACTION',
      );
      if (isPaused === true) this.#report('SIM-13', `${task.deploymentId} is paused and starts a task`);
    }
  }

  #checkCompletion(service: Service, live: readonly Task[], commit: Commit): void {
    const change = commit.changes.find(
      ({ collection, key }) => collection === services.name && key === service.serviceArn,
    );
    const [before] = (change?.before as Service | undefined)?.deployments ?? [];
    const [after] = service.deployments;
    const isCompleted = after?.rolloutState === 'COMPLETED' && before?.id === after.id;
    if (!isCompleted || before?.rolloutState === 'COMPLETED') return;
    if ((after.bakeUntil ?? 0) > this.#now())
      this.#report('SIM-14', `${after.id} completed before it was baked`);
    const early = service.deploymentConfiguration.earlySuccessCriteria;
    const percent = early?.enable === true ? (early.healthyPercent ?? 100) : 100;
    const mine = live.filter((task) => task.deploymentId === after.id && this.#isHealthy(task));
    if (mine.length < Math.ceil((service.desiredCount * percent) / 100))
      this.#report('SIM-14', `${after.id} completed with ${mine.length} healthy tasks`);
  }

  #checkProtection(service: Service, changes: readonly Change[]): void {
    if (service.status !== 'ACTIVE') return;
    for (const { before: was, after: is } of changes) {
      const [before, after] = [was as Task | undefined, is as Task | undefined];
      const isMine = service.deployments.some(({ id }) => id === before?.deploymentId);
      const isStopped = before?.desiredStatus === 'RUNNING' && after?.desiredStatus === 'STOPPED';
      const isOurs =
        after?.stopCode === 'ServiceSchedulerInitiated' && !/health/.test(after.stoppedReason ?? '');
      if (isMine && isStopped && isOurs && (before.protectedUntil ?? 0) > this.#now())
        this.#report('SIM-15', `${before.taskArn} was stopped under its protection`);
    }
  }

  #checkStops(service: Service, live: readonly Task[], changes: readonly Change[]): void {
    const old = new Map(changes.map(({ key, before }) => [key, before as Task | undefined]));
    const before = live.map((task) => (old.has(task.taskArn) ? old.get(task.taskArn) : task));
    const healthy = before.filter((task) => task !== undefined && this.#isHealthy(task)).length;
    const lost = changes.filter(({ before: was, after }) => this.#isStoppedByUs(service, was, after)).length;
    const percent = service.deploymentConfiguration.minimumHealthyPercent ?? 100;
    const floor = Math.ceil((service.desiredCount * percent) / 100);
    if (lost > 0 && healthy - lost < floor) {
      this.#report('SIM-2', `${healthy - lost} healthy tasks are left where ${floor} are the least`);
    }
  }

  #isStoppedByUs({ serviceArn }: Service, was: unknown, is: unknown): boolean {
    const [before, after] = [was as Task | undefined, is as Task | undefined];
    if (before?.serviceArn !== serviceArn || after === undefined || !this.#isHealthy(before)) return false;
    return after.desiredStatus === 'STOPPED' && after.stopCode === 'ServiceSchedulerInitiated';
  }

  #isHealthy(task: Task): boolean {
    if (task.lastStatus !== 'RUNNING' || task.desiredStatus !== 'RUNNING') return false;
    const hasCheck = task.containers.some(({ healthStatus }) => healthStatus !== undefined);
    if (hasCheck) return task.healthStatus === 'HEALTHY';
    return task.startedAt !== undefined && this.#now() >= task.startedAt + HEALTHY_AFTER_MS;
  }
}

function touchedServices(tx: ReadTx, commit: Commit): readonly Service[] {
  const arns = new Set<string>();
  for (const { collection, key, after } of commit.changes) {
    if (collection === services.name) arns.add(key);
    const serviceArn = collection === tasks.name ? (after as Task | undefined)?.serviceArn : undefined;
    if (serviceArn !== undefined) arns.add(serviceArn);
  }
  return [...arns].flatMap((arn) => tx.get(services, arn) ?? []);
}

import type { Service } from '../domain/service.ts';
import type { Task } from '../domain/task.ts';
import type { Instant } from '../lib/clock.ts';
import { containerInstances, services, tasks } from '../records/collections.ts';
import type { Change, Commit, ReadTx } from '../store/store.ts';
import type { Report } from './violation.ts';

/** AWS's rule, written down again here so that a wrong one in the core is found. */
const HEALTHY_AFTER_MS = 40_000;

/** A service that a commit touches, and what the commit did to its tasks. */
interface Touched {
  readonly tx: ReadTx;
  readonly commit: Commit;
  readonly service: Service;
  /** Its tasks that are not STOPPED, after the commit. */
  readonly live: readonly Task[];
  /** Steps of its tasks in the commit. */
  readonly changes: readonly { readonly before: Task | undefined; readonly after: Task }[];
  readonly now: Instant;
  readonly report: Report;
}

/** Checks the services that a commit touches. (SIM-1, SIM-2, SIM-7 to SIM-9, SIM-13 to SIM-15, SIM-40) */
export function checkServices(
  tx: ReadTx,
  commit: Commit,
  { now, report }: { readonly now: Instant; readonly report: Report },
): void {
  for (const service of touchedServices(tx, commit)) {
    const changes = commit.changes.flatMap((change) => taskStep(change, service));
    const live = tx.find(tasks, 'service', service.serviceArn);
    const touched: Touched = { tx, commit, service, live, changes, now, report };
    checkDeployments(touched);
    checkStarts(touched);
    checkProtection(touched);
    if (service.deploymentController === 'EXTERNAL') {
      checkTaskSets(touched);
      continue;
    }
    checkStops(touched);
    checkCompletion(touched);
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

function taskStep({ collection, before, after }: Change, { serviceArn }: Service): Touched['changes'] {
  const task = collection === tasks.name ? (after as Task | undefined) : undefined;
  return task?.serviceArn === serviceArn ? [{ before: before as Task | undefined, after: task }] : [];
}

/** One deployment is PRIMARY, in front; every task that is to run is of one of them. (SIM-7, SIM-9) */
function checkDeployments({ service, live, report }: Touched): void {
  const { deployments, deploymentController } = service;
  const primaries = deployments.filter(({ status }) => status === 'PRIMARY');
  const isExternal = deploymentController === 'EXTERNAL';
  const isOne = primaries.length === 1 || (isExternal && primaries.length === 0);
  if (!isOne || (primaries.length === 1 && deployments[0] !== primaries[0]))
    report('SIM-9', `${service.serviceName} does not have one PRIMARY deployment in front`);
  const ids = new Set(deployments.map(({ id }) => id));
  for (const { taskArn, desiredStatus, deploymentId = '' } of live)
    if (desiredStatus === 'RUNNING' && !ids.has(deploymentId))
      report('SIM-7', `${taskArn} is of no deployment`);
}

/** (SIM-1, SIM-8, SIM-13) */
function checkStarts({ service, live, changes, report }: Touched): void {
  const started = changes.filter(({ before }) => before === undefined).map(({ after }) => after);
  if (started.length === 0) return;
  const percent = service.deploymentConfiguration.maximumPercent ?? 200;
  const ceiling = Math.floor((service.desiredCount * percent) / 100);
  const isBounded = service.schedulingStrategy === 'REPLICA' && service.deploymentController !== 'EXTERNAL';
  if (isBounded && live.length > ceiling)
    report('SIM-1', `${live.length} tasks where ${ceiling} are the most`);
  if (service.status !== 'ACTIVE')
    report('SIM-8', `${service.serviceName} is ${service.status} and starts a task`);
  for (const task of started) {
    const deployment = service.deployments.find(({ id }) => id === task.deploymentId);
    if (deployment?.rolloutState === 'FAILED')
      report('SIM-8', `${task.deploymentId} failed and starts a task`);
    const isPaused = deployment?.hooks?.some(
      ({ stage, status }) => stage === 'PRE_SCALE_UP' && status === 'AWAITING_ACTION',
    );
    if (isPaused === true) report('SIM-13', `${task.deploymentId} is paused and starts a task`);
  }
}

/** A task set that starts tasks has no more of them than it wants, those that are to be replaced aside. (SIM-40) */
function checkTaskSets({ tx, service, live, changes, report }: Touched): void {
  const started = new Set(
    changes.filter(({ before }) => before === undefined).map(({ after }) => after.deploymentId),
  );
  for (const { id, taskSet } of service.deployments) {
    if (!started.has(id)) continue;
    const want =
      taskSet === undefined || taskSet.isDraining
        ? 0
        : Math.ceil((service.desiredCount * taskSet.scalePercent) / 100);
    const good = live.filter(
      (task) =>
        task.deploymentId === id &&
        task.desiredStatus === 'RUNNING' &&
        task.healthStatus !== 'UNHEALTHY' &&
        tx.get(containerInstances, task.instanceArn ?? '')?.status === 'ACTIVE',
    );
    if (good.length > want) report('SIM-40', `${id} has ${good.length} tasks where it wants ${want}`);
  }
}

/** (SIM-14) */
function checkCompletion({ service, live, commit, now, report }: Touched): void {
  const change = commit.changes.find(
    ({ collection, key }) => collection === services.name && key === service.serviceArn,
  );
  const [before] = (change?.before as Service | undefined)?.deployments ?? [];
  const [after] = service.deployments;
  const isCompleted = after?.rolloutState === 'COMPLETED' && before?.id === after.id;
  if (!isCompleted || before?.rolloutState === 'COMPLETED') return;
  if ((after.bakeUntil ?? 0) > now) report('SIM-14', `${after.id} completed before it was baked`);
  const early = service.deploymentConfiguration.earlySuccessCriteria;
  const percent = early?.enable === true ? (early.healthyPercent ?? 100) : 100;
  const mine = live.filter((task) => task.deploymentId === after.id && isHealthy(task, now));
  if (mine.length < Math.ceil((service.desiredCount * percent) / 100))
    report('SIM-14', `${after.id} completed with ${mine.length} healthy tasks`);
}

/** (SIM-15) */
function checkProtection({ service, changes, now, report }: Touched): void {
  if (service.status !== 'ACTIVE') return;
  for (const { before, after } of changes) {
    const isMine = service.deployments.some(({ id }) => id === before?.deploymentId);
    const isStopped = before?.desiredStatus === 'RUNNING' && after.desiredStatus === 'STOPPED';
    const isOurs =
      after.stopCode === 'ServiceSchedulerInitiated' && !/health/.test(after.stoppedReason ?? '');
    if (isMine && isStopped && isOurs && (before.protectedUntil ?? 0) > now)
      report('SIM-15', `${before.taskArn} was stopped under its protection`);
  }
}

/** (SIM-2) */
function checkStops({ tx, service, live, changes, now, report }: Touched): void {
  const old = new Map(changes.map(({ before, after }) => [after.taskArn, before]));
  // What a DAEMON service has on a host that is left goes with the host.
  const isLeft = ({ instanceArn = '' }: Task): boolean =>
    service.schedulingStrategy === 'DAEMON' && !isDaemonHost(tx, service, instanceArn);
  const lost = changes.filter(
    ({ before, after }) =>
      before !== undefined &&
      before.desiredStatus === 'RUNNING' &&
      isHealthy(before, now) &&
      after.desiredStatus === 'STOPPED' &&
      after.stopCode === 'ServiceSchedulerInitiated' &&
      !isLeft(after),
  ).length;
  if (lost === 0) return;
  const ended = changes.filter(({ after }) => after.lastStatus === 'STOPPED').map(({ after }) => after);
  const before = [...live, ...ended].map((task) => (old.has(task.taskArn) ? old.get(task.taskArn) : task));
  const healthy = before.filter((task) => task !== undefined && isHealthy(task, now)).length;
  const percent = service.deploymentConfiguration.minimumHealthyPercent ?? 100;
  const floor = Math.ceil((service.desiredCount * percent) / 100);
  if (healthy - lost < floor)
    report('SIM-2', `${healthy - lost} healthy tasks are left where ${floor} are the least`);
}

function isDaemonHost(tx: ReadTx, { placementConstraints }: Service, instanceArn: string): boolean {
  const host = tx.get(containerInstances, instanceArn);
  const isBlue = host?.attributes.some(({ name, value }) => name === 'color' && value === 'blue') === true;
  return host?.status === 'ACTIVE' && (placementConstraints.length === 0 || isBlue);
}

function isHealthy(task: Task, now: Instant): boolean {
  if (task.lastStatus !== 'RUNNING' || task.desiredStatus !== 'RUNNING') return false;
  const hasCheck = task.containers.some(({ healthStatus }) => healthStatus !== undefined);
  if (hasCheck) return task.healthStatus === 'HEALTHY';
  return task.startedAt !== undefined && now >= task.startedAt + HEALTHY_AFTER_MS;
}

import type { ContainerInstance } from '../domain/container-instance.ts';
import type { Task } from '../domain/task.ts';
import { containerInstances, services, tasks } from '../records/collections.ts';
import type { Change, Commit, ReadTx } from '../store/store.ts';
import type { Report } from './violation.ts';
import type { World } from './world.ts';

/** Checks the books of the hosts that a commit touches, and where it places tasks. (SIM-3, SIM-6, SIM-16 to SIM-19, SIM-49) */
export function checkHostRules(
  tx: ReadTx,
  commit: Commit,
  { report, isLongAway }: { readonly report: Report; readonly isLongAway: (arn: string) => boolean },
): void {
  const placed = commit.changes.filter(
    ({ collection, before, after }) =>
      collection === tasks.name && before === undefined && after !== undefined,
  );
  for (const change of placed) {
    checkPlace(tx, change, report);
    const { taskArn, instanceArn = '' } = change.after as Task;
    if (isLongAway(instanceArn)) report('SIM-16', `${taskArn} is placed on a host that nobody can reach`);
  }
  const placedOn = new Set(placed.map(({ after }) => (after as Task).instanceArn));
  for (const { collection, after } of commit.changes) {
    const host = after as ContainerInstance | undefined;
    if (collection !== containerInstances.name || host === undefined) continue;
    checkBooks(tx, host, report);
    if (placedOn.has(host.containerInstanceArn)) checkRoom(tx, host, report);
  }
}

function checkPlace(tx: ReadTx, { after }: Change, report: Report): void {
  const task = after as Task;
  if (task.instanceArn === undefined) return;
  const host = tx.get(containerInstances, task.instanceArn);
  if (host?.status !== 'ACTIVE')
    report('SIM-16', `${task.taskArn} is placed on a host that is ${host?.status}`);
  if (host?.agentConnected !== true) report('SIM-16', `${task.taskArn} is placed on a host that is away`);
  const address = task.networkInterface?.privateIpv4Address;
  if (address !== undefined && tx.count(tasks, 'address', `ip=${address}`) > 1)
    report('SIM-49', `${address} is of two tasks`);
  checkConstraints(tx, task, report);
}

/** Where the task's service may have tasks. (SIM-17 to SIM-19) */
function checkConstraints(tx: ReadTx, task: Task, report: Report): void {
  const host = tx.get(containerInstances, task.instanceArn ?? '');
  const service = tx.get(services, task.serviceArn ?? '');
  // Managed daemons come first on a host: their room is left alone by all others. (MDM-30)
  const isOfDaemon = service?.schedulingStrategy === 'DAEMON' || task.daemonArn !== undefined;
  if (!isOfDaemon) checkDaemonRoom(tx, task, report);
  if (service === undefined) return;
  const others = tx.find(tasks, 'spread', `${service.serviceArn} ${task.instanceArn}`);
  if (service.schedulingStrategy === 'DAEMON' && others.length > 1)
    report('SIM-19', `${task.taskArn} is the second of its service on its host`);
  for (const { type } of service.placementConstraints) {
    const live = others.filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
    if (type === 'distinctInstance' && live.length > 1)
      report('SIM-17', `${task.taskArn} is not alone on its host`);
    if (type === 'memberOf' && colorOf(host) !== 'blue')
      report('SIM-18', `${task.taskArn} is on a host that is not blue`);
  }
}

/** Tasks of other kinds leave the room that DAEMON services are to have on the host. (SIM-50) */
function checkDaemonRoom(tx: ReadTx, task: Task, report: Report): void {
  const host = tx.get(containerInstances, task.instanceArn ?? '');
  if (host === undefined || host.pool === 'FARGATE') return;
  const lacking = tx
    .all(services)
    .filter(({ schedulingStrategy, status }) => schedulingStrategy === 'DAEMON' && status === 'ACTIVE')
    .filter((daemon) => daemon.placementConstraints.length === 0 || colorOf(host) === 'blue')
    .filter(({ serviceArn }) => tx.count(tasks, 'spread', `${serviceArn} ${task.instanceArn}`) === 0);
  const { registered, reserved } = host;
  const isOverdrawn = (name: 'cpuUnits' | 'memoryMib'): boolean =>
    reserved[name] + lacking.length * task.reserved[name] > registered[name];
  if (isOverdrawn('cpuUnits') || isOverdrawn('memoryMib'))
    report('SIM-50', `${task.taskArn} takes the room of a DAEMON task`);
}

const colorOf = (host: ContainerInstance | undefined): string | undefined =>
  host?.attributes.find(({ name }) => name === 'color')?.value;

function checkBooks(tx: ReadTx, host: ContainerInstance, report: Report): void {
  const held = tx.find(tasks, 'instance', host.containerInstanceArn).map(({ reserved }) => reserved);
  const sum = (name: 'cpuUnits' | 'memoryMib'): number => held.reduce((total, each) => total + each[name], 0);
  const { reserved } = host;
  if (reserved.cpuUnits !== sum('cpuUnits') || reserved.memoryMib !== sum('memoryMib'))
    report('SIM-3', `${host.containerInstanceArn} does not hold the sum of its tasks`);
  const ports = held.flatMap(({ tcpPorts }) => tcpPorts).sort((one, other) => one - other);
  if (ports.join() !== reserved.tcpPorts.join())
    report('SIM-6', `${host.containerInstanceArn} does not hold the ports of its tasks`);
}

/** What a host has is not overdrawn by what is placed on it, whatever it said of itself since the task before. */
function checkRoom(
  tx: ReadTx,
  { containerInstanceArn: arn, registered, reserved }: ContainerInstance,
  report: Report,
): void {
  if (reserved.cpuUnits > registered.cpuUnits || reserved.memoryMib > registered.memoryMib)
    report('SIM-3', `${arn} holds more than it has`);
  const fixed = tx
    .find(tasks, 'instance', arn)
    .flatMap(({ reserved: { tcpPorts } }) => tcpPorts)
    .filter((port) => port === 80);
  if (fixed.length > 1) report('SIM-6', `${arn} has a port twice`);
}

/** A task that was to stop and has not; undefined when there is none. (SIM-26) */
export function unfinishedStop(world: World): string | undefined {
  const rows = world.store.read((tx) => tx.all(tasks));
  return rows.find(({ desiredStatus, lastStatus }) => desiredStatus === 'STOPPED' && lastStatus !== 'STOPPED')
    ?.taskArn;
}

/** Where what a host runs differs from what the rows say of it; undefined when all are alike. (SIM-25) */
export function checkHosts(world: World): string | undefined {
  if (!world.isUp) return 'the control plane is away';
  for (const host of world.hosts) {
    const rows = world.store.read((tx) => tx.find(tasks, 'instance', host.instanceArn));
    const wanted = rows.map(({ taskArn }) => taskArn).sort();
    const found = [...host.activeTaskArns].sort();
    const row = world.store.read((tx) => tx.get(containerInstances, host.instanceArn));
    if (row?.agentConnected !== host.isConnected)
      return `${host.instanceArn} says ${row?.agentConnected} of its agent`;
    if (rows.some(({ connectivity }) => connectivity === 'DISCONNECTED'))
      return `${host.instanceArn} is there and its tasks are DISCONNECTED`;
    if (wanted.join() !== found.join())
      return `${host.instanceArn} runs ${found.length} tasks and should run ${wanted.length}`;
  }
  return undefined;
}

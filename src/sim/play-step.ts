import { createService } from '../api/ecs/create-service.ts';
import { deleteService } from '../api/ecs/delete-service.ts';
import { runTask } from '../api/ecs/run-task.ts';
import { stopServiceDeployment } from '../api/ecs/stop-service-deployment.ts';
import { stopTask } from '../api/ecs/stop-task.ts';
import { updateTaskProtection } from '../api/ecs/task-protection.ts';
import { updateContainerInstancesState } from '../api/ecs/update-container-instances-state.ts';
import { updateService } from '../api/ecs/update-service.ts';
import type { Task } from '../domain/task.ts';
import { unreachable } from '../lib/assert.ts';
import { plusMs } from '../lib/clock.ts';
import { putAlarm } from '../records/alarms.ts';
import { services, tasks } from '../records/collections.ts';
import type { Scenario, ScenarioStep } from './scenario.ts';
import { ALARM, possiblePercents, SERVICE, serviceOf } from './set-up.ts';
import type { World } from './world.ts';

/** How often a client asks for a service whose name is not free yet. */
const CREATE_AGAIN_MS = 10_000;

/** Gives a command to the installation, or has something go wrong in it. */
export function playStep(world: World, scenario: Scenario, step: ScenarioStep): void {
  const host = 'host' in step ? world.hosts[step.host % world.hosts.length] : undefined;
  switch (step.kind) {
    case 'deploy':
      world.call(updateService, { service: SERVICE, taskDefinition: step.revision });
      break;
    case 'force-deployment':
      world.call(updateService, { service: SERVICE, forceNewDeployment: true });
      break;
    case 'stop-deployment':
      stopRollout(world, step.stopType);
      break;
    case 'protect-task':
      protectAnyTask(world, step.forMinutes);
      break;
    case 'raise-alarm':
      setAlarm(world, 'ALARM');
      world.clock.schedule(plusMs(world.clock.now(), step.forSeconds * 1000), () => setAlarm(world, 'OK'));
      break;
    case 'scale':
      world.call(updateService, { service: SERVICE, desiredCount: step.desiredCount });
      break;
    case 'set-percents': {
      const deploymentConfiguration = possiblePercents(step.maximumPercent, step.minimumHealthyPercent);
      world.call(updateService, { service: SERVICE, deploymentConfiguration });
      break;
    }
    case 'recreate':
      world.call(deleteService, { service: SERVICE, force: true });
      createAgain(world, scenario);
      break;
    case 'run-tasks':
      runTasksBeside(world, scenario, step.count);
      break;
    case 'stop-task':
      stopAnyTask(world);
      break;
    case 'kill-container':
      host?.killContainer();
      break;
    case 'lose-link':
      host?.loseLink(step.forSeconds * 1000);
      break;
    case 'crash-host':
      host?.crash(step.forSeconds * 1000);
      break;
    case 'drain':
      if (host !== undefined) drain(world, host.instanceArn, step.forSeconds * 1000);
      break;
    case 'restart':
      world.restart(step.forSeconds * 1000);
      break;
    default:
      unreachable(step);
  }
}

function stopRollout(world: World, stopType: 'ROLLBACK' | 'ABORT'): void {
  const [service] = world.isUp ? world.store.read((tx) => tx.all(services)) : [];
  const serviceDeploymentArn = service?.deployments[0]?.serviceDeploymentArn;
  if (serviceDeploymentArn !== undefined)
    world.call(stopServiceDeployment, { serviceDeploymentArn, stopType });
}

/** Puts the alarm of the run into a state, as whoever watches it would. */
export function setAlarm(world: World, state: 'OK' | 'ALARM'): void {
  world.call(({ store }) => store.write((tx) => putAlarm(tx, { alarmName: ALARM, state })), {});
}

function drain(world: World, instanceArn: string, forMs: number): void {
  setHostStatus(world, instanceArn, 'DRAINING');
  world.clock.schedule(plusMs(world.clock.now(), forMs), () => setHostStatus(world, instanceArn, 'ACTIVE'));
}

/** Asks for a host's status. While the control plane is away the call is lost. */
export function setHostStatus(world: World, instanceArn: string, status: 'ACTIVE' | 'DRAINING'): void {
  const cluster = instanceArn.split('/')[1];
  world.call(updateContainerInstancesState, { cluster, containerInstances: [instanceArn], status });
}

function anyTask(world: World): Task | undefined {
  if (!world.isUp) return undefined;
  const live = world.store
    .read((tx) => tx.all(tasks))
    .filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
  return live[world.rng.below(Math.max(1, live.length))];
}

function protectAnyTask(world: World, expiresInMinutes: number): void {
  const task = anyTask(world);
  if (task === undefined) return;
  const { clusterArn: cluster, taskArn } = task;
  world.call(updateTaskProtection, { cluster, tasks: [taskArn], protectionEnabled: true, expiresInMinutes });
}

function stopAnyTask(world: World): void {
  const task = anyTask(world);
  if (task !== undefined) world.call(stopTask, { task: task.taskArn });
}

/** A service that drains keeps its name for a while. */
function createAgain(world: World, scenario: Scenario): void {
  world.clock.schedule(plusMs(world.clock.now(), CREATE_AGAIN_MS), () => {
    const [service] = world.isUp ? world.store.read((tx) => tx.all(services)) : [];
    const isFree = world.isUp && (service === undefined || service.status === 'INACTIVE');
    if (isFree) world.call(createService, serviceOf(world, scenario));
    if (service?.status !== 'ACTIVE') createAgain(world, scenario);
  });
}

function runTasksBeside(world: World, scenario: Scenario, count: number): void {
  if (!world.isUp) return;
  const { launchType, networkConfiguration } = serviceOf(world, scenario);
  world.call(runTask, { taskDefinition: 'good', count, launchType, networkConfiguration });
}

/** Stops all tasks that are not the service's. */
export function stopTasksBeside(world: World): void {
  const rows = world.isUp ? world.store.read((tx) => tx.all(tasks)) : [];
  for (const { taskArn, serviceArn, desiredStatus } of rows) {
    if (serviceArn === undefined && desiredStatus === 'RUNNING') world.call(stopTask, { task: taskArn });
  }
}

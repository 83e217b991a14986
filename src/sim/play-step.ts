import { stopTask } from '../api/ecs/stop-task.ts';
import { updateTaskProtection } from '../api/ecs/task-protection.ts';
import type { Task } from '../domain/task.ts';
import { plusMs } from '../lib/clock.ts';
import { putAlarm } from '../records/alarms.ts';
import { tasks } from '../records/collections.ts';
import { playHostStep } from './host-steps.ts';
import { deployDaemon } from './managed-daemon.ts';
import type { Scenario, ScenarioStep } from './scenario.ts';
import { ALARM, plannedServices } from './service-requests.ts';
import { playServiceStep } from './service-steps.ts';
import type { Report } from './violation.ts';
import type { World } from './world.ts';

/** Gives a command to the installation, or has something go wrong in it. */
export function playStep(world: World, scenario: Scenario, step: ScenarioStep, report: Report): void {
  if ('host' in step) {
    playHostStep(world, step);
    return;
  }
  switch (step.kind) {
    case 'protect-task':
      protectAnyTask(world, step.forMinutes);
      break;
    case 'raise-alarm':
      setAlarm(world, 'ALARM');
      world.clock.schedule(plusMs(world.clock.now(), step.forSeconds * 1000), () => setAlarm(world, 'OK'));
      break;
    case 'stop-task':
      stopAnyTask(world);
      break;
    case 'deploy-daemon':
      if (scenario.managedDaemon !== undefined) deployDaemon(world, step.revision);
      break;
    case 'push-image':
      world.pushImage(step.revision);
      break;
    case 'restart':
      world.restart(step.forSeconds * 1000);
      break;
    default: {
      const planned = plannedServices(scenario);
      const target = planned[(step.service ?? 0) % planned.length];
      if (target !== undefined) playServiceStep(world, target, step, report);
    }
  }
}

/** Puts the alarm of the run into a state, as whoever watches it would. */
export function setAlarm(world: World, state: 'OK' | 'ALARM'): void {
  world.call(({ store }) => store.write((tx) => putAlarm(tx, { alarmName: ALARM, state })), {});
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

/** Stops all tasks that are of no service and no daemon. */
export function stopTasksBeside(world: World): void {
  const rows = world.isUp ? world.store.read((tx) => tx.all(tasks)) : [];
  for (const { taskArn, serviceArn, daemonArn, desiredStatus } of rows) {
    if (serviceArn === undefined && daemonArn === undefined && desiredStatus === 'RUNNING')
      world.call(stopTask, { task: taskArn });
  }
}

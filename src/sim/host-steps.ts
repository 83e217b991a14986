import { putAttributes } from '../api/ecs/put-attributes.ts';
import { updateContainerInstancesState } from '../api/ecs/update-container-instances-state.ts';
import { unreachable } from '../lib/assert.ts';
import { plusMs } from '../lib/clock.ts';
import type { HostStep } from './scenario.ts';
import type { World } from './world.ts';

/** How long the control plane is away when a link is lost meanwhile. */
const RESTART_MS = 4_000;

/** Has something happen to a host. */
export function playHostStep(world: World, step: HostStep): void {
  const host = world.hosts[step.host % world.hosts.length];
  if (host === undefined) return;
  switch (step.kind) {
    case 'kill-container':
      host.killContainer();
      break;
    case 'lose-link':
      host.loseLink(step.forSeconds * 1000);
      break;
    case 'lose-link-in-restart':
      world.restart(RESTART_MS);
      world.clock.schedule(plusMs(world.clock.now(), RESTART_MS / 2), () =>
        host.loseLink(step.forSeconds * 1000),
      );
      break;
    case 'flap':
      host.flap(step.times);
      break;
    case 'partition':
      for (const each of world.hosts.slice(step.host % world.hosts.length).slice(0, step.hostCount))
        each.loseLink(step.forSeconds * 1000);
      break;
    case 'crash-host':
      host.crash(step.forSeconds * 1000);
      break;
    case 'drain':
      drain(world, host.instanceArn, step.forSeconds * 1000);
      break;
    case 'slow-host':
      host.slowDown(step.delaySeconds * 1000);
      world.clock.schedule(plusMs(world.clock.now(), step.forSeconds * 1000), () => host.slowDown(0));
      break;
    case 'lie':
      host.lie(step.lie);
      break;
    case 'paint':
      paint(world, host.instanceArn, step.color);
      break;
    default:
      unreachable(step);
  }
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

/** Gives a host the attribute `color`. */
export function paint(world: World, instanceArn: string, color: 'blue' | 'red'): void {
  const [, cluster = '', targetId = ''] = instanceArn.split('/');
  const targetType = 'container-instance' as const;
  const attributes = [{ name: 'color', value: color, targetType, targetId }];
  world.call(putAttributes, { cluster, attributes });
}

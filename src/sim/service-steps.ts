import { continueServiceDeployment } from '../api/ecs/continue-service-deployment.ts';
import { createService } from '../api/ecs/create-service.ts';
import { createTaskSet } from '../api/ecs/create-task-set.ts';
import { deleteService } from '../api/ecs/delete-service.ts';
import { deleteTaskSet } from '../api/ecs/delete-task-set.ts';
import { runTask } from '../api/ecs/run-task.ts';
import { stopServiceDeployment } from '../api/ecs/stop-service-deployment.ts';
import { updateService } from '../api/ecs/update-service.ts';
import { updateServicePrimaryTaskSet } from '../api/ecs/update-service-primary-task-set.ts';
import { updateTaskSet } from '../api/ecs/update-task-set.ts';
import type { Service } from '../domain/service.ts';
import { unreachable } from '../lib/assert.ts';
import { plusMs } from '../lib/clock.ts';
import { services } from '../records/collections.ts';
import { askNonsense } from './nonsense.ts';
import type { ServiceStep } from './scenario.ts';
import {
  capacityOf,
  familyOf,
  type PlannedService,
  percentsOf,
  serviceRequest,
  taskSetRequest,
} from './service-requests.ts';
import type { Report } from './violation.ts';
import type { World } from './world.ts';

/** How often a client asks for a service whose name is not free yet. */
const CREATE_AGAIN_MS = 10_000;

/** Gives a command for a service. */
export function playServiceStep(
  world: World,
  target: PlannedService,
  step: ServiceStep,
  report: Report,
): void {
  if (!world.isUp) return;
  const { name: service, plan } = target;
  switch (step.kind) {
    case 'deploy':
      world.call(updateService, { service, taskDefinition: familyOf(plan, step.revision) });
      break;
    case 'force-deployment':
      world.call(updateService, { service, forceNewDeployment: true });
      break;
    case 'stop-deployment':
      stopRollout(world, target, step.stopType);
      break;
    case 'continue-deployment':
      continueRollout(world, target, step.action);
      break;
    case 'scale':
      world.call(updateService, { service, desiredCount: step.desiredCount });
      break;
    case 'set-percents':
      world.call(updateService, { service, deploymentConfiguration: percentsOf(plan, step) });
      break;
    case 'set-balancing':
      world.call(updateService, {
        service,
        availabilityZoneRebalancing: step.isOn ? 'ENABLED' : 'DISABLED',
      });
      break;
    case 'recreate':
      world.call(deleteService, { service, force: true });
      createAgain(world, target);
      break;
    case 'run-tasks':
      world.call(runTask, {
        taskDefinition: familyOf(plan, 'good'),
        count: step.count,
        ...capacityOf(world, plan),
      });
      break;
    case 'create-task-set':
      world.call(createTaskSet, taskSetRequest(world, target, step));
      break;
    case 'scale-task-set':
    case 'make-primary':
    case 'delete-task-set':
      changeTaskSet(world, target, step);
      break;
    case 'ask-nonsense':
      askNonsense(world, target, report);
      break;
    default:
      unreachable(step);
  }
}

/** The row of a service; undefined while the control plane is away or when it is not there. */
export function findService(world: World, name: string): Service | undefined {
  if (!world.isUp) return undefined;
  return world.store.read((tx) => tx.all(services)).find(({ serviceName }) => serviceName === name);
}

function stopRollout(world: World, { name }: PlannedService, stopType: 'ROLLBACK' | 'ABORT'): void {
  const serviceDeploymentArn = findService(world, name)?.deployments[0]?.serviceDeploymentArn ?? '';
  if (serviceDeploymentArn !== '') world.call(stopServiceDeployment, { serviceDeploymentArn, stopType });
}

function continueRollout(world: World, { name }: PlannedService, action: 'CONTINUE' | 'ROLLBACK'): void {
  const deployment = findService(world, name)?.deployments[0];
  const hook = deployment?.hooks?.find(({ status }) => status === 'AWAITING_ACTION');
  if (deployment === undefined || hook === undefined) return;
  const { serviceDeploymentArn } = deployment;
  world.call(continueServiceDeployment, { serviceDeploymentArn, hookId: hook.hookId, action });
}

function changeTaskSet(
  world: World,
  { name: service }: PlannedService,
  step: Extract<ServiceStep, { set: number }>,
): void {
  const sets = findService(world, service)?.deployments ?? [];
  const taskSet = sets[step.set % Math.max(1, sets.length)]?.taskSet?.taskSetArn;
  if (taskSet === undefined) return;
  const target = { cluster: 'default', service };
  switch (step.kind) {
    case 'scale-task-set':
      world.call(updateTaskSet, { ...target, taskSet, scale: { unit: 'PERCENT', value: step.scalePercent } });
      break;
    case 'make-primary':
      world.call(updateServicePrimaryTaskSet, { ...target, primaryTaskSet: taskSet });
      break;
    case 'delete-task-set':
      world.call(deleteTaskSet, { ...target, taskSet, force: true });
      break;
    default:
      unreachable(step);
  }
}

/** A service that drains keeps its name for a while. */
function createAgain(world: World, target: PlannedService): void {
  world.clock.schedule(plusMs(world.clock.now(), CREATE_AGAIN_MS), () => {
    const service = findService(world, target.name);
    const isFree = world.isUp && (service === undefined || service.status === 'INACTIVE');
    if (isFree) world.call(createService, serviceRequest(world, target));
    if (service?.status !== 'ACTIVE') createAgain(world, target);
  });
}

import { taskSetArn } from '../../domain/arn.ts';
import type { Service, TaskSetState } from '../../domain/service.ts';
import { services } from '../../records/collections.ts';
import { rememberToken, tokenUse } from '../../records/idempotency.ts';
import { newDeployment } from '../../records/services.ts';
import type { EcsOperations, Scale } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { checkTags } from './cluster-rules.ts';
import { ecsErrors } from './errors.ts';
import { existingService } from './service-reference.ts';
import { resolveSpec, usableDefinition } from './service-spec.ts';
import { refuseUnsupported } from './service-unsupported.ts';
import { checkHasTaskSets, existingTaskSet, type TaskSetRow, taskSetsOf } from './task-set-reference.ts';
import { toTaskSetShape } from './task-set-shape.ts';

type Shapes = EcsOperations['CreateTaskSet'];

/** How many task sets a service may have. (TSE-1) */
const TASK_SETS_MAX_COUNT = 5;

/** Makes a task set of a service whose deployments are made outside. The same token again answers the same set. (TSE-1) */
export const createTaskSet: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const { loadBalancers, serviceRegistries } = input;
  refuseUnsupported({ loadBalancers, serviceRegistries });
  checkTags(input.tags ?? []);
  const scalePercent = readScale(input.scale);
  return context.store.write((tx) => {
    const { service, cluster } = existingService(tx, context.installation, input);
    checkHasTaskSets(service);
    const now = context.clock.now();
    const { clientToken: token = '' } = input;
    const scope = { operation: 'CreateTaskSet', clusterArn: cluster.clusterArn, token };
    const use = token === '' ? undefined : tokenUse(tx, scope, { input, now });
    if (use?.kind === 'conflict') throw ecsErrors.invalid('Creation of task set was not idempotent.');
    if (use?.kind === 'repeat') {
      const known = existingTaskSet(service, use.resourceArns[0] ?? '');
      return { taskSet: toTaskSetShape(tx, service, known) };
    }
    if (taskSetsOf(service).length >= TASK_SETS_MAX_COUNT)
      throw ecsErrors.limitExceeded(`A service can have at most ${TASK_SETS_MAX_COUNT} task sets.`);
    const where = { tx, scope: context.installation, cluster };
    const definition = usableDefinition(where, input.taskDefinition);
    const spec = resolveSpec(where, input, definition);
    const id = `ecs-svc/${context.ids.digits(19)}`;
    const taskSet: TaskSetState = {
      taskSetArn: taskSetArn(context.installation, service, id),
      externalId: input.externalId ?? undefined,
      scalePercent,
      isDraining: false,
      stabilityStatus: 'STABILIZING',
      stabilityStatusAt: now,
      tags: input.tags ?? [],
    };
    const made = newDeployment(spec, { id, now, revisionArn: '', serviceDeploymentArn: '' });
    const row: TaskSetRow = { ...made, status: 'ACTIVE', rolloutState: 'COMPLETED', taskSet };
    const after: Service = { ...service, deployments: withNewest(service, row) };
    tx.put(services, after);
    if (token !== '') rememberToken(tx, scope, { input, resourceArns: [taskSet.taskSetArn], now });
    return { taskSet: toTaskSetShape(tx, after, row) };
  });
};

/** The PRIMARY set stays in front. */
const withNewest = ({ deployments }: Service, row: TaskSetRow): Service['deployments'] => [
  ...deployments.filter(({ status }) => status === 'PRIMARY'),
  row,
  ...deployments.filter(({ status }) => status !== 'PRIMARY'),
];

/** A percentage of the service's count: all of it unless said otherwise. (TSE-2) */
export function readScale(scale: Scale | undefined): number {
  const { value = 100, unit = 'PERCENT' } = scale ?? {};
  if (unit !== 'PERCENT' || !(value >= 0 && value <= 100))
    throw ecsErrors.invalid('scale must be between 0 and 100 PERCENT.');
  return value;
}

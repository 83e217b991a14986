import type { Deployment, Service } from '../../domain/service.ts';
import { services } from '../../records/collections.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { existingService } from './service-reference.ts';
import { checkHasTaskSets, existingTaskSet, type TaskSetRow } from './task-set-reference.ts';
import { toTaskSetShape } from './task-set-shape.ts';

type Shapes = EcsOperations['UpdateServicePrimaryTaskSet'];

/** Says which task set serves: its parameters become the service's, and the one before becomes ACTIVE. (TSE-7) */
export const updateServicePrimaryTaskSet: Operation<Shapes['input'], Shapes['output']> = (context, input) =>
  context.store.write((tx) => {
    const { service } = existingService(tx, context.installation, input);
    checkHasTaskSets(service);
    const chosen = existingTaskSet(service, input.primaryTaskSet);
    const row: TaskSetRow = { ...chosen, status: 'PRIMARY', updatedAt: context.clock.now() };
    const others = service.deployments.filter(({ id }) => id !== row.id);
    const replaced = others.map((each): Deployment => ({ ...each, status: 'ACTIVE' }));
    const after: Service = { ...service, spec: row.spec, deployments: [row, ...replaced] };
    tx.put(services, after);
    return { taskSet: toTaskSetShape(tx, after, row) };
  });

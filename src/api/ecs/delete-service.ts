import type { Service } from '../../domain/service.ts';
import { services } from '../../records/collections.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { existingService } from './service-reference.ts';
import { toServiceShape } from './service-shape.ts';

type Shapes = EcsOperations['DeleteService'];

/** Takes a service out of use: DRAINING until its tasks are stopping, then INACTIVE. Repeating it is harmless. (SVC-11) */
export const deleteService: Operation<Shapes['input'], Shapes['output']> = (context, input) =>
  context.store.write((tx) => {
    const { service: before } = existingService(tx, context.installation, input);
    if (before.status === 'INACTIVE') throw ecsErrors.serviceNotFound();
    const isScaled = before.schedulingStrategy === 'REPLICA' && before.desiredCount > 0;
    if (isScaled && input.force !== true) throw ecsErrors.serviceScaled();
    const service: Service = { ...before, status: 'DRAINING', desiredCount: 0 };
    tx.put(services, service);
    return { service: { ...toServiceShape(tx, service), tags: service.tags } };
  });

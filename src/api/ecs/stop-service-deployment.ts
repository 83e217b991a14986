import { isTerminal, mayBecome } from '../../core/deployment/deployment-status.ts';
import type { Service } from '../../domain/service.ts';
import { services } from '../../records/collections.ts';
import { serviceDeployments } from '../../records/service-deployments.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['StopServiceDeployment'];

/**
 * Asks for the end of a rollout: with `ROLLBACK` the service goes back to what was completed last, with `ABORT` it stays
 * with the tasks that it has. One that is stopping or going back already does so on. (SDP-7)
 */
export const stopServiceDeployment: Operation<Shapes['input'], Shapes['output']> = (
  { store, clock },
  input,
) =>
  store.write((tx) => {
    const { serviceDeploymentArn: arn } = input;
    const record = tx.get(serviceDeployments, arn);
    const service = record && tx.get(services, record.serviceArn);
    if (record === undefined || service === undefined) throw ecsErrors.serviceDeploymentNotFound();
    if (isTerminal(record.status)) throw ecsErrors.serviceDeploymentOver(arn);
    const stopRequest = input.stopType ?? 'ROLLBACK';
    const status = stopRequest === 'ROLLBACK' ? 'ROLLBACK_REQUESTED' : 'STOP_REQUESTED';
    if (mayBecome(record.status, status)) {
      tx.put(serviceDeployments, { ...record, status, updatedAt: clock.now() });
      tx.put(services, withRequest(service, arn, stopRequest));
    }
    return { serviceDeploymentArn: arn };
  });

const withRequest = (service: Service, arn: string, stopRequest: 'ROLLBACK' | 'ABORT'): Service => ({
  ...service,
  deployments: service.deployments.map((each) =>
    each.serviceDeploymentArn === arn ? { ...each, stopRequest } : each,
  ),
});

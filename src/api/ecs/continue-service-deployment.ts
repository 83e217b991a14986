import { isTerminal } from '../../core/deployment/deployment-status.ts';
import type { DeploymentHook, Service } from '../../domain/service.ts';
import { services } from '../../records/collections.ts';
import { serviceDeployments } from '../../records/service-deployments.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['ContinueServiceDeployment'];

const HOOK_ID = /^ecs-[a-z]+-[A-Za-z0-9_-]+$/;

/** Lets a deployment that a hook has paused go on, or takes it back. (DEP-21) */
export const continueServiceDeployment: Operation<Shapes['input'], Shapes['output']> = (
  { store, clock },
  input,
) => {
  const { serviceDeploymentArn: arn, hookId, action } = input;
  if (!HOOK_ID.test(hookId)) throw ecsErrors.hookIdInvalid();
  return store.write((tx) => {
    const record = tx.get(serviceDeployments, arn);
    const service = record && tx.get(services, record.serviceArn);
    if (record === undefined || service === undefined) throw ecsErrors.serviceDeploymentNotFound();
    if (isTerminal(record.status)) throw ecsErrors.continueTerminal();
    const deployment = service.deployments.find((each) => each.serviceDeploymentArn === arn);
    const hook = deployment?.hooks?.find((each) => each.hookId === hookId);
    if (hook?.status !== 'AWAITING_ACTION' || record.status !== 'IN_PROGRESS')
      throw ecsErrors.hookUnavailable();
    const isRollback = action === 'ROLLBACK';
    tx.put(services, answered(service, arn, { ...hook, status: isRollback ? 'FAILED' : 'SUCCEEDED' }));
    if (isRollback)
      tx.put(serviceDeployments, { ...record, status: 'ROLLBACK_REQUESTED', updatedAt: clock.now() });
    return { serviceDeploymentArn: arn };
  });
};

/** A hook that failed takes its deployment back. */
const answered = (service: Service, arn: string, hook: DeploymentHook): Service => ({
  ...service,
  deployments: service.deployments.map((each) => {
    if (each.serviceDeploymentArn !== arn || each.hooks === undefined) return each;
    const hooks = each.hooks.map((other) => (other.hookId === hook.hookId ? hook : other));
    return { ...each, hooks, stopRequest: hook.status === 'FAILED' ? 'ROLLBACK' : each.stopRequest };
  }),
});

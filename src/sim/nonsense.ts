import { createService } from '../api/ecs/create-service.ts';
import { createTaskSet } from '../api/ecs/create-task-set.ts';
import { updateService } from '../api/ecs/update-service.ts';
import type { Operation } from '../api/operation.ts';
import { ServiceError } from '../lib/service-error.ts';
import { familyOf, type PlannedService, serviceRequest, taskSetRequest } from './service-requests.ts';
import type { Report } from './violation.ts';
import type { World } from './world.ts';

/** Asks for what AWS refuses, of which nothing may come. (SIM-47) */
export function askNonsense(world: World, target: PlannedService, report: Report): void {
  const { name: service, plan } = target;
  const request = serviceRequest(world, target);
  const refused = <Input, Output>(operation: Operation<Input, Output>, input: Input): void => {
    const context = world.context();
    const answer = Promise.resolve().then(() => operation(context, input));
    answer.then(
      () => report('SIM-47', `answered instead of refused: ${JSON.stringify(input)}`),
      (error: unknown) => {
        if (!(error instanceof ServiceError)) report('SIM-47', `failed instead of refused: ${error}`);
      },
    );
  };
  refused(createService, {
    ...request,
    serviceName: 'nonsense',
    deploymentController: { type: 'CODE_DEPLOY' },
    taskDefinition: familyOf(plan, 'good'),
  });
  refused(createService, { ...request, serviceName: 'nonsense', desiredCount: -1 });
  refused(updateService, { service: 'nonsense', desiredCount: 1 });
  if (plan.kind === 'DAEMON') refused(updateService, { service, desiredCount: 3 });
  if (plan.kind === 'EXTERNAL') {
    refused(updateService, { service, taskDefinition: familyOf(plan, 'better') });
    refused(updateService, { service, availabilityZoneRebalancing: 'ENABLED' });
  } else refused(createTaskSet, taskSetRequest(world, target, { revision: 'good', scalePercent: 50 }));
  if (plan.kind === 'REPLICA')
    refused(updateService, {
      service,
      deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 100 },
    });
}

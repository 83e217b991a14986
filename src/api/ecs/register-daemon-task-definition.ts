import { prepareDaemonDefinition } from '../../core/daemon/prepare-daemon-definition.ts';
import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { daemonTaskDefinitionArn } from '../../domain/arn.ts';
import { daemonDefinitionFamilies, daemonTaskDefinitions } from '../../records/daemon-definitions.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['RegisterDaemonTaskDefinition'];

/** Makes the next revision of a family of daemon task definitions; the same content twice makes two. (MDM-1) */
export const registerDaemonTaskDefinition: Operation<Shapes['input'], Shapes['output']> = (
  { store, clock, caller, installation },
  input,
) => {
  const prepared = prepareDaemonDefinition(input, installation.accountId);
  if (prepared.kind === 'refused') throw ecsErrors.client(prepared.message);
  const { family, tags = [] } = input;
  return store.write((tx) => {
    const revision = (tx.get(daemonDefinitionFamilies, family)?.lastRevision ?? 0) + 1;
    const most = SERVICE_QUOTAS.revisionsPerFamily;
    if (revision > most)
      throw ecsErrors.limitExceeded(`The limit of ${most} revisions in a family is reached.`);
    const arn = daemonTaskDefinitionArn(installation, family, revision);
    tx.put(daemonDefinitionFamilies, { family, lastRevision: revision });
    tx.put(daemonTaskDefinitions, {
      daemonTaskDefinitionArn: arn,
      family,
      revision,
      status: 'ACTIVE',
      document: { taskDefinitionArn: arn, ...prepared.document, revision, status: 'ACTIVE' },
      registeredAt: clock.now(),
      registeredBy: caller.arn,
      tags,
    });
    return { daemonTaskDefinitionArn: arn };
  });
};

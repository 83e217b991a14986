import { beginDaemonDeployment } from '../../records/begin-daemon-deployment.ts';
import { daemonRevisions } from '../../records/daemons.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { beginDeps } from './create-daemon.ts';
import {
  checkedDaemonExec,
  existingDaemon,
  readDaemonDeployment,
  readDaemonProviders,
  usableDaemonDefinition,
} from './daemon-rules.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['UpdateDaemon'];

/** Makes a new revision of a daemon and deploys it; what is not given stays, but for `propagateTags`. (MDM-12) */
export const updateDaemon: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const { store, installation: scope } = context;
  return store.write((tx) => {
    const before = existingDaemon(tx, input.daemonArn);
    if (before.status !== 'ACTIVE') throw ecsErrors.daemonNotActive();
    const deploymentConfiguration = readDaemonDeployment(
      input.deploymentConfiguration,
      before.deploymentConfiguration,
    );
    const capacityProviderNames = readDaemonProviders(
      tx,
      { scope, cluster: before },
      input.capacityProviderArns,
    );
    const definition = usableDaemonDefinition(tx, scope, input.daemonTaskDefinitionArn);
    const last = tx.get(daemonRevisions, before.targetRevisionArn);
    const daemon = beginDaemonDeployment(
      beginDeps(tx, context),
      { ...before, deploymentConfiguration },
      {
        daemonTaskDefinitionArn: definition.daemonTaskDefinitionArn,
        capacityProviderNames,
        propagateTags: input.propagateTags ?? 'NONE',
        enableEcsManagedTags: input.enableECSManagedTags ?? last?.enableEcsManagedTags ?? false,
        enableExecuteCommand: checkedDaemonExec(
          input.enableExecuteCommand ?? last?.enableExecuteCommand ?? false,
          definition,
        ),
        critical: input.critical ?? last?.critical ?? true,
      },
    );
    const { daemonArn, createdAt, updatedAt, deploymentArn } = daemon;
    return { daemonArn, status: 'ACTIVE', createdAt, updatedAt, deploymentArn };
  });
};

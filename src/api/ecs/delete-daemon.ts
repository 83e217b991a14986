import { beginDaemonDeletion } from '../../records/begin-daemon-deployment.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { beginDeps } from './create-daemon.ts';
import { existingDaemon } from './daemon-rules.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['DeleteDaemon'];

/** Begins the deployment that takes a daemon away; it is gone with its last task. (MDM-29) */
export const deleteDaemon: Operation<Shapes['input'], Shapes['output']> = (context, input) =>
  context.store.write((tx) => {
    const before = existingDaemon(tx, input.daemonArn);
    if (before.status !== 'ACTIVE') throw ecsErrors.daemonNotActive();
    const { daemonArn, createdAt, updatedAt, deploymentArn } = beginDaemonDeletion(
      beginDeps(tx, context),
      before,
    );
    return { daemonArn, status: 'DELETE_IN_PROGRESS', createdAt, updatedAt, deploymentArn };
  });

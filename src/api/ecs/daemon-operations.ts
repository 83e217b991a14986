import { createDaemon } from './create-daemon.ts';
import { deleteDaemon } from './delete-daemon.ts';
import { deleteDaemonTaskDefinition } from './delete-daemon-task-definition.ts';
import { describeDaemon } from './describe-daemon.ts';
import { describeDaemonDeployments } from './describe-daemon-deployments.ts';
import { describeDaemonRevisions } from './describe-daemon-revisions.ts';
import { describeDaemonTaskDefinition } from './describe-daemon-task-definition.ts';
import { listDaemonDeployments } from './list-daemon-deployments.ts';
import { listDaemonTaskDefinitions } from './list-daemon-task-definitions.ts';
import { listDaemons } from './list-daemons.ts';
import type { EcsOperationRecord } from './operation-record.ts';
import { registerDaemonTaskDefinition } from './register-daemon-task-definition.ts';
import { updateDaemon } from './update-daemon.ts';

/** The operations of the daemon family. */
export const daemonOperations: EcsOperationRecord = {
  RegisterDaemonTaskDefinition: registerDaemonTaskDefinition,
  DescribeDaemonTaskDefinition: describeDaemonTaskDefinition,
  DeleteDaemonTaskDefinition: deleteDaemonTaskDefinition,
  ListDaemonTaskDefinitions: listDaemonTaskDefinitions,
  CreateDaemon: createDaemon,
  UpdateDaemon: updateDaemon,
  DeleteDaemon: deleteDaemon,
  DescribeDaemon: describeDaemon,
  ListDaemons: listDaemons,
  ListDaemonDeployments: listDaemonDeployments,
  DescribeDaemonDeployments: describeDaemonDeployments,
  DescribeDaemonRevisions: describeDaemonRevisions,
};

import { deleteDaemonTaskDefinition } from './delete-daemon-task-definition.ts';
import { describeDaemonTaskDefinition } from './describe-daemon-task-definition.ts';
import { listDaemonTaskDefinitions } from './list-daemon-task-definitions.ts';
import type { EcsOperationRecord } from './operation-record.ts';
import { registerDaemonTaskDefinition } from './register-daemon-task-definition.ts';

/** The operations of the daemon family. */
export const daemonOperations: EcsOperationRecord = {
  RegisterDaemonTaskDefinition: registerDaemonTaskDefinition,
  DescribeDaemonTaskDefinition: describeDaemonTaskDefinition,
  DeleteDaemonTaskDefinition: deleteDaemonTaskDefinition,
  ListDaemonTaskDefinitions: listDaemonTaskDefinitions,
};

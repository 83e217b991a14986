import type { PlacementRefusal } from '../../core/placement/placement-view.ts';
import type { Daemon } from '../../domain/daemon.ts';
import { daemonLaunchRequest } from '../../records/daemon-launch.ts';
import { launchTasks } from '../../records/launch-task.ts';
import { roleError } from '../role-error.ts';
import type { DaemonApplyDeps } from './daemon-scheduler-deps.ts';

/** Starts a task of the daemon's target revision on a host; answers why not when it cannot be made. (MDM-20, MDM-25) */
export function launchDaemonTask(
  deps: DaemonApplyDeps,
  daemon: Daemon,
  instanceArn: string,
): string | undefined {
  const { tx, installation } = deps;
  const request = daemonLaunchRequest(tx, { installation, daemon, instanceArn });
  if (request === undefined) return 'Daemon task definition not found.';
  const error = roleError(deps, request.definition);
  if (error !== undefined) return error;
  const outcome = launchTasks({ ...deps, scope: installation }, request);
  const [refusal] = outcome.refusals;
  if (refusal !== undefined) return refusalReason(refusal);
  for (const { taskArn } of outcome.tasks)
    deps.log.info('daemon.task-started', { daemonArn: daemon.daemonArn, taskArn, instanceArn });
  return undefined;
}

const LACKS: Readonly<Partial<Record<PlacementRefusal['reason'], string>>> = {
  'RESOURCE:CPU': 'insufficient CPU',
  'RESOURCE:MEMORY': 'insufficient memory',
};

/** As the service writes it in events. (MDM-32) */
const refusalReason = ({ reason, missing }: PlacementRefusal): string =>
  `${reason} - Unable to place daemon task on container instance: ${LACKS[reason] ?? missing ?? reason}`;

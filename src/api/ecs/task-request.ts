import { hostLack } from '../../core/explain/host-lack.ts';
import type { PlacementRefusal } from '../../core/placement/placement-view.ts';
import { taskTags } from '../../core/task/task-tags.ts';
import type { Scope } from '../../domain/arn.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { LaunchType } from '../../domain/task.ts';
import type { TaskDefinition } from '../../domain/task-definition.ts';
import type { LaunchRequest } from '../../records/launch-task.ts';
import type { Failure, RunTaskRequest, StartTaskRequest } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import { ecsErrors } from './errors.ts';
import { checkCompatibility, checkTaskRoles, readNetwork } from './launch-rules.ts';
import { checkOverrides } from './override-rules.ts';

/** What RunTask and StartTask ask for alike. */
type TaskRequest = Pick<
  RunTaskRequest & StartTaskRequest,
  | 'networkConfiguration'
  | 'overrides'
  | 'group'
  | 'startedBy'
  | 'tags'
  | 'propagateTags'
  | 'enableECSManagedTags'
  | 'enableExecuteCommand'
>;

/** Where the tasks of a request are to run. */
interface TaskScope {
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  readonly launchType: LaunchType;
}

/** Checks a request for stand-alone tasks against what there is, and says what each of its tasks is like. (TSK-7) */
export function readTaskRequest(
  tx: ReadTx,
  installation: Scope,
  { input, cluster, definition, launchType }: TaskScope & { readonly input: TaskRequest },
): Omit<LaunchRequest, 'capacity' | 'count'> {
  checkCompatibility(definition, launchType);
  const { networkConfiguration, overrides } = input;
  const network = readNetwork(tx, definition, { networkConfiguration, launchType });
  checkOverrides(definition, overrides, launchType);
  const { taskRoleArn, executionRoleArn } = definition.document;
  checkTaskRoles(tx, installation, [
    overrides?.taskRoleArn || taskRoleArn,
    overrides?.executionRoleArn || executionRoleArn,
  ]);
  // The text names the override too, so either will do. (EXE-2)
  if (input.enableExecuteCommand && !(overrides?.taskRoleArn || taskRoleArn)) throw ecsErrors.execTaskRole();
  return {
    cluster,
    definition,
    network,
    group: input.group || `family:${definition.family}`,
    startedBy: input.startedBy || undefined,
    overrides,
    tags: taskTags({
      own: input.tags ?? [],
      propagate: input.propagateTags,
      definitionTags: definition.tags,
      serviceTags: [],
      hasManagedTags: input.enableECSManagedTags ?? false,
      clusterName: cluster.clusterName,
    }),
    enableExecuteCommand: input.enableExecuteCommand ?? false,
  };
}

/** One failure for each instance that refused, with AWS's reason; what it cannot do is named. (TSK-45, PLC-16) */
export function failuresOfHosts(refusals: readonly PlacementRefusal[]): readonly Failure[] {
  const byHost = new Map(refusals.map((refusal) => [refusal.hostId, refusal]));
  return [...byHost.values()].map((refusal) => {
    const { hostId: arn, reason, missing } = refusal;
    if (reason === 'CONSTRAINT') return { arn, reason: missing ?? reason };
    return reason === 'ATTRIBUTE' ? { arn, reason, detail: hostLack(refusal).lack } : { arn, reason };
  });
}

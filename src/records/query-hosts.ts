import type { QueryHost } from '../core/query/evaluate-expression.ts';
import type { ContainerInstance, InstanceAttribute } from '../domain/container-instance.ts';
import type { ReadTx } from '../store/store.ts';
import { taskCountsOf } from './instances.ts';
import { tasksOfInstance } from './tasks.ts';

/** A host as an expression of the cluster query language sees it. Tasks are read only when they are asked for. (PLC-11) */
export function queryHostOf(tx: ReadTx, instance: ContainerInstance): QueryHost {
  const { containerInstanceArn } = instance;
  return {
    agentConnected: instance.agentConnected,
    agentVersion: instance.agentVersion,
    ec2InstanceId: instance.ec2InstanceId,
    registeredAt: instance.registeredAt,
    attributes: attributeMap(instance.attributes),
    runningTasksCount: () => taskCountsOf(tx, containerInstanceArn).running,
    taskGroups: () =>
      tasksOfInstance(tx, containerInstanceArn).flatMap(({ desiredStatus, group }) =>
        desiredStatus === 'RUNNING' ? [group] : [],
      ),
  };
}

/** Rows are never changed in place, so a list of attributes is read into a map once. */
const attributeMaps = new WeakMap<readonly InstanceAttribute[], ReadonlyMap<string, string | undefined>>();

/** Attributes by name; undefined as the value of those that have a name only. */
export function attributeMap(
  attributes: readonly InstanceAttribute[],
): ReadonlyMap<string, string | undefined> {
  const known = attributeMaps.get(attributes);
  if (known !== undefined) return known;
  const made = new Map(attributes.map(({ name, value }) => [name, value]));
  attributeMaps.set(attributes, made);
  return made;
}

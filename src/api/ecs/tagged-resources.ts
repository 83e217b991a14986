import { parseArn, type Scope } from '../../domain/arn.ts';
import { findOwnProvider, ownCapacityProviders } from '../../records/capacity-providers.ts';
import { clusters, containerInstances, services, taskDefinitions, tasks } from '../../records/collections.ts';
import { daemonTaskDefinitions, findDaemonDefinition } from '../../records/daemon-definitions.ts';
import { daemons, findDaemon } from '../../records/daemons.ts';
import { findTaskDefinition } from '../../records/task-definitions.ts';
import { putTaskTags } from '../../records/tasks.ts';
import type { Tag } from '../../shapes/generated/ecs.ts';
import type { Collection, ReadTx, WriteTx } from '../../store/store.ts';
import { ecsErrors } from './errors.ts';
import { taskSetsOf, withTaskSet } from './task-set-reference.ts';

/** A resource that is there: its tags, and how to change them. */
export interface TaggedResource {
  readonly tags: readonly Tag[];
  readonly put: (tx: WriteTx, tags: readonly Tag[]) => void;
}

type Find = (tx: ReadTx, arn: string, scope: Scope) => TaggedResource | undefined;

/** How each kind of resource is found, by the first word of the ARN's resource part. (TAG-2) */
const KINDS: Readonly<Record<string, { readonly words: string; readonly find: Find }>> = {
  cluster: { words: 'cluster', find: rowOf('cluster', clusters) },
  'container-instance': {
    words: 'container instance',
    find: rowOf('container instance', containerInstances),
  },
  service: { words: 'service', find: rowOf('service', services) },
  'task-set': { words: 'task set', find: taskSetOf },
  task: {
    words: 'task',
    find: (tx, arn) => {
      const task = tx.get(tasks, arn);
      return task && { tags: task.tags, put: (write, tags) => void putTaskTags(write, task, tags) };
    },
  },
  'capacity-provider': {
    words: 'capacity provider',
    find: (tx, arn, scope) => {
      const row = findOwnProvider(tx, scope, arn);
      return (
        row && { tags: row.tags, put: (write, tags) => write.put(ownCapacityProviders, { ...row, tags }) }
      );
    },
  },
  daemon: {
    words: 'daemon',
    find: (tx, arn) => {
      const row = findDaemon(tx, arn);
      return row && { tags: row.tags, put: (write, tags) => write.put(daemons, { ...row, tags }) };
    },
  },
  'daemon-task-definition': {
    words: 'daemon task definition',
    find: (tx, arn, scope) => {
      const row = findDaemonDefinition(tx, scope, arn);
      if (row === undefined || row.status === 'DELETED') return undefined;
      return { tags: row.tags, put: (write, tags) => write.put(daemonTaskDefinitions, { ...row, tags }) };
    },
  },
  'task-definition': {
    words: 'task definition',
    find: (tx, arn, scope) => {
      const row = findTaskDefinition(tx, scope, arn);
      return row && { tags: row.tags, put: (write, tags) => write.put(taskDefinitions, { ...row, tags }) };
    },
  },
};

/** ARNs of these once did without their cluster. */
const IN_CLUSTER: ReadonlySet<string> = new Set(['container-instance', 'service', 'task']);

/** The resource of an ARN; an INACTIVE cluster, service or instance counts as gone. Refuses what is not there. (TAG-2) */
export function findTagged(tx: ReadTx, scope: Scope, arn: string): TaggedResource {
  const resource = parseArn(arn)?.resource;
  if (resource === undefined) throw ecsErrors.invalidArn(arn);
  const type = resource.split('/')[0] ?? '';
  const kind = KINDS[type];
  if (kind === undefined) throw ecsErrors.unsupportedResourceType(type);
  if (IN_CLUSTER.has(type) && resource.split('/').length === 2) throw ecsErrors.shortArn();
  const found = kind.find(tx, arn, scope);
  if (found !== undefined) return found;
  throw type === 'cluster' ? ecsErrors.clusterNotFound() : ecsErrors.taggedNotFound(kind.words);
}

/** A task set stands in the row of its service, which its ARN names. */
function taskSetOf(tx: ReadTx, arn: string): TaggedResource | undefined {
  const [, cluster = '', name = ''] = parseArn(arn)?.resource.split('/') ?? [];
  const serviceArn = arn.replace(/:task-set\/.*$/, `:service/${cluster}/${name}`);
  const service = tx.get(services, serviceArn);
  if (service === undefined) return undefined;
  const row = taskSetsOf(service).find(({ taskSet }) => taskSet.taskSetArn === arn);
  if (row === undefined) return undefined;
  return {
    tags: row.taskSet.tags,
    put: (write, tags) => {
      write.put(services, withTaskSet(service, { ...row, taskSet: { ...row.taskSet, tags } }));
    },
  };
}

interface TaggedRow {
  readonly status: string;
  readonly tags: readonly Tag[];
}

function rowOf<Row extends TaggedRow, Index extends string>(
  words: string,
  collection: Collection<Row, Index>,
): Find {
  return (tx, arn) => {
    const row = tx.get(collection, arn);
    if (row === undefined) return undefined;
    if (row.status === 'INACTIVE') throw ecsErrors.taggedInactive(words);
    return { tags: row.tags, put: (write, tags) => write.put(collection, { ...row, tags }) };
  };
}

import { networksOf, portDocument, time, volumesOf } from './metadata-documents.ts';
import type { ContainerRecord, TaskRecord } from './task-record.ts';
import { payloadOf } from './task-record.ts';

type Document = Readonly<Record<string, unknown>>;

/** What the server answers: an object as JSON, text as it is. */
export interface IntrospectionAnswer {
  readonly status: number;
  readonly body: Document | string;
}

/** What the answers say of the agent itself. */
export interface AgentFacts {
  /** As the agent was told it. */
  readonly cluster: string;
  /** Undefined until the host has registered. */
  readonly containerInstanceArn: string | undefined;
  /** E.g. `Gantry Agent - v1.2.3 (4f2a)`. */
  readonly version: string;
  /** Text of the licence. */
  readonly license: string;
}

const COMMANDS = ['/v1/metadata', '/v1/tasks', '/license'];

/** The answer to a path and its query, as the ECS agent's port 51678 gives it. (INT-1, INT-2) */
export function introspect(url: URL, facts: AgentFacts, records: readonly TaskRecord[]): IntrospectionAnswer {
  switch (url.pathname) {
    case '/v1/metadata':
      return { status: 200, body: metadataOf(facts) };
    case '/v1/tasks':
      return tasksOf(url.searchParams, records);
    case '/license':
      return { status: 200, body: facts.license };
    default:
      return { status: 200, body: { AvailableCommands: COMMANDS } };
  }
}

const metadataOf = ({ cluster, containerInstanceArn, version }: AgentFacts): Document => ({
  Cluster: cluster,
  ContainerInstanceArn: containerInstanceArn ?? null,
  Version: version,
});

/** All tasks, or the one that is named by its ARN or by the id of one of its containers, which may be cut short. */
function tasksOf(query: URLSearchParams, records: readonly TaskRecord[]): IntrospectionAnswer {
  const [dockerId, taskArn] = [query.get('dockerid'), query.get('taskarn')];
  if (dockerId === null && taskArn === null)
    return { status: 200, body: { Tasks: records.map(taskDocument) } };
  if (dockerId !== null && taskArn !== null) return { status: 400, body: NO_TASK };
  const found = records.filter(({ payload, containers }) =>
    dockerId === null
      ? payload.arn === taskArn
      : containers.some(({ runtimeId }) => dockerId !== '' && runtimeId?.startsWith(dockerId) === true),
  );
  const [task] = found;
  if (found.length > 1) return { status: 400, body: NO_TASK };
  return task === undefined ? { status: 404, body: NO_TASK } : { status: 200, body: taskDocument(task) };
}

/** What the ECS agent answers in place of a task that is not there. */
const NO_TASK: Document = {
  Arn: '',
  DesiredStatus: '',
  KnownStatus: '',
  Family: '',
  Version: '',
  Containers: null,
};

function taskDocument(record: TaskRecord): Document {
  const { payload } = record;
  return {
    Arn: payload.arn,
    DesiredStatus: record.desiredStatus === 'STOPPED' || record.isEnding ? 'STOPPED' : 'RUNNING',
    KnownStatus: record.isStopped ? 'STOPPED' : record.wasRunning ? 'RUNNING' : 'PENDING',
    Family: payload.family,
    Version: payload.version,
    Containers: record.containers.map((row) => containerDocument(record, row)),
  };
}

function containerDocument(record: TaskRecord, row: ContainerRecord): Document {
  return {
    DockerId: row.runtimeId ?? '',
    DockerName: row.engineName,
    Name: row.name,
    Image: payloadOf(record, row.name)?.image ?? '',
    ImageID: row.imageId ?? '',
    ...time('CreatedAt', row.createdAtMs),
    ...time('StartedAt', row.startedAtMs),
    ...(row.bindings.length > 0 && { Ports: row.bindings.map((binding) => portDocument(binding, 3)) }),
    Networks: networksOf(record, row),
    ...volumesOf(row),
  };
}

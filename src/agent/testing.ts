import type { PayloadContainer, PayloadTask } from '../domain/task-payload.ts';
import { type ContainerRecord, newRecord, type TaskRecord } from './task-record.ts';

/** For tests: a container's payload, essential unless told otherwise. */
export function aPayloadContainer(container: Partial<PayloadContainer> = {}): PayloadContainer {
  return {
    name: 'app',
    containerArn: 'arn:aws:ecs:us-east-1:1:container/lab/t/1',
    image: 'app:1',
    essential: true,
    cpu: 0,
    memory: 0,
    environment: {},
    portMappings: [],
    overrides: '{}',
    dockerConfig: { config: '{}', hostConfig: '{}', version: '1.25' },
    ...container,
  };
}

/** For tests: a task's payload of one container, in bridge mode. */
export function aPayloadTask(task: Partial<PayloadTask> = {}): PayloadTask {
  return {
    arn: 'arn:aws:ecs:us-east-1:1:task/lab/t',
    taskClusterArn: 'arn:aws:ecs:us-east-1:1:cluster/lab',
    desiredStatus: 'RUNNING',
    family: 'web',
    version: '3',
    taskDefinitionAccountId: '1',
    launchType: 'EC2',
    networkMode: 'bridge',
    containers: [aPayloadContainer()],
    volumes: [],
    elasticNetworkInterfaces: [],
    ...task,
  };
}

/** For tests: a prepared task whose containers (by name) are as given, and otherwise pulled. */
export function aRecord(
  containers: readonly (Partial<PayloadContainer> & {
    readonly name: string;
    readonly is?: Partial<ContainerRecord> | undefined;
  })[],
  record: Partial<TaskRecord> = {},
): TaskRecord {
  const payload = aPayloadTask({
    containers: containers.map(({ is: _is, ...rest }) => aPayloadContainer(rest)),
  });
  const made = newRecord(payload, { token: () => 'token', tail: () => 'tail' });
  return {
    ...made,
    isPrepared: true,
    containers: made.containers.map((row, at) => ({ ...row, phase: 'PULLED', ...containers[at]?.is })),
    ...record,
  };
}

/** For tests: a container that runs. */
export const RUNNING: Partial<ContainerRecord> = {
  phase: 'RUNNING',
  wasRunning: true,
  runtimeId: 'r',
  startedAtMs: 0,
};

/** For tests: a container that ran and ended with this code. */
export const exited = (exitCode: number): Partial<ContainerRecord> => ({
  ...RUNNING,
  phase: 'STOPPED',
  exitCode,
});

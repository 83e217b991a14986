import { expect, test } from 'vitest';
import type { Service } from '../../domain/service.ts';
import type { Task } from '../../domain/task.ts';
import type { TaskDefinition } from '../../domain/task-definition.ts';
import { services, taskDefinitions, tasks } from '../../records/collections.ts';
import { memoryStore } from '../../store/memory-store.ts';
import { forgetDefinitions } from './forget-definitions.ts';

const row = (revision: number, status: TaskDefinition['status'] = 'DELETE_IN_PROGRESS'): TaskDefinition => ({
  taskDefinitionArn: `web:${revision}`,
  family: 'web',
  revision,
  status,
  document: {},
  tags: [],
});
const spec = (revision: number) => ({ taskDefinitionArn: `web:${revision}` });
const aTask = (taskArn: string, revision: number, lastStatus: Task['lastStatus']): Task =>
  ({
    taskArn,
    clusterArn: 'c',
    taskDefinitionArn: `web:${revision}`,
    lastStatus,
    desiredStatus: 'STOPPED',
  }) as Task;

test('[TDF-45] a definition goes when no task and no service has it any more', async () => {
  const store = await memoryStore();
  const left = () => store.read((tx) => tx.all(taskDefinitions).map(({ revision }) => revision));
  const service = {
    serviceArn: 's',
    clusterArn: 'c',
    status: 'DRAINING',
    spec: spec(3),
    deployments: [{ spec: spec(3) }, { spec: spec(4) }],
    lastCompleted: spec(5),
  } as unknown as Service;
  await store.write((tx) => {
    tx.put(taskDefinitions, row(1, 'INACTIVE'));
    for (let revision = 2; revision <= 7; revision += 1) tx.put(taskDefinitions, row(revision));
    tx.put(services, service);
    tx.put(tasks, aTask('t2', 2, 'STOPPING'));
    tx.put(tasks, aTask('t6', 6, 'STOPPED'));
  });
  await forgetDefinitions(store);
  expect(left()).toEqual([1, 2, 3, 4, 5]);
  await store.write((tx) => {
    tx.put(services, { ...service, status: 'INACTIVE' });
    tx.put(tasks, aTask('t2', 2, 'STOPPED'));
  });
  await forgetDefinitions(store);
  expect(left()).toEqual([1]);
});

test('[TDF-45] many are looked through in steps', async () => {
  const store = await memoryStore();
  await store.write((tx) => {
    for (let revision = 1; revision <= 450; revision += 1) tx.put(taskDefinitions, row(revision));
    tx.put(tasks, aTask('t', 200, 'RUNNING'));
  });
  await forgetDefinitions(store);
  expect(store.read((tx) => tx.all(taskDefinitions).map(({ revision }) => revision))).toEqual([200]);
});

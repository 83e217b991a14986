import { describe, expect, test } from 'vitest';
import { NO_RESOURCES } from '../../domain/resources.ts';
import { anInstance, storeDefinition, storeHosts } from '../../records/testing.ts';
import type { StartTaskRequest, TaskDefinition } from '../../shapes/generated/ecs.ts';
import { aCluster, aContext } from '../testing.ts';
import { startTask } from './start-task.ts';

const BRIDGE: Partial<TaskDefinition> = {
  networkMode: 'bridge',
  compatibilities: ['EXTERNAL', 'EC2'],
  cpu: undefined,
  memory: undefined,
  placementConstraints: [{ type: 'memberOf', expression: 'attribute:nowhere exists' }],
  containerDefinitions: [{ name: 'app', image: 'nginx:1', cpu: 10, memory: 300, essential: true }],
};

async function aWorld() {
  const context = await aContext();
  await aCluster(context);
  await storeHosts(context.store, [
    anInstance({ instanceId: 'i1' }),
    anInstance({ instanceId: 'i2', registered: { ...NO_RESOURCES, cpuUnits: 9, memoryMib: 999 } }),
    anInstance({ instanceId: 'i3', agentConnected: false }),
    anInstance({ instanceId: 'i4', status: 'DRAINING' }),
    anInstance({ instanceId: 'i5', status: 'INACTIVE' }),
    anInstance({ instanceId: 'i6', launchType: 'EXTERNAL' }),
  ]);
  await storeDefinition(context.store, BRIDGE);
  return (input: Partial<StartTaskRequest>) =>
    Promise.resolve().then(() =>
      startTask(context, { taskDefinition: 'web', containerInstances: ['i1'], ...input }),
    );
}

describe('startTask', () => {
  test('[TSK-46] starts one task on each instance, whatever placement would say, or tells why not', async () => {
    const start = await aWorld();
    const answer = await start({
      containerInstances: ['i1', 'i2', 'i3', 'i4', 'i5', 'i6', 'i9'],
      startedBy: 'me',
      enableECSManagedTags: true,
    });
    expect(
      answer.tasks?.map(({ containerInstanceArn, launchType }) => [
        containerInstanceArn?.slice(-2),
        launchType,
      ]),
    ).toEqual([
      ['i1', 'EC2'],
      ['i6', 'EXTERNAL'],
    ]);
    expect(answer.tasks?.[0]).toMatchObject({
      lastStatus: 'PENDING',
      group: 'family:web',
      startedBy: 'me',
      tags: [{ key: 'aws:ecs:clusterName', value: 'default' }],
    });
    expect(answer.failures?.map(({ arn, reason }) => [arn?.slice(-2), reason])).toEqual([
      ['i2', 'RESOURCE:CPU'],
      ['i3', 'AGENT'],
      ['i4', 'INACTIVE'],
      ['i5', 'INACTIVE'],
      ['i9', 'MISSING'],
    ]);
  });

  test.each<[string, Partial<StartTaskRequest>, string]>([
    ['no instance', { containerInstances: [] }, 'Container instances cannot be empty.'],
    [
      'eleven instances',
      { containerInstances: Array(11).fill('i1') },
      'Container instances cannot have more than 10 elements.',
    ],
    [
      'a long startedBy',
      { startedBy: 'x'.repeat(37) },
      'startedBy can have up to 36 letters, numbers, hyphens, forward slashes and underscores.',
    ],
    ['an unknown definition', { taskDefinition: 'nope' }, 'TaskDefinition not found.'],
    ['another cluster', { cluster: 'nope' }, 'Cluster not found.'],
    [
      'an override of nothing',
      { overrides: { containerOverrides: [{ name: 'x' }] } },
      'Override for container named x is not a container in the TaskDefinition.',
    ],
    [
      '[EXE-2] exec without a task role',
      { enableExecuteCommand: true },
      'The execute command failed because a valid task role is not being used. Specify a valid task role in your task definition or as a task override and try again.',
    ],
  ])('[TSK-46] refuses %s', async (_, input, message) => {
    const start = await aWorld();
    await expect(start(input)).rejects.toMatchObject({ message });
  });
});

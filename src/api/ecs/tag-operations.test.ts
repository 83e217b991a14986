import { describe, expect, test } from 'vitest';
import type { Service } from '../../domain/service.ts';
import type { Task } from '../../domain/task.ts';
import { services, tasks } from '../../records/collections.ts';
import type { Tag } from '../../shapes/generated/ecs.ts';
import { aCluster, aContext, type TestContext } from '../testing.ts';
import { deleteCluster } from './delete-cluster.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { registerContainerInstance } from './register-container-instance.ts';
import { registerTaskDefinition } from './register-task-definition.ts';
import { tagResource } from './tag-resource.ts';
import { untagResource } from './untag-resource.ts';

const PREFIX = 'arn:aws:ecs:us-east-1:123456789012:';
const FIRST: readonly Tag[] = [{ key: 'team', value: 'blue' }];

/** One resource of each kind, with the tag `team`; answers their ARNs. */
async function oneOfEach(context: TestContext): Promise<readonly string[]> {
  await aCluster(context, { tags: FIRST });
  const { containerInstance } = await registerContainerInstance(context, {
    totalResources: [
      { name: 'CPU', type: 'INTEGER', integerValue: 1024 },
      { name: 'MEMORY', type: 'INTEGER', integerValue: 1024 },
    ],
    tags: FIRST,
  });
  const containerDefinitions = [{ name: 'app', image: 'busybox', memory: 64 }];
  await registerTaskDefinition(context, { family: 'web', containerDefinitions, tags: FIRST });
  const serviceArn = `${PREFIX}service/default/web`;
  const taskArn = `${PREFIX}task/default/0123`;
  const taskSetArn = `${PREFIX}task-set/default/web/ecs-svc/1`;
  await context.store.write((tx) => {
    tx.put(services, {
      serviceArn,
      clusterArn: 'c',
      status: 'ACTIVE',
      tags: FIRST,
      deployments: [
        { id: 'ecs-svc/1', taskSet: { taskSetArn, tags: FIRST } },
        { id: 'ecs-svc/2', taskSet: { taskSetArn: `${PREFIX}task-set/default/web/ecs-svc/2`, tags: [] } },
      ],
    } as unknown as Service);
    tx.put(tasks, {
      taskArn,
      clusterArn: 'c',
      desiredStatus: 'RUNNING',
      lastStatus: 'RUNNING',
      tags: FIRST,
    } as unknown as Task);
  });
  return [
    `${PREFIX}cluster/default`,
    containerInstance?.containerInstanceArn ?? '',
    `${PREFIX}task-definition/web:1`,
    serviceArn,
    taskArn,
    taskSetArn,
  ];
}

describe('tags', () => {
  test('[TAG-2] [TAG-3] are listed, added, replaced and removed on every kind of resource', async () => {
    const context = await aContext();
    for (const resourceArn of await oneOfEach(context)) {
      expect(await listTagsForResource(context, { resourceArn })).toEqual({ tags: FIRST });
      await tagResource(context, {
        resourceArn,
        tags: [
          { key: 'stage', value: 'dev' },
          { key: 'team', value: 'red' },
        ],
      });
      expect(await listTagsForResource(context, { resourceArn })).toEqual({
        tags: [
          { key: 'stage', value: 'dev' },
          { key: 'team', value: 'red' },
        ],
      });
      await untagResource(context, { resourceArn, tagKeys: ['stage', 'nope'] });
      expect(await listTagsForResource(context, { resourceArn })).toEqual({
        tags: [{ key: 'team', value: 'red' }],
      });
    }
  });

  test.each([
    ['not an ARN', 'web', 'InvalidParameterException', 'Invalid arn: web'],
    [
      'another kind',
      `${PREFIX}attachment/a`,
      'InvalidParameterException',
      'Unsupported resource type: attachment',
    ],
    ['an unknown cluster', `${PREFIX}cluster/nope`, 'ClusterNotFoundException', 'Cluster not found.'],
    [
      'an unknown task set',
      `${PREFIX}task-set/default/web/ecs-svc/9`,
      'InvalidParameterException',
      'The specified task set was not found. Specify a valid task set and try again.',
    ],
    [
      'an unknown task',
      `${PREFIX}task/default/nope`,
      'InvalidParameterException',
      'The specified task was not found. Specify a valid task and try again.',
    ],
  ])('[TAG-2] refuses %s', async (_name, resourceArn, code, message) => {
    const context = await aContext();
    expect(() => listTagsForResource(context, { resourceArn })).toThrow(
      expect.objectContaining({ code, message }),
    );
    await expect(tagResource(context, { resourceArn, tags: FIRST })).rejects.toMatchObject({ code, message });
    await expect(untagResource(context, { resourceArn, tagKeys: [] })).rejects.toMatchObject({
      code,
      message,
    });
  });

  test('[TAG-2] of an INACTIVE cluster are gone', async () => {
    const context = await aContext();
    const { clusterArn } = await aCluster(context);
    await deleteCluster(context, { cluster: clusterArn });
    await expect(tagResource(context, { resourceArn: clusterArn, tags: FIRST })).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: 'The specified cluster is inactive. Specify an active cluster and try again.',
    });
  });

  test('[TAG-1] of AWS itself cannot be taken away, and do not count', async () => {
    const context = await aContext();
    const managed = { key: 'aws:ecs:clusterName', value: 'default' };
    const { clusterArn: resourceArn } = await aCluster(context, { tags: [managed] });
    await expect(untagResource(context, { resourceArn, tagKeys: [managed.key] })).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: "Invalid tag key. Keys that start with 'aws:' are reserved.",
    });
    const tags = Array.from({ length: 50 }, (_, index) => ({ key: `k${index}`, value: '' }));
    await tagResource(context, { resourceArn, tags });
    expect((await listTagsForResource(context, { resourceArn })).tags).toHaveLength(51);
  });

  test.each(['service/web', 'task/0123', 'container-instance/0123'])(
    '[TAG-2] need the ARN with the cluster, not %s',
    async (resource) => {
      const context = await aContext();
      await expect(
        tagResource(context, { resourceArn: PREFIX + resource, tags: FIRST }),
      ).rejects.toMatchObject({
        code: 'InvalidParameterException',
        message: 'Long arn format must be used for tagging operations',
      });
    },
  );

  test('[TAG-1] stay at fifty in all', async () => {
    const context = await aContext();
    const many = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, index) => ({ key: `${prefix}${index}`, value: '' }));
    const { clusterArn } = await aCluster(context, { tags: many('a', 30) });
    await tagResource(context, { resourceArn: clusterArn, tags: many('b', 20) });
    await expect(tagResource(context, { resourceArn: clusterArn, tags: many('c', 1) })).rejects.toMatchObject(
      {
        code: 'InvalidParameterException',
      },
    );
  });
});

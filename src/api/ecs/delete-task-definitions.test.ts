import { describe, expect, test } from 'vitest';
import { aCluster, aContext, TEST_START, type TestContext } from '../testing.ts';
import { deleteTaskDefinitions } from './delete-task-definitions.ts';
import { deregisterTaskDefinition } from './deregister-task-definition.ts';
import { describeTaskDefinition } from './describe-task-definition.ts';
import { listTaskDefinitions } from './list-task-definitions.ts';
import { registerTaskDefinition } from './register-task-definition.ts';
import { runTask } from './run-task.ts';

const PREFIX = 'arn:aws:ecs:us-east-1:123456789012:task-definition/';

/** A family with one ACTIVE and one INACTIVE revision: web:1 and web:2. */
async function aFamily(): Promise<TestContext> {
  const context = await aContext();
  const containerDefinitions = [{ name: 'app', image: 'busybox', memory: 64 }];
  for (const _ of [1, 2]) await registerTaskDefinition(context, { family: 'web', containerDefinitions });
  await deregisterTaskDefinition(context, { taskDefinition: 'web:2' });
  return context;
}

describe('deleteTaskDefinitions', () => {
  test('[TDF-44] an INACTIVE revision is on its way out, once or twice asked', async () => {
    const context = await aFamily();
    const first = await deleteTaskDefinitions(context, { taskDefinitions: ['web:2'] });
    expect(first).toMatchObject({
      taskDefinitions: [
        {
          taskDefinitionArn: `${PREFIX}web:2`,
          status: 'DELETE_IN_PROGRESS',
          deregisteredAt: TEST_START,
          deleteRequestedAt: TEST_START,
        },
      ],
      failures: [],
    });
    context.clock.advance(1000);
    expect(await deleteTaskDefinitions(context, { taskDefinitions: [`${PREFIX}web:2`] })).toEqual(first);
  });

  test('[TDF-44] what cannot be deleted is a failure with AWS’s sentence', async () => {
    const context = await aFamily();
    const answer = await deleteTaskDefinitions(context, {
      taskDefinitions: ['web:1', 'web:9', 'web', 'web:x', 'arn:aws:ecs:eu-west-1:1:task-definition/web:1'],
    });
    const unreadable =
      'The specified task definition identifier is invalid. Specify a valid name or ARN and try again.';
    expect(answer).toEqual({
      taskDefinitions: [],
      failures: [
        {
          arn: `${PREFIX}web:1`,
          reason:
            'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
        },
        {
          arn: `${PREFIX}web:9`,
          reason:
            'The specified task definition does not exist. Specify a valid account, family, revision and try again.',
        },
        { arn: 'web', reason: unreadable },
        { arn: 'web:x', reason: unreadable },
        { arn: 'arn:aws:ecs:eu-west-1:1:task-definition/web:1', reason: unreadable },
      ],
    });
  });

  test('[TDF-45] while it goes it is described and listed, and starts nothing', async () => {
    const context = await aFamily();
    await deleteTaskDefinitions(context, { taskDefinitions: ['web:2'] });
    const described = await describeTaskDefinition(context, { taskDefinition: 'web:2' });
    expect(described.taskDefinition?.status).toBe('DELETE_IN_PROGRESS');
    const listed = async (status: 'INACTIVE' | 'DELETE_IN_PROGRESS') =>
      (await listTaskDefinitions(context, { status })).taskDefinitionArns;
    expect(await listed('DELETE_IN_PROGRESS')).toEqual([`${PREFIX}web:2`]);
    expect(await listed('INACTIVE')).toEqual([]);
    await aCluster(context);
    await expect(runTask(context, { taskDefinition: 'web:2' })).rejects.toMatchObject({
      code: 'ClientException',
      message: 'TaskDefinition is inactive',
    });
    const again = await deregisterTaskDefinition(context, { taskDefinition: 'web:2' });
    expect(again.taskDefinition?.status).toBe('DELETE_IN_PROGRESS');
  });

  test('[TDF-44] takes one to ten', async () => {
    const context = await aFamily();
    const names = (count: number) => Array.from({ length: count }, (_, index) => `web:${index + 1}`);
    expect(() => deleteTaskDefinitions(context, { taskDefinitions: [] })).toThrow('cannot be empty');
    expect(() => deleteTaskDefinitions(context, { taskDefinitions: names(11) })).toThrow('at most 10');
    expect((await deleteTaskDefinitions(context, { taskDefinitions: names(10) })).failures).toHaveLength(9);
  });
});

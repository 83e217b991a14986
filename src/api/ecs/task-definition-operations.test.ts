import { describe, expect, test } from 'vitest';
import type { Context } from '../operation.ts';
import { aContext, TEST_START } from '../testing.ts';
import { deregisterTaskDefinition } from './deregister-task-definition.ts';
import { describeTaskDefinition } from './describe-task-definition.ts';
import { listTaskDefinitionFamilies } from './list-task-definition-families.ts';
import { listTaskDefinitions } from './list-task-definitions.ts';
import { registerTaskDefinition } from './register-task-definition.ts';

const PREFIX = 'arn:aws:ecs:us-east-1:123456789012:task-definition/';
const containerDefinitions = [{ name: 'app', image: 'busybox', memory: 64 }];

const register = async (context: Context, family: string, times = 1): Promise<void> => {
  for (let time = 0; time < times; time += 1)
    await registerTaskDefinition(context, { family, containerDefinitions });
};

const thrownBy = async (work: () => unknown): Promise<unknown> => {
  try {
    await work();
    return 'nothing';
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
};

describe('registerTaskDefinition', () => {
  test('[TDF-6] counts revisions up and says who registered it and when', async () => {
    const context = await aContext();
    await register(context, 'web');
    const second = await registerTaskDefinition(context, {
      family: 'web',
      containerDefinitions,
      tags: [{ key: 'team', value: 'blue' }],
    });
    expect(second.tags).toEqual([{ key: 'team', value: 'blue' }]);
    expect(second.taskDefinition).toMatchObject({
      taskDefinitionArn: `${PREFIX}web:2`,
      family: 'web',
      revision: 2,
      status: 'ACTIVE',
      registeredAt: TEST_START,
      registeredBy: 'arn:aws:iam::123456789012:root',
    });
    expect(second.taskDefinition).not.toHaveProperty('tags');
  });

  test('[TDF-6] a number is not used again after its revision is deregistered', async () => {
    const context = await aContext();
    await register(context, 'web');
    await deregisterTaskDefinition(context, { taskDefinition: 'web:1' });
    await register(context, 'web');
    expect((await describeTaskDefinition(context, { taskDefinition: 'web' })).taskDefinition?.revision).toBe(
      2,
    );
  });

  test('[TDF-1] refuses with ClientException', async () => {
    const context = await aContext();
    const refused = await thrownBy(() =>
      registerTaskDefinition(context, { family: 'web', containerDefinitions: [] }),
    );
    expect(refused).toEqual({ code: 'ClientException', message: 'Container list cannot be empty' });
  });
});

describe('describeTaskDefinition', () => {
  test.each([
    { taskDefinition: 'web', revision: 2 },
    { taskDefinition: 'web:1', revision: 1 },
    { taskDefinition: `${PREFIX}web:1`, revision: 1 },
    { taskDefinition: 'web:3', revision: 3 },
  ])('[TDF-40] $taskDefinition is revision $revision', async ({ taskDefinition, revision }) => {
    const context = await aContext();
    await register(context, 'web', 3);
    await deregisterTaskDefinition(context, { taskDefinition: 'web:3' });
    const answer = await describeTaskDefinition(context, { taskDefinition });
    expect(answer.taskDefinition?.revision).toBe(revision);
  });

  test.each(['nope', 'web:9', 'web:x', 'arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1', ''])(
    '[TDF-40] %j is unknown',
    async (taskDefinition) => {
      const context = await aContext();
      await register(context, 'web');
      expect(await thrownBy(() => describeTaskDefinition(context, { taskDefinition }))).toEqual({
        code: 'ClientException',
        message: 'Unable to describe task definition.',
      });
    },
  );

  test('[TDF-40] tags come only when asked for', async () => {
    const context = await aContext();
    const tags = [{ key: 'a', value: 'b' }];
    await registerTaskDefinition(context, { family: 'web', containerDefinitions, tags });
    expect(await describeTaskDefinition(context, { taskDefinition: 'web' })).not.toHaveProperty('tags');
    expect(
      (await describeTaskDefinition(context, { taskDefinition: 'web', include: ['TAGS'] })).tags,
    ).toEqual(tags);
  });
});

describe('deregisterTaskDefinition', () => {
  test('[TDF-41] twice is the same as once', async () => {
    const context = await aContext();
    await register(context, 'web');
    const first = await deregisterTaskDefinition(context, { taskDefinition: 'web:1' });
    expect(first.taskDefinition).toMatchObject({ status: 'INACTIVE', deregisteredAt: TEST_START });
    context.clock.advance(1000);
    expect(await deregisterTaskDefinition(context, { taskDefinition: 'web:1' })).toEqual(first);
  });

  test.each([
    ['web', 'ClientException', 'Revision is missing.'],
    ['web:x', 'InvalidParameterException', 'Invalid revision number. Number: x'],
    ['web:2', 'ClientException', 'Unable to describe task definition.'],
  ])('[TDF-41] %s: %s', async (taskDefinition, code, message) => {
    const context = await aContext();
    await register(context, 'web');
    expect(await thrownBy(() => deregisterTaskDefinition(context, { taskDefinition }))).toEqual({
      code,
      message,
    });
  });
});

describe('listTaskDefinitions', () => {
  const named = async (
    context: Context,
    input: Parameters<typeof listTaskDefinitions>[1],
  ): Promise<readonly string[]> => {
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await listTaskDefinitions(context, { ...input, nextToken });
      found.push(...(page.taskDefinitionArns ?? []).map((arn) => arn.slice(PREFIX.length)));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found;
  };

  test('[TDF-42] by family, then by revision as a number, in pages, both ways', async () => {
    const context = await aContext();
    await register(context, 'web', 11);
    await register(context, 'web-2');
    await register(context, 'a_b');
    const expected = ['a_b:1', ...Array.from({ length: 11 }, (_, index) => `web:${index + 1}`), 'web-2:1'];
    expect(await named(context, { maxResults: 4 })).toEqual(expected);
    expect(await named(context, { maxResults: 4, sort: 'DESC' })).toEqual(expected.toReversed());
    expect(await named(context, { familyPrefix: 'web' })).toHaveLength(11);
  });

  test('[TDF-42] of one status', async () => {
    const context = await aContext();
    await register(context, 'web', 2);
    await deregisterTaskDefinition(context, { taskDefinition: 'web:1' });
    expect(await named(context, {})).toEqual(['web:2']);
    expect(await named(context, { status: 'INACTIVE' })).toEqual(['web:1']);
  });

  test.each([0, 101])('[LST-1] maxResults %i is refused', async (maxResults) => {
    const context = await aContext();
    expect(await thrownBy(() => listTaskDefinitions(context, { maxResults }))).toMatchObject({
      code: 'InvalidParameterException',
    });
  });

  test('[LST-1] a token of another make is refused', async () => {
    const context = await aContext();
    expect(await thrownBy(() => listTaskDefinitions(context, { nextToken: 'x' }))).toEqual({
      code: 'InvalidParameterException',
      message: 'Invalid token provided.',
    });
  });
});

describe('listTaskDefinitionFamilies', () => {
  test('[TDF-43] by prefix and by whether a revision is ACTIVE', async () => {
    const context = await aContext();
    for (const family of ['api', 'web', 'web-2', 'worker']) await register(context, family);
    await deregisterTaskDefinition(context, { taskDefinition: 'web-2:1' });
    expect(await listTaskDefinitionFamilies(context, {})).toEqual({
      families: ['api', 'web', 'web-2', 'worker'],
    });
    expect(await listTaskDefinitionFamilies(context, { familyPrefix: 'web' })).toEqual({
      families: ['web', 'web-2'],
    });
    expect(await listTaskDefinitionFamilies(context, { familyPrefix: 'w', status: 'ACTIVE' })).toEqual({
      families: ['web', 'worker'],
    });
    expect(await listTaskDefinitionFamilies(context, { status: 'INACTIVE' })).toEqual({
      families: ['web-2'],
    });
  });

  test('[LST-1] in pages', async () => {
    const context = await aContext();
    for (const family of ['a', 'b', 'c']) await register(context, family);
    const first = await listTaskDefinitionFamilies(context, { maxResults: 2 });
    expect(first.families).toEqual(['a', 'b']);
    const second = await listTaskDefinitionFamilies(context, { maxResults: 2, nextToken: first.nextToken });
    expect(second).toEqual({ families: ['c'] });
  });

  test('[TDF-43] a prefix that no family can have', async () => {
    const context = await aContext();
    expect(await thrownBy(() => listTaskDefinitionFamilies(context, { familyPrefix: 'a b' }))).toEqual({
      code: 'InvalidParameterException',
      message: 'family must match ^[a-zA-Z0-9\\-_]+$',
    });
  });
});

import { describe, expect, test } from 'vitest';
import { anInstance, storeHosts } from '../../records/testing.ts';
import type { Attribute } from '../../shapes/generated/ecs.ts';
import { aCluster, aContext } from '../testing.ts';
import { deleteAttributes } from './delete-attributes.ts';
import { listAttributes } from './list-attributes.ts';
import { listContainerInstances } from './list-container-instances.ts';
import { putAttributes } from './put-attributes.ts';

const PREFIX = 'arn:aws:ecs:us-east-1:123456789012:container-instance/default/';

async function aFleet() {
  const context = await aContext();
  await aCluster(context);
  const built = [{ name: 'ecs.os-type', value: 'linux' }];
  await storeHosts(context.store, [
    anInstance({ instanceId: 'i1', attributes: built }),
    anInstance({ instanceId: 'i2', attributes: built }),
  ]);
  return context;
}

const of = (targetId: string, name: string, value?: string): Attribute => ({
  name,
  ...(value === undefined ? {} : { value }),
  targetId,
  targetType: 'container-instance',
});

describe('putAttributes, listAttributes and deleteAttributes', () => {
  test('[INS-15] give an attribute, find by it, and take it away', async () => {
    const context = await aFleet();
    const put = await putAttributes(context, {
      attributes: [of('i1', 'stack', 'test'), of(`${PREFIX}i2`, 'gpu'), of('i1', 'stack', 'prod')],
    });
    expect(put.attributes).toEqual([
      { name: 'stack', value: 'test', targetId: `${PREFIX}i1` },
      { name: 'gpu', targetId: `${PREFIX}i2` },
      { name: 'stack', value: 'prod', targetId: `${PREFIX}i1` },
    ]);
    const filter = 'attribute:stack == prod';
    expect((await listContainerInstances(context, { filter })).containerInstanceArns).toEqual([
      `${PREFIX}i1`,
    ]);
    const gone = await deleteAttributes(context, { attributes: [of('i1', 'stack'), of('i1', 'gpu')] });
    expect(gone.attributes).toEqual([
      { name: 'stack', targetId: `${PREFIX}i1` },
      { name: 'gpu', targetId: `${PREFIX}i1` },
    ]);
    expect((await listContainerInstances(context, { filter })).containerInstanceArns).toEqual([]);
  });

  test('[INS-15] lists by name and value, in pages', async () => {
    const context = await aFleet();
    await putAttributes(context, { attributes: [of('i1', 'stack', 'a'), of('i2', 'stack', 'b')] });
    const targetType = 'container-instance';
    const named = await listAttributes(context, { targetType, attributeName: 'stack', attributeValue: 'b' });
    expect(named.attributes).toEqual([{ name: 'stack', value: 'b', targetId: `${PREFIX}i2` }]);
    const all: (readonly [string, string | undefined])[] = [];
    let nextToken: string | undefined;
    do {
      const page = await listAttributes(context, { targetType, maxResults: 3, nextToken });
      all.push(...(page.attributes ?? []).map(({ name, targetId }) => [name, targetId?.slice(-2)] as const));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(all).toEqual([
      ['ecs.os-type', 'i1'],
      ['stack', 'i1'],
      ['ecs.os-type', 'i2'],
      ['stack', 'i2'],
    ]);
  });

  test('[INS-15] an instance has at most ten custom attributes, and a call that would exceed them does nothing', async () => {
    const context = await aFleet();
    const ten = Array.from({ length: 10 }, (_, at) => of('i1', `a${at}`));
    await putAttributes(context, { attributes: ten });
    await putAttributes(context, { attributes: [of('i1', 'a0', 'again')] });
    await expect(
      putAttributes(context, { attributes: [of('i2', 'b'), of('i1', 'b')] }),
    ).rejects.toMatchObject({ code: 'AttributeLimitExceededException' });
    const left = await listAttributes(context, { targetType: 'container-instance', attributeName: 'b' });
    expect(left.attributes).toEqual([]);
  });

  test.each<[string, readonly Attribute[], string, string]>([
    ['nothing', [], 'InvalidParameterException', 'attributes can not be empty'],
    [
      'a short id without a type',
      [{ name: 'a', targetId: 'i1' }],
      'InvalidParameterException',
      'targetType must be container-instance',
    ],
    ['an unknown target', [of('i9', 'a')], 'TargetNotFoundException', 'Could not find i9'],
    ['a bad name', [of('i1', 'a b')], 'InvalidParameterException', 'Invalid attribute name: a b'],
    ['a bad value', [of('i1', 'a', ' b')], 'InvalidParameterException', 'Invalid attribute value:  b'],
    [
      'what the server gives',
      [of('i1', 'ecs.os-type', 'x')],
      'InvalidParameterException',
      'The attribute ecs.os-type is not a custom attribute.',
    ],
  ])('[INS-15] refuses %s', async (_, attributes, code, message) => {
    const context = await aFleet();
    const call = async () => putAttributes(context, { attributes });
    await expect(call()).rejects.toMatchObject({ code, message });
  });
});

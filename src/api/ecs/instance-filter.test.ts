import { describe, expect, test } from 'vitest';
import { anInstance, storeHosts } from '../../records/testing.ts';
import { aCluster, aContext } from '../testing.ts';
import { listContainerInstances } from './list-container-instances.ts';

async function aFleet() {
  const context = await aContext();
  await aCluster(context);
  const attributes = (stack: string) => [{ name: 'stack', value: stack }];
  await storeHosts(context.store, [
    anInstance({ instanceId: 'i1', attributes: attributes('prod') }),
    anInstance({ instanceId: 'i2', attributes: attributes('test'), agentConnected: false }),
    anInstance({ instanceId: 'i3', attributes: attributes('prod'), status: 'DRAINING' }),
    anInstance({ instanceId: 'i4', attributes: attributes('prod') }),
  ]);
  return context;
}

const idsOf = (arns: readonly string[] | undefined) => arns?.map((arn) => arn.slice(-2));

describe('listContainerInstances with a filter', () => {
  test.each([
    ['attribute:stack == prod', undefined, ['i1', 'i3', 'i4']],
    ['attribute:stack == prod', 'DRAINING', ['i3']],
    ['agentConnected == false', undefined, ['i2']],
    ['runningTasksCount > 0', undefined, []],
    ['not (attribute:stack in [prod])', undefined, ['i2']],
  ] as const)('[INS-8] %s with status %s', async (filter, status, ids) => {
    const answer = await listContainerInstances(await aFleet(), { filter, status });
    expect(idsOf(answer.containerInstanceArns)).toEqual(ids);
  });

  test('[INS-8] pages hold matching instances only', async () => {
    const context = await aFleet();
    const filter = 'attribute:stack == prod';
    const first = await listContainerInstances(context, { filter, maxResults: 2 });
    expect(idsOf(first.containerInstanceArns)).toEqual(['i1', 'i3']);
    const last = await listContainerInstances(context, { filter, nextToken: first.nextToken });
    expect([idsOf(last.containerInstanceArns), last.nextToken]).toEqual([['i4'], undefined]);
  });

  test('[PLC-10] says what is wrong with a filter, and where', async () => {
    const context = await aFleet();
    expect(() => listContainerInstances(context, { filter: 'attribute:stack = prod' })).toThrow(
      'filter is not a valid expression: expected an operator (character 17).',
    );
  });
});

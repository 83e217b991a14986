import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aCluster, aContext } from '../api/testing.ts';
import { aTaskDefinition } from '../core/task/testing.ts';
import { instant } from '../lib/clock.ts';
import { containerInstances } from './collections.ts';
import { type LaunchRequest, launchTasks } from './launch-task.ts';
import { stopTask } from './stop-task.ts';
import { anInstance, storeHosts } from './testing.ts';

const BRIDGE = {
  networkMode: 'bridge',
  compatibilities: ['EC2'],
  cpu: undefined,
  memory: undefined,
  containerDefinitions: [{ name: 'app', image: 'x', cpu: 128, memory: 64 }],
} as const;

async function aWorld(hostIds: readonly string[]) {
  const context = await aContext();
  const { store, ids, installation: scope } = context;
  const cluster = await aCluster(context);
  await storeHosts(
    store,
    hostIds.map((instanceId, at) =>
      anInstance({ instanceId, attributes: [{ name: 'rack', value: at % 2 === 0 ? 'left' : 'right' }] }),
    ),
  );
  const request: LaunchRequest = {
    cluster,
    definition: aTaskDefinition(BRIDGE),
    count: 1,
    capacity: { launchType: 'EC2' },
    group: 'family:web',
    tags: [],
    enableExecuteCommand: false,
  };
  const now = instant(1_000);
  const launch = async (patch: Partial<LaunchRequest>) => {
    const outcome = await store.write((tx) => launchTasks({ tx, ids, now, scope }, { ...request, ...patch }));
    return {
      tasks: outcome.tasks,
      hosts: outcome.tasks.map(({ instanceArn = '' }) => instanceArn.slice(-2)),
      reasons: outcome.refusals.map(({ missing }) => missing),
    };
  };
  return { store, launch, now };
}

const memberOf = (expression: string) => [{ type: 'memberOf', expression }] as const;
const DISTINCT = [{ type: 'distinctInstance' }] as const;
const MEMBER_REASON = 'MemberOf placement constraint unsatisfied.';

describe('constraintsOf', () => {
  test('[PLC-13] memberOf follows the hosts as they change, however often it was asked', async () => {
    const world = await aWorld(['i1', 'i2']);
    const onLeft = { placementConstraints: memberOf('attribute:rack == left') };
    expect((await world.launch({ ...onLeft, count: 2 })).hosts).toEqual(['i1', 'i1']);
    await world.store.write((tx) => {
      for (const host of tx.all(containerInstances)) {
        const value = host.instanceId === 'i1' ? 'right' : 'left';
        tx.put(containerInstances, { ...host, attributes: [{ name: 'rack', value }] });
      }
    });
    // More expressions than are remembered come and go meanwhile.
    for (let at = 0; at < 70; at += 1)
      await world.launch({ placementConstraints: memberOf(`attribute:rack == ${at}`) });
    expect((await world.launch({ ...onLeft, count: 2 })).hosts).toEqual(['i2', 'i2']);
  });

  test('[PLC-13] memberOf keeps tasks on the hosts that are meant', async () => {
    const world = await aWorld(['i1', 'i2', 'i3']);
    const placed = await world.launch({ count: 4, placementConstraints: memberOf('attribute:rack == left') });
    expect(placed.hosts).toEqual(['i1', 'i3', 'i1', 'i3']);
    const nowhere = await world.launch({ placementConstraints: memberOf('attribute:rack == up') });
    expect(nowhere).toEqual({ tasks: [], hosts: [], reasons: [MEMBER_REASON, MEMBER_REASON, MEMBER_REASON] });
  });

  test('[PLC-13] those of the definition hold besides', async () => {
    const world = await aWorld(['i1', 'i2', 'i3']);
    const definition = aTaskDefinition({
      ...BRIDGE,
      placementConstraints: [...memberOf('attribute:rack == left')],
    });
    expect((await world.launch({ definition, count: 2, placementConstraints: DISTINCT })).hosts).toEqual([
      'i1',
      'i3',
    ]);
  });

  test('[PLC-13] a group keeps away from another, and from itself within one call', async () => {
    const world = await aWorld(['i1', 'i2', 'i3']);
    await world.launch({ group: 'database' });
    const away = memberOf('not(task:group == database) and not(task:group == web)');
    const placed = await world.launch({ count: 3, group: 'web', placementConstraints: away });
    expect(placed.hosts).toEqual(['i2', 'i3']);
  });

  test('[PLC-13] a group goes where another is', async () => {
    const world = await aWorld(['i1', 'i2', 'i3']);
    await world.launch({ group: 'database' });
    const near = memberOf('task:group == database');
    expect((await world.launch({ count: 2, group: 'web', placementConstraints: near })).hosts).toEqual([
      'i1',
      'i1',
    ]);
  });

  test('[PLC-13] distinctInstance does not count a task that is to stop, nor another group', async () => {
    const world = await aWorld(['i1', 'i2']);
    const first = await world.launch({ count: 2, placementConstraints: DISTINCT });
    expect(first.hosts).toEqual(['i1', 'i2']);
    const full = await world.launch({ placementConstraints: DISTINCT });
    expect(full.reasons).toEqual(Array(2).fill('DistinctInstance placement constraint unsatisfied.'));
    expect((await world.launch({ group: 'other', placementConstraints: DISTINCT })).hosts).toHaveLength(1);
    const [task] = first.tasks;
    if (task === undefined) throw new Error('no task');
    const cause = { stopCode: 'UserInitiated', reason: '' } as const;
    await world.store.write((tx) => stopTask({ tx, now: world.now }, task, cause));
    expect((await world.launch({ placementConstraints: DISTINCT })).hosts).toEqual(['i1']);
  });

  test('[PLC-13] distinctInstance: never two of a group on a host, and none left over while a host is free', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }), async (counts) => {
        const world = await aWorld(['i1', 'i2', 'i3', 'i4', 'i5']);
        const hosts: string[] = [];
        for (const count of counts) {
          const placed = await world.launch({ count, placementConstraints: DISTINCT });
          expect(placed.hosts).toHaveLength(Math.min(count, 5 - hosts.length));
          hosts.push(...placed.hosts);
        }
        expect(new Set(hosts).size).toBe(hosts.length);
      }),
      { numRuns: 30 },
    );
  });
});

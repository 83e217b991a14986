import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aCluster, aContext } from '../api/testing.ts';
import { plusResources } from '../core/placement/resource-sums.ts';
import { foldReport } from '../core/task/fold-report.ts';
import { aTaskDefinition } from '../core/task/testing.ts';
import { NO_RESOURCES } from '../domain/resources.ts';
import { instant } from '../lib/clock.ts';
import { containerInstances, subnets, tasks } from './collections.ts';
import type { LaunchRequest } from './launch-task.ts';
import { launchOnFound, launchTasks } from './launch-task.ts';
import { stopTask } from './stop-task.ts';
import { createTask, deleteTask, markTaskSent, tasksOfInstance, updateTask } from './tasks.ts';
import { aLaunchRequest, anInstance, aPoolHost, storeHosts } from './testing.ts';

const BRIDGE = aTaskDefinition({
  networkMode: 'bridge',
  compatibilities: ['EC2'],
  cpu: undefined,
  memory: undefined,
  containerDefinitions: [
    {
      name: 'app',
      image: 'x',
      cpu: 1024,
      memory: 1024,
      portMappings: [{ containerPort: 80, hostPort: 8080 }],
    },
  ],
});

describe('launchTasks', () => {
  test('[TSK-1] places FARGATE tasks in the pool, each with an address, even over the zones of the subnets', async () => {
    const world = await aWorld();
    await storeHosts(world.store, [aPoolHost({ instanceId: 'h1' }), anInstance({ instanceId: 'i1' })]);
    const outcome = await world.launch({ count: 6 });
    expect(outcome).toMatchObject({ unplacedCount: 0, refusals: [] });
    const zones = outcome.tasks.map(({ availabilityZone }) => availabilityZone).sort();
    expect(zones).toEqual([
      'us-east-1a',
      'us-east-1a',
      'us-east-1b',
      'us-east-1b',
      'us-east-1c',
      'us-east-1c',
    ]);
    expect(new Set(outcome.tasks.map((task) => task.networkInterface?.privateIpv4Address)).size).toBe(6);
    expect(outcome.tasks[0]).toMatchObject({
      lastStatus: 'PROVISIONING',
      networkInterface: { status: 'PRECREATED', securityGroupIds: [expect.stringMatching(/^sg-/)] },
      instanceArn: expect.stringMatching('gantry-fargate-pool/h1'),
    });
    expect(world.reserved('h1')).toMatchObject({ cpuUnits: 6 * 256, memoryMib: 6 * 512 });
  });

  test('[ASN-5] the number of a payload is drawn with the task, unless it has to wait for an interface', async () => {
    const world = await aWorld();
    await storeHosts(world.store, [
      anInstance({ instanceId: 'i1', lastSequenceNumber: 4 }),
      aPoolHost({ instanceId: 'h1', lastSequenceNumber: 4 }),
    ]);
    const inBridge = { definition: BRIDGE, capacity: { launchType: 'EC2' }, network: undefined } as const;
    const [own] = (await world.launch({ ...inBridge, count: 1 })).tasks;
    expect(own).toMatchObject({
      lastStatus: 'PENDING',
      payloadNumber: 5,
      sentAt: own?.createdAt,
      version: 1,
    });
    const host = world.store.read((tx) => tx.get(containerInstances, own?.instanceArn ?? ''));
    expect(host?.lastSequenceNumber).toBe(5);
    const [pooled] = (await world.launch({ count: 1 })).tasks;
    expect([pooled?.lastStatus, pooled?.payloadNumber, pooled?.sentAt]).toEqual([
      'PROVISIONING',
      undefined,
      undefined,
    ]);
  });

  test('[PLC-2] starts what fits and tells why the rest does not', async () => {
    const world = await aWorld();
    await storeHosts(world.store, [
      aPoolHost({ instanceId: 'h1' }),
      aPoolHost({ instanceId: 'h2', agentConnected: false }),
    ]);
    const outcome = await world.launch({ count: 20 });
    expect(outcome.tasks).toHaveLength(16);
    expect(outcome.unplacedCount).toBe(4);
    // Of the pool the closest is told.
    expect(outcome.refusals.map(({ reason }) => reason)).toEqual(['RESOURCE:CPU']);
  });

  test('[SVC-24] hosts that were found before are asked again, one after the other', async () => {
    const world = await aWorld();
    await storeHosts(world.store, [anInstance({ instanceId: 'i1' }), anInstance({ instanceId: 'i2' })]);
    const [i1 = '', i2 = ''] = world.store
      .read((tx) => tx.all(containerInstances))
      .map(({ containerInstanceArn }) => containerInstanceArn);
    const inBridge = { definition: BRIDGE, capacity: { launchType: 'EC2' }, network: undefined } as const;
    // The fixed host port is free once on each.
    const { tasks: started, unplacedCount } = await world.launchOn({ ...inBridge, count: 3 }, [i1, i1, i2]);
    expect([started.map(({ instanceArn }) => instanceArn), unplacedCount]).toEqual([[i1, i2], 1]);
  });

  test('[SVC-24] a host that is forgotten since it was found gets no task', async () => {
    const world = await aWorld();
    const inBridge = { definition: BRIDGE, capacity: { launchType: 'EC2' }, network: undefined } as const;
    const outcome = await world.launchOn({ ...inBridge, count: 1 }, ['gone']);
    expect([outcome.tasks, outcome.unplacedCount]).toEqual([[], 1]);
  });

  test('[PLC-2] holds a fixed host port once on each instance', async () => {
    const world = await aWorld();
    await storeHosts(world.store, [anInstance({ instanceId: 'i1' }), anInstance({ instanceId: 'i2' })]);
    const outcome = await world.launch({
      count: 3,
      definition: BRIDGE,
      capacity: { launchType: 'EC2' },
      network: undefined,
    });
    expect(outcome.tasks.map(({ lastStatus }) => lastStatus)).toEqual(['PENDING', 'PENDING']);
    expect(outcome.refusals.map(({ reason }) => reason)).toEqual(['RESOURCE:PORTS', 'RESOURCE:PORTS']);
    expect(world.reserved('i1', 'default').tcpPorts).toEqual([8080]);
  });

  test('[PLC-7] gives an EC2 task an address in its instance’s zone, and refuses instances of other zones', async () => {
    const world = await aWorld();
    const inZone = (letter: string) => [{ name: 'ecs.availability-zone', value: `us-east-1${letter}` }];
    await storeHosts(world.store, [
      anInstance({ instanceId: 'i1', attributes: inZone('b') }),
      anInstance({ instanceId: 'i2', attributes: inZone('z') }),
    ]);
    const outcome = await world.launch({ count: 17, capacity: { launchType: 'EC2' } });
    expect(new Set(outcome.tasks.map(({ availabilityZone }) => availabilityZone))).toEqual(
      new Set(['us-east-1b']),
    );
    expect(outcome.refusals).toMatchObject([
      { reason: 'RESOURCE:CPU' },
      { reason: 'LOCATION', missing: 'us-east-1z' },
    ]);
  });

  test('[PLC-7] a subnet without a free address leaves the task over', async () => {
    const world = await aWorld();
    await storeHosts(world.store, [aPoolHost({ instanceId: 'h1' })]);
    const small = { ...world.subnet(0), cidrBlock: '172.31.0.0/29' };
    await world.store.write((tx) => tx.put(subnets, small));
    const outcome = await world.launch({ count: 5, network: { subnets: [small.subnetId] } });
    expect(outcome.tasks).toHaveLength(3);
    expect(outcome.refusals).toMatchObject([{ reason: 'RESOURCE:ENI' }, { reason: 'RESOURCE:ENI' }]);
  });

  test('[PLC-8] finds the only free host of a large pool', async () => {
    const world = await aWorld();
    const hosts = Array.from({ length: 600 }, (_, at) =>
      aPoolHost({ instanceId: `${at}`.padStart(8, '0'), status: at === 599 ? 'ACTIVE' : 'DRAINING' }),
    );
    await storeHosts(world.store, hosts);
    const outcome = await world.launch({ count: 2 });
    expect(outcome.tasks).toHaveLength(2);
  });

  test('[PLC-9] what a host has reserved is always the sum over its tasks that are not STOPPED', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 99 }), { maxLength: 25 }), async (moves) => {
        const world = await aWorld();
        await storeHosts(world.store, [anInstance({ instanceId: 'i1' }), anInstance({ instanceId: 'i2' })]);
        for (const move of moves) await world.step(move);
        world.store.read((tx) => {
          for (const host of tx.all(containerInstances)) {
            const held = tasksOfInstance(tx, host.containerInstanceArn).map(({ reserved }) => reserved);
            expect(host.reserved).toEqual(held.reduce(plusResources, NO_RESOURCES));
            expect(host.reserved.cpuUnits).toBeLessThanOrEqual(host.registered.cpuUnits);
            expect(new Set(host.reserved.tcpPorts).size).toBe(host.reserved.tcpPorts.length);
          }
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe('stopTask', () => {
  test('[TSK-42] keeps the first cause', async () => {
    const world = await aWorld();
    await storeHosts(world.store, [aPoolHost({ instanceId: 'h1' })]);
    const [task] = (await world.launch({ count: 1 })).tasks;
    if (task === undefined) throw new Error('no task');
    const stopped = await world.store.write((tx) => {
      const first = stopTask({ tx, now: instant(5) }, task, { stopCode: 'UserInitiated', reason: 'one' });
      return stopTask({ tx, now: instant(6) }, first, {
        stopCode: 'ServiceSchedulerInitiated',
        reason: 'two',
      });
    });
    expect(stopped).toMatchObject({
      desiredStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'one',
      stoppingAt: 5,
      version: 2,
    });
  });
});

describe('updateTask', () => {
  test('[TSK-10] stops on a move back, a change after the end, a second life and a new host', async () => {
    const world = await aWorld();
    await storeHosts(world.store, [aPoolHost({ instanceId: 'h1' })]);
    const [task] = (await world.launch({ count: 1 })).tasks;
    if (task === undefined) throw new Error('no task');
    const write = (work: Parameters<typeof world.store.write>[0]) => world.store.write(work);
    await write((tx) => void updateTask(tx, { ...task, lastStatus: 'RUNNING' }));
    await expect(write((tx) => void updateTask(tx, { ...task, lastStatus: 'PENDING' }))).rejects.toThrow(
      'forward only',
    );
    await expect(
      write((tx) => void updateTask(tx, { ...task, lastStatus: 'RUNNING', instanceArn: 'x' })),
    ).rejects.toThrow('on its host');
    await expect(write((tx) => void createTask(tx, task))).rejects.toThrow('created once');
    await expect(write((tx) => deleteTask(tx, task.taskArn))).rejects.toThrow('only a stopped task');
    await write((tx) => void updateTask(tx, { ...task, lastStatus: 'STOPPED', desiredStatus: 'STOPPED' }));
    await expect(write((tx) => void updateTask(tx, { ...task, lastStatus: 'STOPPED' }))).rejects.toThrow(
      'stays as it is',
    );
    await write((tx) => deleteTask(tx, task.taskArn));
    expect(world.store.read((tx) => tx.get(tasks, task.taskArn))).toBe(undefined);
  });

  test('[TSK-1] a note for the control plane makes no new version', async () => {
    const world = await aWorld();
    await storeHosts(world.store, [aPoolHost({ instanceId: 'h1' })]);
    const [task] = (await world.launch({ count: 1 })).tasks;
    if (task === undefined) throw new Error('no task');
    const sent = await world.store.write((tx) => markTaskSent(tx, task, instant(7)));
    expect(sent).toMatchObject({ sentAt: 7, version: 1 });
  });
});

async function aWorld() {
  const context = await aContext();
  const { store, ids, installation: scope } = context;
  const cluster = await aCluster(context);
  const subnetRows = store.read((tx) => tx.all(subnets));
  const now = instant(1_000);
  const launch = (patch: Partial<LaunchRequest>) =>
    store.write((tx) => launchTasks({ tx, ids, now, scope }, aLaunchRequest(tx, { cluster, ...patch })));
  const launchOn = (patch: Partial<LaunchRequest>, hostArns: readonly string[]) =>
    store.write((tx) => {
      const request = aLaunchRequest(tx, { cluster, ...patch });
      return launchOnFound({ tx, ids, now, scope }, request, hostArns);
    });
  return {
    store,
    launch,
    launchOn,
    subnet: (at: number) => {
      const row = subnetRows[at];
      if (row === undefined) throw new Error('no such subnet');
      return row;
    },
    reserved: (instanceId: string, cluster = 'gantry-fargate-pool') => {
      const arn = `arn:aws:ecs:us-east-1:123456789012:container-instance/${cluster}/${instanceId}`;
      return store.read((tx) => tx.get(containerInstances, arn)?.reserved ?? NO_RESOURCES);
    },
    /** One of: launch with or without a fixed port, report RUNNING with a chosen port, report STOPPED. */
    step: async (move: number) => {
      const patch = { capacity: { launchType: 'EC2' }, network: undefined } as const;
      const dynamic = aTaskDefinition({
        ...BRIDGE.document,
        containerDefinitions: [{ name: 'app', image: 'x', cpu: 512, memory: 256 }],
      });
      if (move % 4 < 2)
        await launch({ ...patch, count: 1 + (move % 3), definition: move % 2 === 0 ? BRIDGE : dynamic });
      else
        await store.write((tx) => {
          const live = tx.all(tasks).filter(({ lastStatus }) => lastStatus !== 'STOPPED');
          const task = live[move % Math.max(live.length, 1)];
          if (task === undefined) return;
          const networkBindings = [
            {
              containerPort: 80,
              hostPort: 40_000 + task.version + Number.parseInt(task.taskId, 16),
              protocol: 'tcp' as const,
            },
          ];
          const status = move % 4 === 2 ? 'RUNNING' : 'STOPPED';
          const report = { status, containers: [{ name: 'app', status, networkBindings }], attachments: [] };
          updateTask(tx, foldReport(task, report, now));
        });
    },
  };
}

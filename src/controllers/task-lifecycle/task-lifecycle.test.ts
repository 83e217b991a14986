import { describe, expect, test } from 'vitest';
import { aCluster, aContext } from '../../api/testing.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import { NO_RESOURCES } from '../../domain/resources.ts';
import type { Task } from '../../domain/task.ts';
import { plusMs } from '../../lib/clock.ts';
import { containerInstances, subnets, tasks } from '../../records/collections.ts';
import { launchTasks } from '../../records/launch-task.ts';
import { availableAddressCount } from '../../records/network.ts';
import { reportTask } from '../../records/report-task.ts';
import { stopTask } from '../../records/stop-task.ts';
import { aLaunchRequest, aPoolHost, storeHosts } from '../../records/testing.ts';
import { startTaskLifecycle } from './start-task-lifecycle.ts';

const HOST = aPoolHost({ instanceId: 'h1' });

describe('startTaskLifecycle', () => {
  test('[TSK-30] attaches the interface of a new task and makes it PENDING', async () => {
    const world = await aWorld();
    const task = await world.launchOne();
    await world.lifecycle.idle();
    expect(world.row(task)).toMatchObject({
      lastStatus: 'PENDING',
      version: 2,
      networkInterface: { status: 'ATTACHED' },
    });
  });

  test('[TSK-30] attaches what was left PROVISIONING before its start', async () => {
    const world = await aWorld();
    world.lifecycle.stop();
    const task = await world.launchOne();
    expect(world.row(task)).toMatchObject({ lastStatus: 'PROVISIONING' });
    await world.restart().idle();
    expect(world.row(task)).toMatchObject({ lastStatus: 'PENDING' });
  });

  test('[TSK-31] takes a stopped task’s interface away and frees its address and its share of the host', async () => {
    const world = await aWorld();
    const task = await world.runOne();
    const freeBefore = world.freeAddressCount();
    await world.report(task, 'STOPPED');
    await world.lifecycle.idle();
    expect(world.row(task)).toMatchObject({
      lastStatus: 'STOPPED',
      stoppedAt: world.context.clock.now(),
      networkInterface: { status: 'DELETED' },
      version: 5,
    });
    expect(world.freeAddressCount()).toBe(freeBefore + 1);
    expect(world.host()?.reserved).toEqual(NO_RESOURCES);
  });

  test('[TSK-30] a task stopped before any host heard of it ends at once', async () => {
    const world = await aWorld();
    world.lifecycle.stop();
    const task = await world.launchOne();
    await world.store.write((tx) => {
      stopTask({ tx, now: world.context.clock.now() }, task, { stopCode: 'UserInitiated', reason: 'enough' });
    });
    await world.restart().idle();
    expect(world.row(task)).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'enough',
      containers: [{ lastStatus: 'STOPPED' }],
    });
  });

  test('[TSK-30] a PENDING task that was never sent ends at once, one that was sent waits for its host', async () => {
    const world = await aWorld();
    const { context, store } = world;
    const [unsent, sent] = [await world.launchOne(), await world.launchOne()];
    await world.lifecycle.idle();
    await store.write((tx) => {
      const row = tx.get(tasks, unsent.taskArn);
      // As one whose host went away before its interface was there.
      if (row !== undefined) tx.put(tasks, { ...row, sentAt: undefined, payloadNumber: undefined });
    });
    await store.write((tx) => {
      for (const task of tx.all(tasks)) {
        stopTask({ tx, now: context.clock.now() }, task, { stopCode: 'UserInitiated', reason: 'enough' });
      }
    });
    await world.lifecycle.idle();
    expect(world.row(unsent)).toMatchObject({ lastStatus: 'STOPPED' });
    expect(world.row(sent)).toMatchObject({ lastStatus: 'PENDING', desiredStatus: 'STOPPED' });
  });

  test('[TSK-30] a deregistered host takes its tasks with it', async () => {
    const world = await aWorld();
    const task = await world.runOne();
    await world.setHost({ status: 'INACTIVE' });
    await world.lifecycle.idle();
    expect(world.row(task)).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'Container instance deregistration forced by user',
    });
  });

  test('[TSK-15] shows that a host is away and back', async () => {
    const world = await aWorld();
    const task = await world.runOne();
    await world.setHost({ agentConnected: false });
    await world.lifecycle.idle();
    expect(world.row(task)?.connectivity).toBe('DISCONNECTED');
    await world.setHost({ agentConnected: true });
    await world.lifecycle.idle();
    expect(world.row(task)?.connectivity).toBe('CONNECTED');
  });

  test('[TSK-31] gives a silent pool host up after five minutes, and not before', async () => {
    const world = await aWorld();
    const task = await world.runOne();
    await world.setHost({ agentConnected: false, connectivityAt: world.context.clock.now() });
    await world.lifecycle.idle();
    world.context.clock.advance(5 * 60_000 - 1);
    await world.lifecycle.idle();
    expect(world.row(task)).toMatchObject({ lastStatus: 'RUNNING' });
    world.context.clock.advance(1);
    await world.lifecycle.idle();
    expect(world.row(task)).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TerminationNotice' });
  });

  test('[TSK-32] forgets a stopped task an hour after its end, and not before', async () => {
    const world = await aWorld();
    const task = await world.runOne();
    await world.report(task, 'STOPPED');
    await world.lifecycle.idle();
    world.context.clock.advance(59 * 60_000);
    await world.lifecycle.idle();
    expect(world.row(task)).toBeDefined();
    world.context.clock.advance(2 * 60_000);
    await world.lifecycle.idle();
    expect(world.row(task)).toBe(undefined);
  });

  test('[TSK-32] forgets more tasks than one page holds', async () => {
    const world = await aWorld();
    const task = await world.runOne();
    await world.report(task, 'STOPPED');
    await world.lifecycle.idle();
    const stopped = world.row(task);
    if (stopped === undefined) throw new Error('no row');
    await world.store.write((tx) => {
      for (let at = 0; at < 1_200; at += 1) tx.put(tasks, { ...stopped, taskArn: `${task.taskArn}/${at}` });
    });
    world.context.clock.advance(61 * 60_000);
    for (let page = 0; page < 5; page += 1) {
      await world.lifecycle.idle();
      world.context.clock.advance(10);
    }
    expect(world.store.read((tx) => tx.count(tasks, 'live', 'STOPPED'))).toBe(0);
  });

  test('[TSK-30] does nothing more after it was stopped', async () => {
    const world = await aWorld();
    world.lifecycle.stop();
    const task = await world.launchOne();
    await world.lifecycle.idle();
    expect(world.row(task)).toMatchObject({ lastStatus: 'PROVISIONING' });
  });
});

async function aWorld() {
  const context = await aContext();
  const { store, clock, log, ids, installation: scope } = context;
  const cluster = await aCluster(context);
  await storeHosts(store, [HOST]);
  const start = () => startTaskLifecycle({ store, clock, log });
  const lifecycle = start();
  const launchOne = (): Promise<Task> =>
    store.write((tx) => {
      const outcome = launchTasks({ tx, ids, now: clock.now(), scope }, aLaunchRequest(tx, { cluster }));
      const [task] = outcome.tasks;
      if (task === undefined) throw new Error('no room');
      return task;
    });
  const report = (task: Task, status: 'RUNNING' | 'STOPPED') =>
    store.write((tx) => {
      const containers = [{ name: 'app', status, ...(status === 'STOPPED' ? { exitCode: 0 } : {}) }];
      reportTask(tx, task.taskArn, {
        report: { status, containers, attachments: [] },
        now: plusMs(clock.now(), 0),
      });
    });
  return {
    context,
    store,
    lifecycle,
    restart: start,
    launchOne,
    report,
    runOne: async () => {
      const task = await launchOne();
      await lifecycle.idle();
      await report(task, 'RUNNING');
      await lifecycle.idle();
      return task;
    },
    row: (task: Task) => store.read((tx) => tx.get(tasks, task.taskArn)),
    host: () => store.read((tx) => tx.get(containerInstances, HOST.containerInstanceArn)),
    setHost: (patch: Partial<ContainerInstance>) =>
      store.write((tx) => {
        const host = tx.get(containerInstances, HOST.containerInstanceArn);
        if (host !== undefined) tx.put(containerInstances, { ...host, ...patch });
      }),
    freeAddressCount: () =>
      store.read((tx) =>
        tx.all(subnets).reduce((total, subnet) => total + availableAddressCount(tx, subnet), 0),
      ),
  };
}

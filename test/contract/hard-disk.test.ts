import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateClusterCommand, DescribeClustersCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCutProxy } from '../support/cut-proxy.ts';
import { mountSmallDisk, type SmallDisk, whyNoSmallDisk } from '../support/small-disk.ts';
import { eventually } from '../support/wait.ts';
import {
  containerOf,
  type HardLab,
  isRunning,
  isStopped,
  LOG_GROUP,
  logging,
  ROLE_ARN,
  startHardLab,
  streamOf,
} from './support/hard-lab.ts';

const missing = await whyNoSmallDisk();
const PLANE_MIB = 24;
const AGENT_MIB = 4;

describe.skipIf(missing !== undefined)('a disk without room', () => {
  let planeDisk: SmallDisk;
  let agentDisk: SmallDisk;
  let lab: HardLab;

  beforeAll(async () => {
    planeDisk = await mountSmallDisk(PLANE_MIB);
    agentDisk = await mountSmallDisk(AGENT_MIB);
    lab = await startHardLab({ dataDir: planeDisk.path });
    await lab.register({ family: 'web' });
  });

  afterAll(async () => {
    await lab?.close();
    for (const disk of [planeDisk, agentDisk]) await disk?.remove();
  });

  test('[HARD-34] an agent without room takes nothing new on, goes on with what it has, and catches up', async () => {
    const agent = lab.startAgent({ dataDir: agentDisk.path });
    await lab.hostWhere(({ agentConnected }) => agentConnected === true);
    const before = await lab.run('web');
    await lab.taskWhere(before, isRunning);
    agentDisk.fill();
    const late = await lab.run('web');
    // Its own output may not be writable either: what it stops is what can be seen of it.
    await lab.stop(before);
    expect(containerOf(await lab.taskWhere(before, isStopped))).toMatchObject({ exitCode: 143 });
    expect((await lab.task(late)).lastStatus).toBe('PENDING');
    expect(agent.process.exitCode).toBeNull();
    agentDisk.clear();
    await lab.taskWhere(late, isRunning);
    const documents = readdirSync(join(agentDisk.path, 'state/tasks'));
    expect(documents).toContain(`${late.slice(late.lastIndexOf('/') + 1)}.json`);
    await eventually('the word in the log', async () => {
      const [said] = agent.logged('agent.state-not-saved');
      return said === undefined ? undefined : (expect(String(said['error'])).toContain('ENOSPC') ?? true);
    });
    expect(agent.logged('agent.state-saved-again')).not.toEqual([]);
  });

  test('[HARD-34] [HARD-38] a stream is waited for, and output is shipped from a host without room', async () => {
    const logs = await startCutProxy(lab.gantry.port);
    try {
      logs.set('refuse');
      await lab.register({
        family: 'chatty',
        executionRoleArn: ROLE_ARN,
        containerDefinitions: [
          {
            ...{ name: 'main', image: 'sim.log-3', memory: 16 },
            logConfiguration: logging({ 'awslogs-endpoint': logs.url }),
          },
        ],
      });
      const arn = await lab.run('chatty');
      const document = `${arn.slice(arn.lastIndexOf('/') + 1)}.json`;
      await eventually('the attempt', async () => {
        const isKept = readdirSync(join(agentDisk.path, 'state/tasks')).includes(document);
        return isKept && logs.connectionCount > 0 ? true : undefined;
      });
      agentDisk.fill();
      logs.set('open');
      await lab.taskWhere(arn, isRunning);
      await eventually('the lines', async () =>
        (await lab.lines(streamOf(arn))).length === 3 ? true : undefined,
      );
      await lab.stop(arn);
      await lab.taskWhere(arn, isStopped);
    } finally {
      agentDisk.clear();
      await logs.close();
    }
  });

  test('[HARD-34] an agent that finds no room at its start says what to do', async () => {
    const disk = await mountSmallDisk(1);
    try {
      disk.fill();
      const agent = lab.startAgent({ dataDir: join(agentDisk.path, 'other'), stateDir: disk.path });
      await eventually('its end', async () => agent.process.exitCode ?? undefined);
      expect(agent.process.exitCode).not.toBe(0);
      expect(agent.output()).toContain('Make room there');
      expect(agent.output()).toContain(disk.path);
      expect(agent.output()).not.toMatch(/\n\s+at /);
    } finally {
      await disk.remove();
    }
  });

  test('[HARD-35] a control plane without room refuses what changes something, answers the rest, and loses nothing', async () => {
    const { once } = lab;
    const names = async (): Promise<readonly string[]> => {
      const clusters = acknowledged.length === 0 ? ['none'] : acknowledged.slice(-100);
      const answer = await once.send(new DescribeClustersCommand({ clusters: [...clusters] }));
      return (answer.clusters ?? []).map(({ clusterName = '' }) => clusterName);
    };
    const acknowledged: string[] = [];
    const put = (message: string) =>
      lab.logs.send(
        new PutLogEventsCommand({
          logGroupName: LOG_GROUP,
          logStreamName: 'full',
          logEvents: [{ timestamp: Date.now(), message }],
        }),
      );
    await lab.logs.send(new CreateLogStreamCommand({ logGroupName: LOG_GROUP, logStreamName: 'full' }));
    await put('before');
    planeDisk.fill();
    let refusal: unknown;
    // The files have some room of their own yet.
    for (let count = 0; refusal === undefined && count < 2_000; count += 1) {
      const clusterName = `c-${count}`;
      try {
        await once.send(new CreateClusterCommand({ clusterName }));
        acknowledged.push(clusterName);
      } catch (error) {
        refusal = error;
      }
    }
    expect(refusal).toMatchObject({
      name: 'ServerException',
      $fault: 'server',
      message: expect.stringContaining('The state cannot be written: database or disk is full'),
    });
    expect((await names()).length).toBe(Math.min(100, acknowledged.length));
    expect((await lab.host())?.agentConnected).toBe(true);
    planeDisk.clear();
    await once.send(new CreateClusterCommand({ clusterName: 'after' }));
    await put('after');
    expect(await lab.lines('full')).toEqual(['before', 'after']);
    expect(readFileSync(join(planeDisk.path, 'logs/up.log'), 'utf8')).toContain(
      `Make room in ${planeDisk.path}`,
    );
    await lab.gantry.gantry(['down']);
    planeDisk.fill();
    await expect(lab.gantry.up()).rejects.toThrow(`Cannot write to ${planeDisk.path}`);
    planeDisk.clear();
    await lab.gantry.up();
    acknowledged.push('after');
    expect((await names()).length).toBe(Math.min(100, acknowledged.length));
    expect(await lab.lines('full')).toEqual(['before', 'after']);
  });
});

import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  ExecuteCommandCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
  waitUntilTasksRunning,
} from '@aws-sdk/client-ecs';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { ResumeSessionCommand, SSMClient, TerminateSessionCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gantry, startGantry } from '../../src/main/testing-entry.ts';
import { eventually } from '../support/wait.ts';
import { FARGATE_SIZE } from './support/fargate-size.ts';
import { connectPlugin, type PluginClient } from './support/plugin-client.ts';

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
});

let gantry: Gantry;
let ecs: ECSClient;
let ssm: SSMClient;

async function runTask(): Promise<string> {
  const { tasks = [], failures } = await ecs.send(
    new RunTaskCommand({
      taskDefinition: 'box',
      launchType: 'FARGATE',
      enableExecuteCommand: true,
      networkConfiguration: { awsvpcConfiguration: { subnets: [...gantry.subnetIds] } },
    }),
  );
  expect(failures).toEqual([]);
  const arn = tasks[0]?.taskArn ?? '';
  await waitUntilTasksRunning({ client: ecs, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { tasks: [arn] });
  return arn;
}

async function describeTask(arn: string): Promise<Task | undefined> {
  return (await ecs.send(new DescribeTasksCommand({ tasks: [arn] }))).tasks?.[0];
}

interface Opened {
  readonly sessionId: string;
  readonly streamUrl: string;
  readonly tokenValue: string;
}

async function execute(task: string, command: string): Promise<Opened> {
  const { session } = await ecs.send(new ExecuteCommandCommand({ task, command, interactive: true }));
  return {
    sessionId: session?.sessionId ?? '',
    streamUrl: session?.streamUrl ?? '',
    tokenValue: session?.tokenValue ?? '',
  };
}

async function open(task: string, command: string, dropCount = 0): Promise<PluginClient & Opened> {
  const session = await execute(task, command);
  return { ...(await connectPlugin(session, { dropCount })), ...session };
}

describe('ECS Exec through the SDK and a client of the plugin’s protocol', () => {
  beforeAll(async () => {
    gantry = await startGantry();
    const config = {
      endpoint: gantry.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
      maxAttempts: 1,
    };
    ecs = new ECSClient(config);
    ssm = new SSMClient(config);
    const iam = new IAMClient(config);
    await iam.send(new CreateRoleCommand({ RoleName: 'box', AssumeRolePolicyDocument: TRUST }));
    await ecs.send(new CreateClusterCommand({}));
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'box',
        ...FARGATE_SIZE,
        taskRoleArn: 'box',
        containerDefinitions: [{ name: 'main', image: 'box' }],
      }),
    );
  });

  afterAll(() => gantry.stop());

  test('[EXE-8] the managed agent is RUNNING with its container and STOPPED with it', async () => {
    const arn = await runTask();
    expect((await describeTask(arn))?.containers?.[0]?.managedAgents).toEqual([
      {
        name: 'ExecuteCommandAgent',
        lastStatus: 'RUNNING',
        reason: 'ExecuteCommandAgent started',
        lastStartedAt: expect.any(Date),
      },
    ]);
    const client = await open(arn, 'cat');
    client.type('x');
    await client.waitFor('x');
    await ecs.send(new StopTaskCommand({ task: arn }));
    // The container ends under the command.
    expect(await client.closed).toMatchObject({ Output: '', ExitCode: 137 });
    const agents = await eventually('the end of the task', async () => {
      const task = await describeTask(arn);
      return task?.lastStatus === 'STOPPED' ? task.containers?.[0]?.managedAgents : undefined;
    });
    expect(agents).toMatchObject([{ lastStatus: 'STOPPED' }]);
    await expect(execute(arn, 'ls')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('[EXE-23] output that a client was not ready for comes again, and in order', async () => {
    const client = await open(await runTask(), 'cat', 2);
    for (const word of ['one ', 'two ', 'three ']) client.type(word);
    await client.waitFor('one two three ');
    client.resize(100, 50);
    await client.waitFor('[100x50]');
    client.type('\x04');
    expect(await client.closed).toMatchObject({
      SessionId: client.sessionId,
      MessageType: 'channel_closed',
      Output: '',
      ExitCode: 0,
    });
    expect(await client.closeCode).toBe(1000);
    const twice = client.received.filter((number, at) => client.received.indexOf(number) !== at);
    expect(twice.length).toBeGreaterThan(0);
  });

  test('[EXE-42] a client that lost its connection goes on with a new token', async () => {
    const client = await open(await runTask(), 'cat');
    client.type('before ');
    await client.waitFor('before ');
    client.cut();
    // The old one was good for one connection.
    expect(await client.closeCode).toBe(1006);
    const again = await connectPlugin(client);
    expect(await again.closeCode).toBe(1008);
    const resumed = await ssm.send(new ResumeSessionCommand({ SessionId: client.sessionId }));
    expect(resumed.StreamUrl).toBe(client.streamUrl);
    await client.comeBack(resumed.TokenValue ?? '');
    client.type('after');
    await client.waitFor('before after');
    await ssm.send(new TerminateSessionCommand({ SessionId: client.sessionId }));
    expect(await client.closed).toMatchObject({ Output: '' });
    const over = await ssm.send(new ResumeSessionCommand({ SessionId: client.sessionId }));
    expect(over.TokenValue).toBeUndefined();
  });

  test('[EXE-21] another token is refused, and an unknown session is not there', async () => {
    const session = await execute(await runTask(), 'cat');
    const stranger = await connectPlugin({ ...session, tokenValue: 'guessed' });
    expect(await stranger.closeCode).toBe(1008);
    const elsewhere = { ...session, streamUrl: session.streamUrl.replace(session.sessionId, 'unknown') };
    await expect(connectPlugin(elsewhere)).rejects.toThrow('404');
    const client = await connectPlugin(session);
    client.type('still good');
    await client.waitFor('still good');
    await ssm.send(new TerminateSessionCommand({ SessionId: session.sessionId }));
  });

  test('[EXE-11] a command line that cannot be read fails the session with the reason', async () => {
    const client = await open(await runTask(), "echo 'unfinished");
    expect(await client.closed).toMatchObject({
      Output: 'Failed to parse commands input: a quotation does not end',
    });
  });

  test('[EXE-7] the third session of a container is told so when it connects', async () => {
    const arn = await runTask();
    const sessions = [await execute(arn, 'cat'), await execute(arn, 'cat'), await execute(arn, 'cat')];
    const clients: PluginClient[] = [];
    for (const session of sessions) clients.push(await connectPlugin(session));
    expect(await clients[2]?.closed).toMatchObject({
      Output: 'Unable to start new execute sessions because the maximum session limit of 2 has been reached.',
    });
    await expect(execute(arn, 'cat')).rejects.toMatchObject({ name: 'ClientException' });
    for (const client of clients) client.type('\x04');
    await Promise.all(clients.slice(0, 2).map((client) => client.closed));
  });

  test('[EXE-30] many sessions at once keep to themselves', async () => {
    const tasks = await Promise.all(Array.from({ length: 15 }, () => runTask()));
    const clients = await Promise.all([...tasks, ...tasks].map((task) => open(task, 'cat')));
    await Promise.all(
      clients.map(async (client, at) => {
        const word = `<session ${at}>`;
        client.type(word);
        await client.waitFor(word);
        client.type('\x04');
        expect(await client.closed).toMatchObject({ ExitCode: 0 });
        expect(client.shown()).toBe(`${word}\x04`);
      }),
    );
  });
});

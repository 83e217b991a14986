import { describe, expect, test } from 'vitest';
import { aContainer, aTask } from '../../core/task/testing.ts';
import type { ExecSession } from '../../domain/exec-session.ts';
import type { Task } from '../../domain/task.ts';
import { plusMs } from '../../lib/clock.ts';
import { clusters, roles, tasks } from '../../records/collections.ts';
import { daemonTaskDefinitions } from '../../records/daemon-definitions.ts';
import { execSessions } from '../../records/exec-sessions.ts';
import { aPoolHost, storeDefinition, storeHosts } from '../../records/testing.ts';
import type { ClusterConfiguration } from '../../shapes/generated/ecs.ts';
import { resumeSession } from '../ssm/resume-session.ts';
import { terminateSession } from '../ssm/terminate-session.ts';
import { aCluster, aContext } from '../testing.ts';
import { executeCommand } from './execute-command.ts';

const ROLE_ARN = 'arn:aws:iam::123456789012:role/app';
const ALLOWED = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'ssmmessages:*', Resource: '*' }] });
const RUNTIME_ID = 'f'.repeat(64);
const EXEC = { name: 'gantry.capability.exec-session' };
const RUNNING = aContainer({
  runtimeId: RUNTIME_ID,
  lastStatus: 'RUNNING',
  managedAgent: { name: 'ExecuteCommandAgent', lastStatus: 'RUNNING' },
});
const NOT_ENABLED =
  'The execute command failed because execute command was not enabled when the task was run or the execute command agent isn\u2019t running. Wait and try again or run a new task with execute command enabled and try again.';
const NOT_CONNECTED = 'The execute command failed due to an internal error. Try again later.';
const INPUT = { task: '0123456789abcdef0123456789abcdef', command: 'ls', interactive: true };

/** A running task, its host, its role; each can be another. */
async function aWorld(
  options: {
    readonly task?: Partial<Task>;
    readonly isConnected?: boolean;
    readonly knowsExec?: boolean;
    readonly policy?: string;
    readonly configuration?: ClusterConfiguration;
  } = {},
) {
  const context = await aContext();
  const cluster = await aCluster(context);
  await storeDefinition(context.store, {
    containerDefinitions: [
      {
        name: 'app',
        image: 'x',
        logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': '/own' } },
      },
    ],
  });
  const host = aPoolHost({ instanceId: 'i1', attributes: options.knowsExec === false ? [] : [EXEC] });
  await storeHosts(context.store, [{ ...host, agentConnected: options.isConnected ?? true }]);
  await context.store.write((tx) => {
    tx.put(clusters, { ...cluster, configuration: options.configuration });
    tx.put(tasks, {
      ...aTask({
        enableExecuteCommand: true,
        lastStatus: 'RUNNING',
        containers: [RUNNING],
        taskRoleArn: ROLE_ARN,
        instanceArn: host.containerInstanceArn,
      }),
      ...options.task,
    });
    tx.put(roles, {
      roleName: 'app',
      roleId: 'AROA1',
      arn: ROLE_ARN,
      path: '/',
      createdAt: context.clock.now(),
      maxSessionDurationSeconds: 3600,
      assumeRolePolicyDocument: '{}',
      inlinePolicies: { exec: options.policy ?? ALLOWED },
      attachedPolicyArns: [],
      tags: [],
    });
  });
  const rows = (): readonly ExecSession[] => context.store.read((tx) => tx.all(execSessions));
  return { context, rows, run: async (input = {}) => executeCommand(context, { ...INPUT, ...input }) };
}

describe('executeCommand', () => {
  test('[EXE-6] answers where to connect, and keeps what is to be run', async () => {
    const { context, rows, run } = await aWorld();
    const answer = await run();
    const [row] = rows();
    expect(answer).toEqual({
      clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/default',
      taskArn: `arn:aws:ecs:us-east-1:123456789012:task/default/${INPUT.task}`,
      containerArn: 'container/app',
      containerName: 'app',
      interactive: true,
      session: {
        sessionId: row?.sessionId,
        streamUrl: `ws://127.0.0.1:7070/v1/data-channel/${row?.sessionId}?role=publish_subscribe`,
        tokenValue: row?.token,
      },
    });
    expect(row).toMatchObject({
      sessionId: expect.stringMatching(/^ecs-execute-command-[0-9a-f]{17}$/),
      target: `ecs:default_${INPUT.task}_${RUNTIME_ID}`,
      command: 'ls',
      status: 'CREATED',
      tokenExpiresAt: plusMs(context.clock.now(), 300_000),
    });
    const elsewhere = { ...context.installation, execStreamUrl: 'wss://exec.example.com' };
    const other = await executeCommand({ ...context, installation: elsewhere }, INPUT);
    expect(other.session?.streamUrl).toMatch(/^wss:\/\/exec\.example\.com\/v1\/data-channel\/ecs-/);
  });

  test.each([
    ['no terminal', { interactive: false }, 'Interactive is the only mode supported currently.'],
    ['no command', { command: ' ' }, 'Command cannot be empty.'],
    ['no id', { task: 'abc' }, 'task length should be one of [32,36]'],
    ['an unknown task', { task: 'a'.repeat(32) }, 'The referenced task was not found.'],
    ['an unknown cluster', { cluster: 'nope' }, 'Cluster not found.'],
    ['an unknown container', { container: 'db' }, 'The task has no container named db.'],
  ])('[EXE-1] refuses %s', async (_, input, message) => {
    const { run } = await aWorld();
    await expect(run(input)).rejects.toMatchObject({ message });
  });

  test.each<[string, Partial<Task>]>([
    ['started without it', { enableExecuteCommand: false }],
    ['not running', { containers: [{ ...RUNNING, lastStatus: 'PENDING' }] }],
    ['without an engine id', { containers: [{ ...RUNNING, runtimeId: undefined }] }],
    [
      'whose agent does not run',
      { containers: [{ ...RUNNING, managedAgent: { name: 'ExecuteCommandAgent', lastStatus: 'PENDING' } }] },
    ],
  ])('[EXE-4] refuses a task %s', async (_, task) => {
    const { run } = await aWorld({ task });
    await expect(run()).rejects.toMatchObject({ code: 'InvalidParameterException', message: NOT_ENABLED });
  });

  test('[EXE-4] a role without the permissions, and a host without its agent, are not connected', async () => {
    const denied = JSON.stringify({
      Statement: [
        ...JSON.parse(ALLOWED).Statement,
        { Effect: 'Deny', Action: 'ssmmessages:OpenDataChannel', Resource: '*' },
      ],
    });
    for (const options of [{ policy: '{}' }, { policy: denied }, { isConnected: false }]) {
      const { run } = await aWorld(options);
      await expect(run()).rejects.toMatchObject({
        code: 'TargetNotConnectedException',
        message: NOT_CONNECTED,
      });
    }
  });

  test('[EXE-5] on a host of another agent, whose managed agent says that it runs, nothing is connected', async () => {
    const { run } = await aWorld({ knowsExec: false });
    await expect(run()).rejects.toMatchObject({
      code: 'TargetNotConnectedException',
      message: NOT_CONNECTED,
    });
  });

  test('[EXE-3] of several containers one has to be named', async () => {
    const { run } = await aWorld({
      task: { containers: [RUNNING, { ...RUNNING, name: 'db', runtimeId: 'db' }] },
    });
    await expect(run()).rejects.toMatchObject({ message: expect.stringContaining('several containers') });
    expect((await run({ container: 'db' })).containerName).toBe('db');
  });

  test('[EXE-7] two connected sessions are enough; those nobody connected to do not count', async () => {
    const { context, rows, run } = await aWorld();
    for (let count = 0; count < 3; count += 1) await run();
    await context.store.write((tx) => {
      for (const row of rows().slice(0, 2)) tx.put(execSessions, { ...row, status: 'CONNECTED' });
    });
    await expect(run()).rejects.toMatchObject({
      code: 'ClientException',
      message:
        'Unable to start new execute sessions because the maximum session limit of 2 has been reached.',
    });
    await terminateSession(context, { SessionId: rows()[0]?.sessionId ?? '' });
    await expect(run()).resolves.toBeDefined();
  });

  const exec = (executeCommandConfiguration: ClusterConfiguration['executeCommandConfiguration']) => ({
    executeCommandConfiguration,
  });

  test.each<[string, ClusterConfiguration | undefined, ExecSession['transcript']]>([
    ['nothing', undefined, { logGroupName: '/own' }],
    ['DEFAULT', exec({ logging: 'DEFAULT' }), { logGroupName: '/own' }],
    ['NONE', exec({ logging: 'NONE' }), undefined],
    [
      'OVERRIDE',
      exec({ logging: 'OVERRIDE', logConfiguration: { cloudWatchLogGroupName: '/x' } }),
      { logGroupName: '/x' },
    ],
    [
      'a bucket (EXE-53)',
      exec({ logging: 'OVERRIDE', logConfiguration: { s3BucketName: 'b', s3KeyPrefix: 'p/' } }),
      { object: { bucket: 'b', keyPrefix: 'p/' } },
    ],
    [
      'encryption',
      exec({
        logging: 'OVERRIDE',
        logConfiguration: { cloudWatchLogGroupName: '/x', cloudWatchEncryptionEnabled: true },
      }),
      { logGroupName: '/x', refusal: expect.stringContaining('encryption is not set up') },
    ],
  ])('[EXE-50] [EXE-51] where the cluster says %s', async (_, configuration, transcript) => {
    const { rows, run } = await aWorld(configuration === undefined ? {} : { configuration });
    await run();
    expect(rows()[0]?.transcript).toEqual(transcript);
  });

  test('[EXE-50] the group of a daemon’s container is that of the daemon task definition', async () => {
    const { context, rows, run } = await aWorld({
      task: { daemonArn: 'daemon', family: 'agent', revision: 1 },
    });
    const options = { 'awslogs-group': '/daemon' };
    await context.store.write((tx) =>
      tx.put(daemonTaskDefinitions, {
        daemonTaskDefinitionArn: 'd',
        family: 'agent',
        revision: 1,
        status: 'ACTIVE',
        document: {
          containerDefinitions: [
            { name: 'app', image: 'x', logConfiguration: { logDriver: 'awslogs', options } },
          ],
        },
        registeredAt: context.clock.now(),
        registeredBy: 'me',
        tags: [],
      }),
    );
    await run();
    expect(rows()[0]?.transcript).toEqual({ logGroupName: '/daemon' });
  });

  test.each([
    ['kmsKeyId', exec({ kmsKeyId: 'k' })],
    [
      's3EncryptionEnabled',
      exec({ logging: 'OVERRIDE', logConfiguration: { s3BucketName: 'b', s3EncryptionEnabled: true } }),
    ],
  ])('[EXE-50] %s is refused by its name', async (member, configuration) => {
    const { run } = await aWorld({ configuration });
    await expect(run()).rejects.toMatchObject({
      message: expect.stringContaining(`${member} is not supported yet`),
    });
  });
});

describe('resumeSession and terminateSession', () => {
  test('[EXE-42] a session is given a new token until it is over', async () => {
    const { context, rows, run } = await aWorld();
    const first = (await run()).session?.tokenValue;
    const SessionId = rows()[0]?.sessionId ?? '';
    const resumed = await resumeSession(context, { SessionId });
    expect(resumed).toEqual({
      SessionId,
      TokenValue: rows()[0]?.token,
      StreamUrl: `ws://127.0.0.1:7070/v1/data-channel/${SessionId}?role=publish_subscribe`,
    });
    expect(resumed.TokenValue).not.toBe(first);
    for (let time = 0; time < 2; time += 1) {
      expect(await terminateSession(context, { SessionId })).toEqual({ SessionId });
    }
    expect(await resumeSession(context, { SessionId })).toEqual({ SessionId });
    expect(rows()[0]).toMatchObject({ status: 'TERMINATED', endedAt: context.clock.now() });
  });

  test('[EXE-42] unknown sessions do not exist', async () => {
    const { context } = await aWorld();
    for (const operation of [resumeSession, terminateSession]) {
      await expect(operation(context, { SessionId: 'x' })).rejects.toMatchObject({
        code: 'DoesNotExistException',
      });
    }
  });
});

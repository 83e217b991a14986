import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Task } from '../../src/domain/task.ts';
import { containerInstances, roles, tasks } from '../../src/records/collections.ts';
import { type LinkLab, startLinkLab } from './support/link-lab.ts';

let lab: LinkLab;

const TRUST = JSON.stringify({
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
});

async function run(container: object, task: object = {}): Promise<string> {
  await lab.call('RegisterTaskDefinition', {
    family: 'web',
    containerDefinitions: [{ name: 'web', image: 'web', memory: 64, ...container }],
    ...task,
  });
  const { tasks: started, failures } = await lab.call('RunTask', {
    cluster: 'lab',
    taskDefinition: 'web',
    launchType: 'EC2',
  });
  expect(failures).toEqual([]);
  return (started as Task[])[0]?.taskArn ?? '';
}

async function aRole(name: string): Promise<string> {
  const arn = `arn:aws:iam::123456789012:role/${name}`;
  await lab.store.write((tx) =>
    tx.put(roles, {
      roleName: name,
      roleId: 'AROA1',
      arn,
      path: '/',
      createdAt: tx.all(containerInstances)[0]?.registeredAt ?? (0 as never),
      maxSessionDurationSeconds: 3600,
      assumeRolePolicyDocument: TRUST,
      inlinePolicies: {},
      attachedPolicyArns: [],
      tags: [],
    }),
  );
  return arn;
}

const isRunning = (task: Task): boolean => task.lastStatus === 'RUNNING';
const isStopped = (task: Task): boolean => task.lastStatus === 'STOPPED';

const metadata = (path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${lab.agent.metadataPort}${path}`);

describe('control plane and agent over the agent protocol', () => {
  beforeEach(async () => {
    lab = await startLinkLab();
  });

  afterEach(() => lab.close());

  test('[ASN-2] a host that connects is connected, with its versions', async () => {
    await expect.poll(() => lab.isConnected()).toBe(true);
    const [instance] = lab.store.read((tx) => tx.all(containerInstances));
    expect(instance).toMatchObject({ agentVersion: '1.0.0', agentHash: 'abc', dockerVersion: '1' });
  });

  test('a task runs, is stopped, and leaves the host', async () => {
    const arn = await run({});
    const running = await lab.taskWhen(arn, isRunning);
    expect(running.containers[0]).toMatchObject({ lastStatus: 'RUNNING', runtimeId: expect.any(String) });
    await lab.call('StopTask', { cluster: 'lab', task: arn, reason: 'enough' });
    const stopped = await lab.taskWhen(arn, isStopped);
    expect(stopped).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'enough' });
    expect(stopped.containers[0]).toMatchObject({ lastStatus: 'STOPPED', exitCode: 143 });
    await expect.poll(async () => (await lab.driver.listContainers()).length).toBe(0);
  });

  test('[AGT-6] the end of an essential container ends the task', async () => {
    const arn = await run({ image: 'sim.exit-3.after-50' });
    const stopped = await lab.taskWhen(arn, isStopped);
    expect(stopped).toMatchObject({ stopCode: 'EssentialContainerExited' });
    expect(stopped.startedAt).toBeDefined();
    expect(stopped.containers[0]).toMatchObject({ exitCode: 3 });
  });

  test('[AGT-10] an image that does not come is the reason', async () => {
    const arn = await run({ image: 'sim.refuse-pull' });
    const stopped = await lab.taskWhen(arn, isStopped);
    expect(stopped.stopCode).toBe('TaskFailedToStart');
    expect(stopped.containers[0]?.reason).toMatch(/^CannotPullContainerError: /);
  });

  test('[AGT-6] memory that ran out is the reason', async () => {
    const arn = await run({ image: 'sim.oom' });
    const stopped = await lab.taskWhen(arn, isStopped);
    expect(stopped.containers[0]).toMatchObject({
      exitCode: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    });
  });

  test('[AGT-16] a new agent finds the containers again, and what happened meanwhile', async () => {
    const arn = await run({});
    const running = await lab.taskWhen(arn, isRunning);
    await lab.restartAgent();
    const runtimeId = running.containers[0]?.runtimeId ?? '';
    expect(await lab.driver.inspectContainer(runtimeId)).toMatchObject({ status: 'running' });
    lab.driver.crash(runtimeId, 9);
    expect((await lab.taskWhen(arn, isStopped)).containers[0]).toMatchObject({ exitCode: 9, runtimeId });
  });

  test('[HARD-46] credentials whose renewal was lost are asked for at the next connection, and others are not', async () => {
    const arn = await run({}, { taskRoleArn: await aRole('app') });
    await lab.taskWhen(arn, isRunning);
    const asksAgain = async (): Promise<boolean> => {
      const count = lab.acsQueries.length;
      lab.cutSockets();
      await expect.poll(() => lab.acsQueries.length).toBeGreaterThan(count);
      await expect.poll(() => lab.isConnected()).toBe(true);
      return lab.acsQueries.at(-1)?.includes('sendCredentials=true') ?? false;
    };
    expect(await asksAgain()).toBe(false);
    const hoursMs = 3_600_000;
    lab.aheadMs = 5 * hoursMs + 4 * 60_000;
    expect(await asksAgain()).toBe(false);
    lab.aheadMs = 5 * hoursMs + 6 * 60_000;
    expect(await asksAgain()).toBe(true);
  });

  test('[AGT-16] losing the control plane stops nothing; reports arrive afterwards', async () => {
    const arn = await run({});
    const running = await lab.taskWhen(arn, isRunning);
    const runtimeId = running.containers[0]?.runtimeId ?? '';
    lab.isCut = true;
    lab.cutSockets();
    await expect.poll(() => lab.isConnected()).toBe(false);
    expect(await lab.driver.inspectContainer(runtimeId)).toMatchObject({ status: 'running' });
    lab.driver.crash(runtimeId, 4);
    lab.isCut = false;
    expect((await lab.taskWhen(arn, isStopped)).containers[0]).toMatchObject({ exitCode: 4 });
    await expect.poll(() => lab.isConnected()).toBe(true);
  });

  test('[ASN-9] health travels by telemetry', async () => {
    const arn = await run({ healthCheck: { command: ['CMD', 'true'] } });
    const healthy = await lab.taskWhen(arn, (task) => task.healthStatus === 'HEALTHY');
    lab.driver.setHealth(healthy.containers[0]?.runtimeId ?? '', 'unhealthy');
    await lab.taskWhen(arn, (task) => task.healthStatus === 'UNHEALTHY');
  });

  test('[CRD-1] [TMD-1] a container gets the credentials of its task role', async () => {
    const taskRoleArn = await aRole('app');
    const arn = await run({}, { taskRoleArn });
    const task = await lab.taskWhen(arn, isRunning);
    const answer = await metadata(`/v2/credentials/${task.taskRoleCredentialsId}`);
    expect(await answer.json()).toMatchObject({
      RoleArn: taskRoleArn,
      AccessKeyId: expect.stringMatching(/^ASIA/),
    });
    const unknown = await metadata('/v2/credentials/other');
    expect(unknown.status).toBe(400);
    expect(await unknown.json()).toEqual({
      code: 'InvalidIdInRequest',
      message: 'CredentialsV2Request: Credentials not found',
      HTTPErrorCode: 400,
    });
  });

  test('[INT-1][INT-2] the agent tells the host what it runs, after a restart too', async () => {
    const arn = await run({}, {});
    await lab.taskWhen(arn, isRunning);
    const look = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${lab.agent.introspectionPort}${path}`);
      return { status: answer.status, body: await answer.text() };
    };
    const tasks = async (query = ''): Promise<unknown> => JSON.parse((await look(`/v1/tasks${query}`)).body);
    for (const step of [async () => {}, () => lab.restartAgent()]) {
      await step();
      expect(JSON.parse((await look('/v1/metadata')).body)).toEqual({
        Cluster: 'lab',
        ContainerInstanceArn: lab.agent.containerInstanceArn,
        Version: 'Gantry Agent - v1.0.0 (abc)',
      });
      expect(await tasks(`?taskarn=${arn}`)).toMatchObject({ Arn: arn, KnownStatus: 'RUNNING' });
      expect(await tasks()).toMatchObject({
        Tasks: expect.arrayContaining([expect.objectContaining({ Arn: arn })]),
      });
    }
    expect((await look('/v1/tasks?taskarn=other')).status).toBe(404);
    expect(await look('/license')).toEqual({ status: 200, body: 'You may.' });
  });

  test('[ASN-8] a new agent gets the credentials again', async () => {
    const arn = await run({}, { taskRoleArn: await aRole('app') });
    const task = await lab.taskWhen(arn, isRunning);
    await lab.restartAgent();
    await expect
      .poll(async () => (await metadata(`/v2/credentials/${task.taskRoleCredentialsId}`)).status)
      .toBe(200);
  });

  test('[AGT-13] [AGT-14] output is shipped to the end, by the execution role', async () => {
    const executionRoleArn = await aRole('execution');
    const logConfiguration = {
      logDriver: 'awslogs',
      options: { 'awslogs-group': '/lab', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 's' },
    };
    const arn = await run({ image: 'sim.log-30.exit-0.after-20', logConfiguration }, { executionRoleArn });
    const task = await lab.taskWhen(arn, isStopped);
    const shipped = () =>
      lab.otherCalls
        .filter(({ operation }) => operation === 'PutLogEvents')
        .flatMap(({ input }) => input['logEvents'] as { message: string }[]);
    await expect.poll(() => shipped().length).toBe(30);
    expect(shipped().map(({ message }) => message)).toEqual(
      Array.from({ length: 30 }, (_, at) => `line ${at + 1}`),
    );
    expect(lab.otherCalls[0]).toEqual({
      operation: 'CreateLogStream',
      input: { logGroupName: '/lab', logStreamName: `s/web/${task.taskId}` },
    });
  });

  test('[ASN-7] a task that the control plane does not know any more is stopped', async () => {
    const arn = await run({});
    await lab.taskWhen(arn, isRunning);
    await lab.store.write((tx) => tx.delete(tasks, arn));
    lab.sessions.reconnectAll();
    await expect.poll(async () => (await lab.driver.listContainers()).length, { timeout: 10_000 }).toBe(0);
  });

  test('[ASN-1] a host that was deregistered is refused', async () => {
    await expect.poll(() => lab.isConnected()).toBe(true);
    const { containerInstanceArn } = lab.agent;
    await lab.call('DeregisterContainerInstance', {
      cluster: 'lab',
      containerInstance: containerInstanceArn,
    });
    await expect.poll(() => lab.isConnected()).toBe(false);
    const query = `containerInstanceArn=${encodeURIComponent(containerInstanceArn)}`;
    expect(lab.sessions.admitAcs(query)).toMatchObject({
      kind: 'refused',
      refusal: { body: '{"InactiveInstanceException":"Container instance is not active."}' },
    });
  });
});

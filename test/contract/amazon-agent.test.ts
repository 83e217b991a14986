import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateClusterCommand,
  DeregisterContainerInstanceCommand,
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ECSClient,
  ExecuteCommandCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { startGantry, type TestGantry } from '../support/gantry.ts';
import { payloadFaults } from './support/agent-payload.ts';
import { type AgentSocket, AmazonAgent, type Frame } from './support/amazon-agent.ts';

let gantry: TestGantry;
let ecs: ECSClient;
let agent: AmazonAgent;
let acs: AgentSocket;
let tlsPort = 0;

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
});

const hostKey = () =>
  JSON.parse(readFileSync(join(gantry.dataDir, 'host-key.json'), 'utf8')) as {
    accessKeyId: string;
    secretAccessKey: string;
  };

const anAgent = (
  more: { readonly backendHost?: string; readonly cluster?: string; readonly ca?: string } = {},
) =>
  new AmazonAgent({
    backendHost: gantry.endpointUrl,
    cluster: 'lab',
    region: 'us-east-1',
    credentials: hostKey(),
    ...more,
  });

/** Acknowledges as the agent does: the payload, and each set of credentials in it. */
function acknowledge(socket: AgentSocket, { message }: Frame): void {
  const { messageId } = message;
  socket.send('AckRequest', { cluster: 'lab', containerInstance: agent.containerInstanceArn, messageId });
  for (const task of message['tasks'] as readonly Record<
    string,
    { credentialsId: string; expiration: string }
  >[]) {
    for (const name of ['roleCredentials', 'executionRoleCredentials']) {
      const credentials = task[name];
      if (credentials === undefined) continue;
      const { credentialsId, expiration } = credentials;
      socket.send('IAMRoleCredentialsAckRequest', { messageId, credentialsId, expiration });
    }
  }
}

const tasksOf = ({ message }: Frame) => message['tasks'] as readonly Readonly<Record<string, unknown>>[];
const isAbout = (taskArn: string, status: string) => (frame: Frame) =>
  tasksOf(frame).some((task) => task['arn'] === taskArn && task['desiredStatus'] === status);

async function runTask(taskDefinition = 'web'): Promise<string> {
  const { tasks, failures } = await ecs.send(
    new RunTaskCommand({ cluster: 'lab', taskDefinition, launchType: 'EXTERNAL' }),
  );
  expect(failures).toEqual([]);
  return tasks?.[0]?.taskArn ?? '';
}

/** Runs a task, has the agent take it, and answers its ARN and its payload. */
async function takenTask(taskDefinition = 'web') {
  const arn = await runTask(taskDefinition);
  const frame = await acs.next('PayloadMessage', isAbout(arn, 'RUNNING'));
  acknowledge(acs, frame);
  const payload = tasksOf(frame).find((task) => task['arn'] === arn) ?? {};
  return { arn, frame, payload };
}

const described = async (arn: string): Promise<Task> => {
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: 'lab', tasks: [arn] }));
  const [task] = tasks ?? [];
  if (task === undefined) throw new Error(`no task ${arn}`);
  return task;
};

const report = async (task: string, members: object): Promise<void> => {
  const answer = await agent.call('SubmitTaskStateChange', { cluster: 'lab', task, reason: '', ...members });
  expect(answer).toEqual({ status: 200, body: { acknowledgment: 'ACK' } });
};

const container = (members: object) => ({ containerName: 'app', runtimeId: 'd0c1', ...members });
/** Epoch seconds with a fraction of a thousandth, as the agent writes times. */
const seconds = (): number => Math.floor(Date.now()) / 1000;

/** The exchanges of the agent 1.105.1 as they were seen on the wire, replayed from its side. */
describe('the Amazon ECS agent as a host', () => {
  beforeAll(async () => {
    tlsPort = await freePort();
    gantry = await startGantry({
      args: [
        '--runtime',
        'simulated',
        '--no-agent',
        '--tls-port',
        String(tlsPort),
        '--tls-name',
        'gantry.test',
      ],
    });
    const settings = {
      endpoint: gantry.endpointUrl,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: {
        accessKeyId: gantry.env['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: gantry.env['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    };
    ecs = new ECSClient(settings);
    await ecs.send(new CreateClusterCommand({ clusterName: 'lab' }));
    const iam = new IAMClient(settings);
    for (const RoleName of ['app', 'execution']) {
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST }));
    }
    const logConfiguration = {
      logDriver: 'awslogs' as const,
      options: { 'awslogs-group': 'g', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'p' },
    };
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'web',
        requiresCompatibilities: ['EXTERNAL'],
        networkMode: 'bridge',
        taskRoleArn: 'arn:aws:iam::000000000000:role/app',
        executionRoleArn: 'arn:aws:iam::000000000000:role/execution',
        containerDefinitions: [
          {
            name: 'app',
            image: '000000000000.dkr.ecr.us-east-1.amazonaws.com/shop:1',
            memory: 128,
            cpu: 64,
            portMappings: [{ containerPort: 80 }],
            healthCheck: { command: ['CMD', 'true'] },
            environment: [{ name: 'A', value: '1' }],
            logConfiguration,
          },
          { name: 'side', image: 'busybox', memoryReservation: 32, essential: false },
        ],
      }),
    );
    agent = anAgent();
    const { status, body } = await agent.start();
    expect({ status, body }).toMatchObject({ status: 200 });
    acs = await agent.openAcs();
  });

  afterAll(async () => {
    acs?.drop();
    await gantry?.stop();
  });

  const instance = async (containerInstanceArn = agent.containerInstanceArn) => {
    const { containerInstances } = await ecs.send(
      new DescribeContainerInstancesCommand({ cluster: 'lab', containerInstances: [containerInstanceArn] }),
    );
    return containerInstances?.[0];
  };

  test('[INS-2] [INS-4] it registers from outside of AWS, and each valued attribute comes back', async () => {
    const other = anAgent();
    const sent = other.registration() as { attributes: { name: string; value?: string }[] };
    const answer = await other.call('RegisterContainerInstance', sent);
    const { attributes } = answer.body['containerInstance'] as typeof sent;
    for (const { name, value } of sent.attributes) {
      if (value !== undefined) expect(attributes).toContainEqual(expect.objectContaining({ name, value }));
    }
    expect(attributes).toContainEqual(
      expect.objectContaining({ name: 'ecs.availability-zone', value: 'us-east-1a' }),
    );
    // The same token again is a retry of the SDK, not a second host.
    const again = await other.call('RegisterContainerInstance', sent);
    expect(again.body['containerInstance']).toMatchObject({
      containerInstanceArn: (answer.body['containerInstance'] as Record<string, unknown>)[
        'containerInstanceArn'
      ],
    });
  });

  test('[INS-5] started again, it comes back as who it was; an instance that is gone is told so', async () => {
    const again = anAgent();
    const { containerInstanceArn } = agent;
    expect((await again.start({ containerInstanceArn })).status).toBe(200);
    expect(again.containerInstanceArn).toBe(containerInstanceArn);
    const unknown = containerInstanceArn.replace(/.{4}$/, '0000');
    expect(await anAgent().start({ containerInstanceArn: unknown })).toMatchObject({
      status: 400,
      body: { __type: 'ClientException' },
    });
  });

  test('[INS-2] [INS-4] with an identity document it is an EC2 instance', async () => {
    const document = {
      instanceId: 'i-0123456789abcdef0',
      availabilityZone: 'us-east-1b',
      instanceType: 'm5.large',
      imageId: 'ami-1',
      architecture: 'x86_64',
    };
    const { attributes } = agent.registration() as { attributes: { name: string }[] };
    const answer = await anAgent().start({
      instanceIdentityDocument: JSON.stringify(document, undefined, 2),
      instanceIdentityDocumentSignature: 'c2lnbmF0dXJl\n',
      attributes: attributes.filter(({ name }) => name !== 'ecs.capability.external'),
    });
    expect(answer.body['containerInstance']).toMatchObject({ ec2InstanceId: 'i-0123456789abcdef0' });
  });

  test('a cluster that is not there ends its start, and the default one it makes itself', async () => {
    const lost = await anAgent({ cluster: 'nowhere' }).start();
    expect(lost).toMatchObject({ status: 400, body: { __type: 'ClusterNotFoundException' } });
    expect(String(lost.body['message'])).toContain('Cluster not found.');
  });

  test('[INS-10] [ASN-11] it is told the address by which it came, and so are its tasks', async () => {
    const { port } = new URL(gantry.endpointUrl);
    const roundabout = anAgent({ backendHost: `http://localhost:${port}` });
    await roundabout.start();
    expect(roundabout.endpoint).toBe(`http://localhost:${port}/acs/`);
    expect(roundabout.telemetryEndpoint).toBe(`http://localhost:${port}/tcs/`);
    expect(agent.endpoint).toBe(`${gantry.endpointUrl}/acs/`);
  });

  test('[ASN-2] its versions come with the connection, with and without their prefix', async () => {
    expect(await instance()).toMatchObject({
      agentConnected: true,
      versionInfo: {
        agentVersion: '1.105.1',
        agentHash: 'a8b3e7d3',
        dockerVersion: 'DockerVersion: 20.10.24+dfsg1',
      },
    });
  });

  test('[PAY-1] [PAY-5] [PAY-6] a payload is one that it takes, and leads it to us for everything', async () => {
    const { arn, frame, payload } = await takenTask();
    expect(payloadFaults(frame)).toEqual([]);
    expect(payload).toMatchObject({
      launchType: 'EXTERNAL',
      networkMode: 'bridge',
      family: 'web',
      version: '1',
    });
    const [app, side] = payload['containers'] as readonly Record<string, unknown>[];
    const { host } = new URL(gantry.endpointUrl);
    expect(app).toMatchObject({
      image: `${host}/shop:1`,
      registryAuthentication: {
        type: 'ecr',
        ecrAuthData: { endpointOverride: gantry.endpointUrl, useExecutionRole: true },
      },
      logsAuthStrategy: 'ExecutionRole',
      portMappings: [{ containerPort: 80, hostPort: 0, protocol: 'tcp' }],
    });
    const docker = app?.['dockerConfig'] as { readonly hostConfig: string } | undefined;
    expect(JSON.parse(docker?.hostConfig ?? '{}').LogConfig).toMatchObject({
      Type: 'awslogs',
      Config: { 'awslogs-endpoint': gantry.endpointUrl },
    });
    expect(side).toMatchObject({ essential: false, memory: 0 });
    await report(arn, { status: 'STOPPED', containers: [] });
  });

  test('[TSK-10] [TSK-11] [TSK-13] a life, with its repetitions and in its order', async () => {
    const { arn } = await takenTask();
    // A digest that a registry resolved comes first, in a report of its own.
    const imageDigest = `sha256:${'a'.repeat(64)}`;
    await report(arn, {
      status: 'PENDING',
      containers: [{ containerName: 'app', imageDigest, status: 'PENDING' }],
    });
    expect((await described(arn)).containers?.[0]).toMatchObject({ imageDigest, lastStatus: 'PENDING' });
    const pulled = { pullStartedAt: seconds(), pullStoppedAt: seconds() };
    const networkBindings = [{ bindIP: '0.0.0.0', containerPort: 80, hostPort: 32768, protocol: 'tcp' }];
    const up = {
      status: 'RUNNING',
      ...pulled,
      containers: [
        container({ status: 'RUNNING', networkBindings, imageDigest }),
        // One that ended while others were starting is there twice, in order, with its exit code both times.
        { containerName: 'side', runtimeId: 'd0c2', status: 'RUNNING', exitCode: 0 },
        { containerName: 'side', runtimeId: 'd0c2', status: 'STOPPED', exitCode: 0 },
      ],
    };
    await report(arn, up);
    const running = await described(arn);
    expect(running).toMatchObject({
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
      connectivity: 'CONNECTED',
    });
    expect(running.containers?.find(({ name }) => name === 'side')).toMatchObject({
      lastStatus: 'STOPPED',
      exitCode: 0,
    });
    expect(running.containers?.find(({ name }) => name === 'app')).toMatchObject({
      lastStatus: 'RUNNING',
      networkBindings: [{ hostPort: 32768 }],
    });
    // The ticker repeats itself, and an old report may come late.
    await report(arn, { status: 'RUNNING', containers: [] });
    await report(arn, { status: 'PENDING', containers: [] });
    expect(await described(arn)).toMatchObject({ lastStatus: 'RUNNING', version: running.version });
    // A tick in which the task is called RUNNING while its essential container has ended.
    const executionStoppedAt = seconds();
    await report(arn, {
      status: 'RUNNING',
      executionStoppedAt,
      containers: [container({ status: 'STOPPED', exitCode: 3 })],
    });
    expect(await described(arn)).toMatchObject({
      desiredStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
    });
    await report(arn, { status: 'STOPPED', executionStoppedAt, containers: [] });
    await expect.poll(async () => (await described(arn)).lastStatus).toBe('STOPPED');
    const stopped = await described(arn);
    expect(stopped).toMatchObject({ stoppedReason: 'Essential container in task exited' });
    expect(stopped.executionStoppedAt?.getTime()).toBe(Math.round(executionStoppedAt * 1000));
    // Late, and twice: nothing comes back to life.
    await report(arn, up);
    await report(arn, { status: 'STOPPED', containers: [] });
    expect(await described(arn)).toMatchObject({ lastStatus: 'STOPPED', version: stopped.version });
  });

  test('[EXE-5] [EXE-8] its managed agent is shown as it is reported, and a command answered as on AWS', async () => {
    const { tasks, failures } = await ecs.send(
      new RunTaskCommand({
        cluster: 'lab',
        taskDefinition: 'web',
        launchType: 'EXTERNAL',
        enableExecuteCommand: true,
      }),
    );
    expect(failures).toEqual([]);
    const arn = tasks?.[0]?.taskArn ?? '';
    const payload = await acs.next('PayloadMessage', isAbout(arn, 'RUNNING'));
    acknowledge(acs, payload);
    expect(JSON.stringify(payload.message)).not.toContain('ExecuteCommandAgent');
    const name = 'ExecuteCommandAgent';
    const shown = async () =>
      (await described(arn)).containers?.find((each) => each.name === 'app')?.managedAgents;
    const refusal = () =>
      ecs
        .send(
          new ExecuteCommandCommand({
            cluster: 'lab',
            task: arn,
            container: 'app',
            command: 'sh',
            interactive: true,
          }),
        )
        .catch((error: Error) => `${error.name}: ${error.message}`);
    await report(arn, {
      status: 'RUNNING',
      containers: [container({ status: 'RUNNING' })],
    });
    expect(await shown()).toEqual([{ name, lastStatus: 'PENDING' }]);
    expect(await refusal()).toContain(
      'InvalidParameterException: The execute command failed because execute command was not enabled when the task was run or the execute command agent isn\u2019t running.',
    );
    const managed = (status: string, reason: string) => ({
      status: 'RUNNING',
      containers: [],
      managedAgents: [{ containerName: 'app', managedAgentName: name, status, reason }],
    });
    await report(arn, managed('RUNNING', 'ExecuteCommandAgent started'));
    expect(await shown()).toMatchObject([
      { name, lastStatus: 'RUNNING', reason: 'ExecuteCommandAgent started', lastStartedAt: expect.any(Date) },
    ]);
    expect(await refusal()).toBe(
      'TargetNotConnectedException: The execute command failed due to an internal error. Try again later.',
    );
    await report(arn, managed('STOPPED', 'Received Container Stopped event'));
    expect(await shown()).toMatchObject([
      { lastStatus: 'STOPPED', reason: 'Received Container Stopped event' },
    ]);
    await ecs.send(new StopTaskCommand({ cluster: 'lab', task: arn }));
    await report(arn, { status: 'STOPPED', containers: [container({ status: 'STOPPED', exitCode: 0 })] });
  });

  test('[TSK-20] what never started has the agent’s reason', async () => {
    const { arn } = await takenTask();
    const reason =
      'CannotPullImageManifestError: Error response from daemon: Get "http://127.0.0.1/v2/": connection refused';
    await report(arn, {
      status: 'STOPPED',
      pullStartedAt: seconds(),
      pullStoppedAt: seconds(),
      containers: [
        { containerName: 'app', status: 'STOPPED', reason },
        { containerName: 'side', status: 'STOPPED' },
      ],
    });
    await expect.poll(async () => (await described(arn)).lastStatus).toBe('STOPPED');
    expect(await described(arn)).toMatchObject({ stopCode: 'TaskFailedToStart' });
    expect((await described(arn)).containers?.[0]).toMatchObject({ reason });
  });

  test('[TSK-17] what we do not know any more is acknowledged, or it would be reported for ever', async () => {
    const unknown = 'arn:aws:ecs:us-east-1:000000000000:task/lab/0123456789abcdef0123456789abcdef';
    await report(unknown, { status: 'STOPPED', containers: [container({ status: 'STOPPED' })] });
  });

  test('[ASN-4] a stop needs the ARN and the status alone, and the end of a killed container is kept', async () => {
    const { arn } = await takenTask();
    await report(arn, { status: 'RUNNING', containers: [container({ status: 'RUNNING' })] });
    await ecs.send(new StopTaskCommand({ cluster: 'lab', task: arn, reason: 'enough' }));
    const stop = await acs.next('PayloadMessage', isAbout(arn, 'STOPPED'));
    expect(payloadFaults(stop)).toEqual([]);
    acknowledge(acs, stop);
    await report(arn, {
      status: 'STOPPED',
      executionStoppedAt: seconds(),
      containers: [
        container({
          status: 'STOPPED',
          exitCode: 137,
          reason: 'OutOfMemoryError: Container killed due to memory usage',
        }),
      ],
    });
    await expect.poll(async () => (await described(arn)).lastStatus).toBe('STOPPED');
    expect(await described(arn)).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'enough' });
  });

  test('[ASN-5] [ASN-6] [ASN-8] a new process gets all again under higher numbers; a reconnect no credentials', async () => {
    const { arn, frame } = await takenTask();
    await report(arn, { status: 'RUNNING', containers: [container({ status: 'RUNNING' })] });
    const waiting = await runTask();
    await acs.next('PayloadMessage', isAbout(waiting, 'RUNNING'));
    acs.drop();
    acs = await agent.openAcs(true);
    // What was never acknowledged comes again, then what there should be, under one counter.
    const repeated = await acs.next('PayloadMessage', isAbout(waiting, 'RUNNING'));
    acknowledge(acs, repeated);
    const credentials = await acs.next(
      'IAMRoleCredentialsMessage',
      ({ message }) => message['taskArn'] === arn,
    );
    expect(credentials.message['roleCredentials']).toMatchObject({
      credentialsId: (tasksOf(frame)[0]?.['roleCredentials'] as Record<string, unknown> | undefined)?.[
        'credentialsId'
      ],
    });
    const manifest = await acs.next('TaskManifestMessage');
    expect(manifest.message['timeline']).toBeGreaterThan(Number(repeated.message['seqNum']));
    expect(Number(repeated.message['seqNum'])).toBeGreaterThan(Number(frame.message['seqNum']));
    const listed = manifest.message['tasks'] as readonly { taskArn: string; desiredStatus: string }[];
    expect(listed.map(({ taskArn }) => taskArn)).toEqual(expect.arrayContaining([arn, waiting]));
    for (const { type, message } of acs.frames) {
      if (type !== 'IAMRoleCredentialsMessage') continue;
      const { credentialsId, expiration } = message['roleCredentials'] as Record<string, unknown>;
      const { messageId } = message;
      acs.send('IAMRoleCredentialsAckRequest', { messageId, credentialsId, expiration });
    }
    // Its answer says that what was sent before it has arrived.
    acs.send('TaskStopVerificationMessage', { messageId: manifest.message['messageId'], stopCandidates: [] });
    await acs.next('TaskStopVerificationAck');
    acs.drop();
    acs = await agent.openAcs(false);
    await acs.next('TaskManifestMessage');
    expect(acs.frames.some(({ type }) => type === 'IAMRoleCredentialsMessage')).toBe(false);
    for (const task of [arn, waiting]) await report(task, { status: 'STOPPED', containers: [] });
  });

  test('[ASN-7] what it offers to stop is looked up again', async () => {
    const { arn } = await takenTask();
    const manifest = await (async () => {
      acs.drop();
      acs = await agent.openAcs(false);
      return acs.next('TaskManifestMessage');
    })();
    const { messageId } = manifest.message;
    const unknown = 'arn:aws:ecs:us-east-1:000000000000:task/lab/ffffffffffffffffffffffffffffffff';
    acs.send('AckRequest', { cluster: 'lab', containerInstance: agent.containerInstanceArn, messageId });
    const stopCandidates = [arn, unknown].map((taskArn) => ({
      taskArn,
      taskClusterArn: 'lab',
      desiredStatus: 'STOPPED',
    }));
    acs.send('TaskStopVerificationMessage', { messageId, stopCandidates });
    const answer = await acs.next('TaskStopVerificationAck');
    expect(answer.message).toMatchObject({ messageId, stopTasks: [{ taskArn: unknown }] });
    await report(arn, { status: 'STOPPED', containers: [] });
  });

  test('[TSK-16] an attachment is reported alone', async () => {
    const { arn } = await takenTask();
    const attachmentArn =
      'arn:aws:ecs:us-east-1:000000000000:attachment/0b0b0b0b-0b0b-0b0b-0b0b-0b0b0b0b0b0b';
    const answer = await agent.call('SubmitTaskStateChange', {
      cluster: 'lab',
      task: arn,
      attachments: [{ attachmentArn, status: 'ATTACHED' }],
    });
    expect(answer).toMatchObject({ status: 200 });
    const alone = await agent.call('SubmitAttachmentStateChanges', {
      cluster: 'lab',
      attachments: [{ attachmentArn, status: 'ATTACHED' }],
    });
    expect(alone).toMatchObject({ status: 200, body: { acknowledgment: 'ACK' } });
    await report(arn, { status: 'STOPPED', containers: [] });
  });

  test('[LNK-5] [LNK-6] [ASN-9] telemetry with its header block is acknowledged, and tells the health', async () => {
    const { arn } = await takenTask();
    await report(arn, { status: 'RUNNING', containers: [container({ status: 'RUNNING' })] });
    const tcs = await agent.openTcs();
    const metadata = {
      cluster: 'lab',
      containerInstance: agent.containerInstanceArn,
      messageId: '0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f',
      fin: true,
    };
    const named = { taskArn: arn, taskDefinitionFamily: 'web', taskDefinitionVersion: '1' };
    const set = { min: 0.1, max: 2.5, sampleCount: 19, sum: 20.25 };
    const longSet = {
      min: 0,
      max: 10,
      sampleCount: 19,
      sum: 100,
      overflowMin: 0,
      overflowMax: 0,
      overflowSum: 0,
    };
    const network = Object.fromEntries(
      ['rx', 'tx'].flatMap((way) => [
        ...['Bytes', 'Packets', 'Errors', 'Dropped'].map((what) => [`${way}${what}`, longSet]),
        [`${way}BytesPerSecond`, set],
      ]),
    );
    tcs.sendText(
      agent.telemetryFrame('PublishMetricsRequest', {
        metadata: { ...metadata, idle: false },
        timestamp: seconds(),
        taskMetrics: [
          {
            ...named,
            containerMetrics: [
              {
                containerName: 'app',
                cpuStatsSet: set,
                memoryStatsSet: { ...set, min: 5 },
                networkStatsSet: network,
                storageStatsSet: { readSizeBytes: longSet, writeSizeBytes: longSet },
                restartStatsSet: { restartCount: 0 },
              },
            ],
          },
        ],
      }),
    );
    expect(await tcs.next('AckPublishMetric')).toEqual({ type: 'AckPublishMetric', message: {} });
    tcs.sendText(
      agent.telemetryFrame('PublishHealthRequest', {
        metadata,
        timestamp: seconds(),
        tasks: [
          {
            ...named,
            containers: [{ containerName: 'app', healthStatus: 'UNHEALTHY', statusSince: seconds() }],
          },
        ],
      }),
    );
    await tcs.next('AckPublishHealth');
    expect(await described(arn)).toMatchObject({ healthStatus: 'UNHEALTHY' });
    tcs.sendText(
      agent.telemetryFrame('PublishInstanceStatusRequest', {
        metadata: {
          cluster: 'lab',
          containerInstance: agent.containerInstanceArn,
          requestId: metadata.messageId,
        },
        timestamp: seconds(),
        statuses: [
          { type: 'ContainerRuntime', status: 'OK', lastUpdated: seconds(), lastStatusChange: seconds() },
        ],
      }),
    );
    await tcs.next('AckPublishInstanceStatus');
    // An idle instance sends no tasks at all.
    tcs.frames.length = 0;
    tcs.sendText(
      agent.telemetryFrame('PublishMetricsRequest', {
        metadata: { ...metadata, idle: true },
        timestamp: seconds(),
      }),
    );
    await tcs.next('AckPublishMetric');
    tcs.drop();
    await report(arn, { status: 'STOPPED', containers: [] });
  });

  test('tags of the instance and of a task are its to read, and on a spot notice it drains itself', async () => {
    const { arn } = await takenTask();
    for (const resourceArn of [agent.containerInstanceArn, arn]) {
      expect(await agent.call('ListTagsForResource', { resourceArn })).toEqual({
        status: 200,
        body: { tags: [] },
      });
    }
    for (const status of ['DRAINING', 'ACTIVE']) {
      const answer = await agent.call('UpdateContainerInstancesState', {
        cluster: 'lab',
        containerInstances: [agent.containerInstanceArn],
        status,
      });
      expect(answer.body).toMatchObject({ containerInstances: [{ status }], failures: [] });
    }
    await report(arn, { status: 'STOPPED', containers: [] });
  });

  test('[PRG-12] [PRG-13] over TLS the certificate has the name with its port, as the agent’s websockets ask', async () => {
    const ca = readFileSync(join(gantry.dataDir, 'tls-cert.pem'), 'utf8');
    const secure = anAgent({ backendHost: `https://localhost:${tlsPort}`, ca });
    expect((await secure.start()).status).toBe(200);
    expect(secure.endpoint).toBe(`https://localhost:${tlsPort}/acs/`);
    const socket = await secure.openAcs();
    await socket.next('TaskManifestMessage');
    const telemetry = await secure.openTcs();
    telemetry.drop();
    socket.drop();
  });

  test('[ASN-1] [LNK-4] one that was deregistered is refused by the one name that makes it wait, on both sockets', async () => {
    const { containerInstanceArn } = agent;
    await ecs.send(
      new DeregisterContainerInstanceCommand({
        cluster: 'lab',
        containerInstance: containerInstanceArn,
        force: true,
      }),
    );
    expect(await acs.closed).toBe(1000);
    for (const open of [() => agent.openAcs(false), () => agent.openTcs()]) {
      await expect(open()).rejects.toThrow(/^4\d\d .*"InactiveInstanceException"/);
    }
  });

  test('[PRG-14] gantry instance-env says what such an agent is started with', async () => {
    const printed = await gantry.gantry([
      'instance-env',
      'lab',
      '--endpoint',
      `http://10.0.0.1:${gantry.port}`,
    ]);
    const lines = printed.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const env = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    expect(env).toMatchObject({
      ECS_CLUSTER: 'lab',
      ECS_BACKEND_HOST: `http://10.0.0.1:${gantry.port}`,
      ECS_EXTERNAL: 'true',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: hostKey().accessKeyId,
    });
    expect(JSON.parse(env['ECS_AVAILABLE_LOGGING_DRIVERS'] ?? '')).toContain('awslogs');
    await expect(gantry.gantry(['instance-env', 'nowhere'])).rejects.toThrow('There is no cluster nowhere.');
  });
});

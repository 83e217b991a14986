import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ContainerDefinition,
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  ListClustersCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  type Task,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gantry, startGantry } from '../../src/main/testing-entry.ts';
import { projectRoot, startGantry as startProgram } from '../support/gantry.ts';
import { attempt } from '../support/shell.ts';
import { FARGATE_SIZE } from './support/fargate-size.ts';

const clientOf = (endpoint: string): ECSClient =>
  new ECSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });

describe('gantry/testing', () => {
  let gantry: Gantry;
  let ecs: ECSClient;

  beforeAll(async () => {
    gantry = await startGantry();
    ecs = clientOf(gantry.endpoint);
  });
  afterAll(() => gantry.stop());

  /** Runs a task of one container and resolves with it when it is as asked. */
  async function run(
    container: Partial<ContainerDefinition>,
    isDone: (task: Task) => boolean,
    overrides?: RunTaskCommandInput['overrides'],
  ): Promise<Task> {
    await ecs.send(new CreateClusterCommand({}));
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'job',
        ...FARGATE_SIZE,
        containerDefinitions: [{ name: 'main', image: 'registry.example.com/job:1', ...container }],
      }),
    );
    const { tasks = [], failures } = await ecs.send(
      new RunTaskCommand({
        taskDefinition: 'job',
        launchType: 'FARGATE',
        overrides,
        networkConfiguration: { awsvpcConfiguration: { subnets: [...gantry.subnetIds] } },
      }),
    );
    expect(failures).toEqual([]);
    const taskArn = tasks[0]?.taskArn ?? '';
    for (;;) {
      const answer = await ecs.send(new DescribeTasksCommand({ tasks: [taskArn] }));
      const task = answer.tasks?.[0];
      if (task !== undefined && isDone(task)) return task;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  const hasStopped = ({ lastStatus }: Task): boolean => lastStatus === 'STOPPED';

  test('[TST-1] labels script the life and the exit code', async () => {
    const task = await run(
      { dockerLabels: { 'gantry.simulate.run-for': '20ms', 'gantry.simulate.exit-code': '7' } },
      hasStopped,
    );
    expect(task.containers?.[0]).toMatchObject({ exitCode: 7 });
    expect(task.stopCode).toBe('EssentialContainerExited');
  });

  test('[TST-1] labels script a pull that fails', async () => {
    const task = await run(
      { dockerLabels: { 'gantry.simulate.pull-error': 'manifest unknown' } },
      hasStopped,
    );
    expect(task.stopCode).toBe('TaskFailedToStart');
    expect(task.stoppedReason).toContain('CannotPullContainerError');
    expect(task.stoppedReason).toContain('manifest unknown');
  });

  test('[TST-1] labels script the health', async () => {
    const task = await run(
      {
        healthCheck: { command: ['CMD', 'true'] },
        dockerLabels: { 'gantry.simulate.health': 'unhealthy' },
      },
      ({ healthStatus }) => healthStatus === 'UNHEALTHY',
    );
    expect(task.lastStatus).toBe('RUNNING');
  });

  test('[TST-1] an override of one run outranks the label', async () => {
    const task = await run({ dockerLabels: { 'gantry.simulate.exit-code': '0' } }, hasStopped, {
      containerOverrides: [
        { name: 'main', environment: [{ name: 'GANTRY_SIMULATE_EXIT_CODE', value: '9' }] },
      ],
    });
    expect(task.containers?.[0]?.exitCode).toBe(9);
  });

  test('[TST-1] a label that cannot be read stops the task and says why', async () => {
    const task = await run({ dockerLabels: { 'gantry.simulate.exit-code': 'bad' } }, hasStopped);
    expect(task.stoppedReason ?? task.containers?.[0]?.reason).toContain(
      'gantry.simulate.exit-code takes a number from 0 to 255, not "bad"',
    );
  });

  test('[TST-4] a reset clears everything, and a task can be run at once, many times over', async () => {
    for (const path of ['/_gantry/reset', '/_localstack/state/reset', '/moto-api/reset']) {
      await run({}, ({ lastStatus }) => lastStatus === 'RUNNING');
      const answer = await fetch(`${gantry.endpoint}${path}`, { method: 'POST' });
      expect(answer.status).toBe(200);
      expect((await ecs.send(new ListClustersCommand({}))).clusterArns).toEqual([]);
    }
    for (let round = 0; round < 5; round += 1) {
      await gantry.reset();
      await run({}, ({ lastStatus }) => lastStatus === 'RUNNING');
    }
  });

  test('[TST-4] what suites for LocalStack wait for is there; one service alone is not cleared', async () => {
    const health = (await (await fetch(`${gantry.endpoint}/_localstack/health`)).json()) as object;
    expect(health).toMatchObject({ services: { ecs: 'running', iam: 'running', logs: 'running' } });
    const answer = await fetch(`${gantry.endpoint}/_localstack/state/ecs/reset`, { method: 'POST' });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { message: 'All services are cleared together: POST /_localstack/state/reset.' },
    ]);
  });

  test('[TST-4] a web page cannot reset', async () => {
    const headers = { origin: 'https://example.com' };
    const answer = await fetch(`${gantry.endpoint}/_gantry/reset`, { method: 'POST', headers });
    expect(answer.status).toBe(403);
  });

  test('[TST-5] several run side by side, with a pace of their own', async () => {
    const other = await startGantry({ pace: '200ms', region: 'eu-west-1' });
    expect(other.endpoint).not.toBe(gantry.endpoint);
    expect(other.env).toMatchObject({ AWS_ENDPOINT_URL: other.endpoint, AWS_REGION: 'eu-west-1' });
    await other.stop();
    await expect(fetch(`${other.endpoint}/_gantry/health`)).rejects.toThrow();
  });
});

describe('the example in docs/testing.md', () => {
  test('[TST-5] runs as it stands there', async () => {
    const text = readFileSync(join(projectRoot, 'docs/testing.md'), 'utf8');
    const example = /```js\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    const folder = join(projectRoot, '.cache', 'docs-example');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'example.test.mjs');
    writeFileSync(file, example);
    const outcome = await attempt(process.execPath, ['--test', file]);
    rmSync(folder, { recursive: true });
    expect([outcome.status, outcome.stdout, outcome.stderr]).toEqual([
      0,
      expect.stringContaining('pass 1'),
      '',
    ]);
  });
});

describe('the program without containers', () => {
  test('[TST-3] [TST-6] tasks can be run when it returns, and it says what it does not do', async () => {
    const program = await startProgram({
      args: ['--runtime', 'simulated', '--auth', 'off', '--allow-reset', '--pace', '10ms'],
      env: { PATH: '/nonexistent', DOCKER_HOST: 'unix:///nonexistent' },
    });
    const health = (await (await fetch(`${program.endpointUrl}/_gantry/health`)).json()) as object;
    expect(health).toEqual({ status: 'ok', connectedHostCount: 1 });
    const status = await program.gantry(['status']);
    for (const word of ['simulated', 'containers', 'logs', 'networks']) expect(status).toContain(word);
    await program.stop();
  });
});

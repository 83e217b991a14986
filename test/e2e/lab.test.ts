import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGantry, type TestGantry } from '../support/gantry.ts';
import { shell } from '../support/shell.ts';
import { eventually } from '../support/wait.ts';
import { startTestEngine, type TestEngine } from './support/engine.ts';
import {
  addressOf,
  answerAt,
  answers,
  describeService,
  describeTasks,
  runningTasks,
  serviceWhere,
  watchAnswers,
} from './support/lab.ts';
import { writeWebImage } from './support/web-image.ts';

const REPOSITORY = 'hello-world';
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
});

let engine: TestEngine;
let lab: TestGantry;
let folder: string;
let network: string;

/** The lab of the README, with the real commands, in the order in which a person does it. */
describe('the first lab', () => {
  beforeAll(async () => {
    engine = await startTestEngine();
    folder = mkdtempSync(join(tmpdir(), 'gantry-lab-'));
    lab = await startGantry({ env: engine.env, args: ['--healthy-after', '3'] });
  });

  afterAll(async () => {
    await lab?.stop();
    await engine?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const docker = (args: readonly string[], input?: string): Promise<string> =>
    shell('docker', args, {
      env: { ...engine.env, DOCKER_CONFIG: join(folder, 'docker'), DOCKER_BUILDKIT: '0' },
      ...(input === undefined ? {} : { input }),
    });
  const image = (tag: string): string => `127.0.0.1:${lab.port}/${REPOSITORY}:${tag}`;
  const register = (tag: string): Promise<string> => registerRevision(image(tag));

  async function registerRevision(imageName: string): Promise<string> {
    const path = join(folder, 'task-definition.json');
    writeFileSync(path, JSON.stringify(taskDefinition(imageName)));
    const { taskDefinition: registered } = await lab.awsJson<{
      taskDefinition: { taskDefinitionArn: string };
    }>(['ecs', 'register-task-definition', '--cli-input-json', `file://${path}`]);
    return registered.taskDefinitionArn;
  }

  async function push(tag: string, text: string): Promise<void> {
    const context = join(folder, tag);
    writeWebImage(context, text);
    await docker(['build', '-t', REPOSITORY, context]);
    await docker(['tag', REPOSITORY, image(tag)]);
    await docker(['push', image(tag)]);
  }

  test('an image is built, a repository made, and the image pushed', async () => {
    writeWebImage(join(folder, 'v1'), 'version 1');
    await docker(['build', '-t', REPOSITORY, join(folder, 'v1')]);
    await lab.aws(['ecr', 'create-repository', '--repository-name', REPOSITORY]);
    await docker(['tag', REPOSITORY, image('v1')]);
    const password = await lab.aws(['ecr', 'get-login-password']);
    await docker(['login', '--username', 'AWS', '--password-stdin', `127.0.0.1:${lab.port}`], password);
    await docker(['push', image('v1')]);
    const { imageIds } = await lab.awsJson<{ imageIds: readonly { imageTag: string }[] }>([
      'ecr',
      'list-images',
      '--repository-name',
      REPOSITORY,
    ]);
    expect(imageIds.map((id) => id.imageTag)).toEqual(['v1']);
  });

  test('roles, log group, cluster and task definition are made', async () => {
    for (const role of ['lab-task', 'lab-execution']) {
      await lab.aws(['iam', 'create-role', '--role-name', role, '--assume-role-policy-document', TRUST]);
    }
    const policy = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';
    await lab.aws(['iam', 'attach-role-policy', '--role-name', 'lab-execution', '--policy-arn', policy]);
    await lab.aws(['logs', 'create-log-group', '--log-group-name', '/lab/hello']);
    await lab.aws(['ecs', 'create-cluster', '--cluster-name', 'lab']);
    expect(await register('v1')).toMatch(/task-definition\/hello:1$/);
    const subnets = await lab.awsJson<{ Subnets: readonly { SubnetId: string }[] }>([
      'ec2',
      'describe-subnets',
    ]);
    expect(subnets.Subnets).toHaveLength(3);
    network = `awsvpcConfiguration={subnets=[${subnets.Subnets.map((subnet) => subnet.SubnetId).join(',')}]}`;
  });

  test('a task runs and answers at its own address', async () => {
    const { tasks, failures } = await lab.awsJson<{
      tasks: readonly { taskArn: string }[];
      failures: readonly unknown[];
    }>([
      'ecs',
      'run-task',
      '--cluster',
      'lab',
      '--task-definition',
      'hello',
      '--launch-type',
      'FARGATE',
      '--network-configuration',
      network,
    ]);
    expect(failures).toEqual([]);
    const arn = tasks[0]?.taskArn ?? '';
    await lab.aws(['ecs', 'wait', 'tasks-running', '--cluster', 'lab', '--tasks', arn]);
    const [task] = await describeTasks(lab, [arn]);
    expect(task?.lastStatus).toBe('RUNNING');
    expect(task?.containers[0]?.imageDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    const address = task === undefined ? '' : (addressOf(task) ?? '');
    expect(await answerAt(address)).toBe('version 1');
    const { NetworkInterfaces } = await lab.awsJson<{
      NetworkInterfaces: readonly { PrivateIpAddress: string }[];
    }>([
      'ec2',
      'describe-network-interfaces',
      '--filters',
      `Name=addresses.private-ip-address,Values=${address}`,
    ]);
    expect(NetworkInterfaces.map((found) => found.PrivateIpAddress)).toEqual([address]);
    await lab.aws(['ecs', 'stop-task', '--cluster', 'lab', '--task', arn]);
    await lab.aws(['ecs', 'wait', 'tasks-stopped', '--cluster', 'lab', '--tasks', arn]);
  });

  test('a service keeps three tasks, and each answers', async () => {
    await lab.aws([
      'ecs',
      'create-service',
      '--cluster',
      'lab',
      '--service-name',
      'web',
      '--task-definition',
      'hello',
      '--desired-count',
      '3',
      '--launch-type',
      'FARGATE',
      '--network-configuration',
      network,
      '--deployment-configuration',
      'deploymentCircuitBreaker={enable=true,rollback=true},minimumHealthyPercent=100,maximumPercent=200',
    ]);
    await lab.aws(['ecs', 'wait', 'services-stable', '--cluster', 'lab', '--services', 'web']);
    expect(await answers(lab, 'web')).toEqual(['version 1', 'version 1', 'version 1']);
  });

  test('the log lines of each task reach the group', async () => {
    const tasks = await runningTasks(lab, ['--service-name', 'web']);
    for (const task of tasks) {
      const stream = `hello/web/${task.taskArn.slice(-32)}`;
      await eventually(`lines of ${stream}`, async () => {
        const { events } = await lab.awsJson<{
          events: readonly { message: string; logStreamName: string }[];
        }>(['logs', 'filter-log-events', '--log-group-name', '/lab/hello', '--log-stream-names', stream]);
        return events.some((event) => event.message.includes('url:/')) ? events : undefined;
      });
    }
  });

  test('a killed container is replaced', async () => {
    const [victim] = await runningTasks(lab, ['--service-name', 'web']);
    await docker(['kill', victim?.containers[0]?.runtimeId ?? '']);
    await eventually('the replacement', async () => {
      const tasks = await runningTasks(lab, ['--service-name', 'web']);
      const isReplaced = tasks.every(
        (task) => task.taskArn !== victim?.taskArn && task.lastStatus === 'RUNNING',
      );
      return isReplaced && tasks.length === 3 ? tasks : undefined;
    });
    const [stopped] = await describeTasks(lab, [victim?.taskArn ?? '']);
    expect(stopped).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ exitCode: 137 }],
    });
    expect(await answers(lab, 'web')).toEqual(['version 1', 'version 1', 'version 1']);
  });

  test('version 2 rolls out, and never fewer than three answer', async () => {
    await push('v2', 'version 2');
    expect(await register('v2')).toMatch(/hello:2$/);
    await lab.aws(['ecs', 'wait', 'services-stable', '--cluster', 'lab', '--services', 'web']);
    const watch = watchAnswers(lab, 'web');
    await lab.aws([
      'ecs',
      'update-service',
      '--cluster',
      'lab',
      '--service',
      'web',
      '--task-definition',
      'hello:2',
    ]);
    await lab.aws(['ecs', 'wait', 'services-stable', '--cluster', 'lab', '--services', 'web']);
    const counts = await watch.stop();
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(3);
    expect(await answers(lab, 'web')).toEqual(['version 2', 'version 2', 'version 2']);
  });

  test('a revision whose image does not exist is rolled back by the circuit breaker', async () => {
    expect(await register('missing')).toMatch(/hello:3$/);
    await lab.aws([
      'ecs',
      'update-service',
      '--cluster',
      'lab',
      '--service',
      'web',
      '--task-definition',
      'hello:3',
    ]);
    const service = await serviceWhere(
      lab,
      'web',
      ({ deployments }) => deployments.length === 1 && deployments[0]?.rolloutState === 'COMPLETED',
    );
    expect(service.taskDefinition).toMatch(/hello:2$/);
    const messages = service.events.map((event) => event.message);
    expect(messages.some((message) => message.includes('deployment failed: tasks failed to start.'))).toBe(
      true,
    );
    expect(messages.some((message) => message.includes('rolling back to deployment ecs-svc/'))).toBe(true);
    expect(await answers(lab, 'web')).toEqual(['version 2', 'version 2', 'version 2']);
  });

  test('the control plane is killed and started again, and no container notices', async () => {
    const before = await containersOf('web');
    process.kill(controlPlanePid(), 'SIGKILL');
    const served = await Promise.all(before.map(({ address }) => answerAt(address)));
    expect(served).toEqual(['version 2', 'version 2', 'version 2']);
    await lab.up();
    await lab.aws(['ecs', 'wait', 'services-stable', '--cluster', 'lab', '--services', 'web']);
    expect(await containersOf('web')).toEqual(before);
    expect(await answers(lab, 'web')).toEqual(['version 2', 'version 2', 'version 2']);
  });

  test('service and cluster are deleted, and nothing runs any more', async () => {
    await lab.aws(['ecs', 'delete-service', '--cluster', 'lab', '--service', 'web', '--force']);
    await lab.aws(['ecs', 'wait', 'services-inactive', '--cluster', 'lab', '--services', 'web']);
    expect((await describeService(lab, 'web')).status).toBe('INACTIVE');
    await eventually('the end of all tasks', async () => {
      const { clusters } = await lab.awsJson<{
        clusters: readonly { runningTasksCount: number; pendingTasksCount: number }[];
      }>(['ecs', 'describe-clusters', '--clusters', 'lab']);
      return clusters[0]?.runningTasksCount === 0 && clusters[0].pendingTasksCount === 0 ? true : undefined;
    });
    const { cluster } = await lab.awsJson<{ cluster: { status: string } }>([
      'ecs',
      'delete-cluster',
      '--cluster',
      'lab',
    ]);
    expect(cluster.status).toBe('INACTIVE');
  });

  function controlPlanePid(): number {
    const note = JSON.parse(readFileSync(join(lab.dataDir, 'control-plane.run.json'), 'utf8')) as {
      pid: number;
    };
    return note.pid;
  }

  async function containersOf(
    service: string,
  ): Promise<readonly { address: string; runtimeId: string; startedAt: string }[]> {
    const tasks = await runningTasks(lab, ['--service-name', service]);
    return tasks
      .map((task) => ({
        address: addressOf(task) ?? '',
        runtimeId: task.containers[0]?.runtimeId ?? '',
        startedAt: task.startedAt ?? '',
      }))
      .toSorted((left, right) => left.runtimeId.localeCompare(right.runtimeId));
  }
});

function taskDefinition(imageName: string): unknown {
  return {
    family: 'hello',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    taskRoleArn: 'arn:aws:iam::000000000000:role/lab-task',
    executionRoleArn: 'arn:aws:iam::000000000000:role/lab-execution',
    containerDefinitions: [
      {
        name: 'web',
        image: imageName,
        essential: true,
        stopTimeout: 2,
        portMappings: [{ containerPort: 80 }],
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': '/lab/hello',
            'awslogs-region': 'us-east-1',
            'awslogs-stream-prefix': 'hello',
          },
        },
      },
    ],
  };
}

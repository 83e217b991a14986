import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/wait.ts';
import { whyNoTestEngine } from './support/engine.ts';
import {
  containerOf,
  FARGATE,
  fargateOptions,
  type HostLab,
  type HostTask,
  HTTP_GET,
  IMAGE,
  LOG_GROUP,
  onSignals,
  script,
  startHostLab,
  streamOf,
  TASK_ROLE,
  taskIdOf,
} from './support/host-lab.ts';

const CLUSTER = 'containers';
const MIB = 1024 * 1024;
const missing = await whyNoTestEngine();

let lab: HostLab;
let options: readonly string[];

describe.skipIf(missing !== undefined)('containers of a task', () => {
  beforeAll(async () => {
    lab = await startHostLab(CLUSTER);
    options = await fargateOptions(lab.gantry, CLUSTER);
  });

  afterAll(async () => {
    await lab?.close();
  });

  const start = async (
    family: string,
    containerDefinitions: readonly unknown[],
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<string> =>
    lab.run(await lab.register({ family, ...FARGATE, ...more, containerDefinitions }), options);

  const signal = (task: HostTask, container: string, name: string): Promise<string> =>
    lab.docker(['kill', '--signal', name, containerOf(task, container).runtimeId ?? '']);

  const linesOf = (taskArn: string, container: string, isEnough: (lines: readonly string[]) => boolean) =>
    eventually(`the lines of ${container}`, async () => {
      const lines = await lab.logLines(taskArn, container);
      return isEnough(lines) ? lines : undefined;
    });

  test('environment, entry point, command, user and folder reach the process, and overrides win', async () => {
    const text = 'echo "$0|$1"; id -u; echo "$PWD"; env; echo end';
    const definition = await lab.register({
      family: 'print',
      ...FARGATE,
      containerDefinitions: [
        script('main', text, {
          command: [text, 'zero', 'from the definition'],
          user: 'nobody',
          workingDirectory: '/tmp',
          environment: [
            { name: 'GREETING', value: `it's "hello" = $HOME` },
            { name: 'WHO', value: 'definition' },
          ],
        }),
      ],
    });
    const overrides = {
      containerOverrides: [
        {
          name: 'main',
          command: [text, 'zero', 'from the override'],
          environment: [
            { name: 'WHO', value: 'override' },
            { name: 'MORE', value: 'yes' },
          ],
        },
      ],
    };
    const plain = await lab.run(definition, options);
    const changed = await lab.run(definition, [...options, '--overrides', JSON.stringify(overrides)]);
    const isWhole = (lines: readonly string[]): boolean => lines.at(-1) === 'end';
    const lines = await linesOf(plain, 'main', isWhole);
    expect(lines.slice(0, 3)).toEqual(['zero|from the definition', '65534', '/tmp']);
    expect(lines).toEqual(
      expect.arrayContaining([
        `GREETING=it's "hello" = $HOME`,
        'WHO=definition',
        'AWS_EXECUTION_ENV=AWS_ECS_FARGATE',
        'AWS_REGION=us-east-1',
      ]),
    );
    const changedLines = await linesOf(changed, 'main', isWhole);
    expect(changedLines[0]).toBe('zero|from the override');
    expect(changedLines).toEqual(
      expect.arrayContaining(['WHO=override', 'MORE=yes', `GREETING=it's "hello" = $HOME`]),
    );
    const ended = await lab.stopped(plain);
    expect(ended).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    });
    expect(containerOf(ended, 'main').exitCode).toBe(0);
    await lab.stopped(changed);
  });

  test('[RUN-50] the limits of a task and of its containers are those of their cgroups', async () => {
    const task = await lab.running(
      await start('limits', [script('main', onSignals(), { cpu: 128, memory: 256, memoryReservation: 128 })]),
    );
    const [made] = JSON.parse(await lab.docker(['inspect', containerOf(task, 'main').runtimeId ?? ''])) as {
      HostConfig: Readonly<Record<string, unknown>>;
      State: { Pid: number };
    }[];
    expect(made?.HostConfig).toMatchObject({
      CpuShares: 128,
      Memory: 256 * MIB,
      MemoryReservation: 128 * MIB,
    });
    expect(taskLimits(made?.State.Pid ?? 0)).toEqual({ memoryBytes: 512 * MIB, cpuCount: 0.25 });
    await lab.stop(task.taskArn);
  });

  test('a container that takes more memory than it may have is killed, and the task says so', async () => {
    const eat = 'dd if=/dev/zero of=/dev/null bs=200M count=1';
    const task = await lab.stopped(await start('eater', [script('main', eat, { memory: 32 })]));
    expect(task.stopCode).toBe('EssentialContainerExited');
    expect(containerOf(task, 'main')).toMatchObject({
      exitCode: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    });
  });

  test('the task goes on without a container that is not essential, and ends with one that is', async () => {
    const arn = await start('essential', [
      script('main', onSignals({ USR1: 'exit 5' })),
      script('side', 'exit 3', { essential: false }),
      script('helper', onSignals({ TERM: 'exit 7' }), { essential: false, stopTimeout: 20 }),
    ]);
    const task = await lab.taskWhere(
      arn,
      (seen) => seen.lastStatus === 'RUNNING' && containerOf(seen, 'side').lastStatus === 'STOPPED',
    );
    expect(containerOf(task, 'side').exitCode).toBe(3);
    expect(containerOf(task, 'main').lastStatus).toBe('RUNNING');
    await Promise.all(['main', 'helper'].map((name) => linesOf(arn, name, (lines) => lines.length > 0)));
    await signal(task, 'main', 'USR1');
    const ended = await lab.stopped(arn);
    expect(ended.stopCode).toBe('EssentialContainerExited');
    expect(ended.containers.map(({ name, exitCode }) => [name, exitCode])).toEqual([
      ['main', 5],
      ['side', 3],
      ['helper', 7],
    ]);
  });

  test('[LIF-6] a container has its stopTimeout to end by itself, and is killed after it', async () => {
    const arn = await start('stopping', [
      script('polite', onSignals({ TERM: 'exit 9' }), { stopTimeout: 60 }),
      script('deaf', onSignals({ TERM: '' }), { stopTimeout: 3 }),
    ]);
    await lab.running(arn);
    await Promise.all(['polite', 'deaf'].map((name) => linesOf(arn, name, (lines) => lines.length > 0)));
    await lab.gantry.aws([
      ...['ecs', 'stop-task', '--cluster', CLUSTER, '--task', arn, '--reason', 'enough'],
    ]);
    const task = await lab.stopped(arn);
    expect(task).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'enough' });
    expect(containerOf(task, 'polite').exitCode).toBe(9);
    expect(containerOf(task, 'deaf').exitCode).toBe(137);
    // A task takes as long as the patience with its slowest container: at least 3 s, and not the others' 60.
    const tookMs = Date.parse(task.stoppedAt ?? '') - Date.parse(task.stoppingAt ?? '');
    expect(tookMs).toBeGreaterThanOrEqual(2_900);
    expect(tookMs).toBeLessThan(30_000);
  });

  test('the health of a container is told, and changes', async () => {
    const text = ['echo > /tmp/well', onSignals({ USR1: 'rm /tmp/well' })].join('\n');
    const healthCheck = { command: ['CMD-SHELL', 'test -e /tmp/well'], interval: 5, timeout: 2, retries: 1 };
    const arn = await start('health', [
      script('main', text, { healthCheck }),
      script('side', onSignals(), { essential: false }),
    ]);
    const well = await lab.taskWhere(arn, ({ healthStatus }) => healthStatus === 'HEALTHY');
    expect(containerOf(well, 'main').healthStatus).toBe('HEALTHY');
    expect(containerOf(well, 'side').healthStatus).toBe('UNKNOWN');
    await signal(well, 'main', 'USR1');
    const ill = await lab.taskWhere(arn, ({ healthStatus }) => healthStatus === 'UNHEALTHY');
    expect(containerOf(ill, 'main').healthStatus).toBe('UNHEALTHY');
    expect(ill.lastStatus).toBe('RUNNING');
    await lab.stop(arn);
  });

  test('a container reads its metadata and its role’s credentials, and both are true', async () => {
    const text = [
      HTTP_GET,
      'get "$ECS_CONTAINER_METADATA_URI_V4"',
      'get "$ECS_CONTAINER_METADATA_URI_V4/task"',
      'get "http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"',
      'get "$ECS_CONTAINER_METADATA_URI_V4/stats"',
      'get "$ECS_CONTAINER_METADATA_URI_V4/task/stats"',
      'get "http://169.254.170.2/v2/metadata"',
      'echo end',
    ].join('\n');
    const taskRoleArn = `arn:aws:iam::000000000000:role/${TASK_ROLE}`;
    const arn = await start('metadata', [script('main', text)], { taskRoleArn });
    const lines = await linesOf(arn, 'main', (seen) => seen.at(-1) === 'end');
    const [container, task, credentials, stats, taskStats, second] = lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Readonly<Record<string, string>>);
    const described = await lab.describe(arn);
    const address = containerOf(described, 'main').networkInterfaces[0]?.privateIpv4Address;
    expect(container).toMatchObject({
      DockerId: containerOf(described, 'main').runtimeId,
      Name: 'main',
      Image: IMAGE,
      DesiredStatus: 'RUNNING',
      Labels: { 'com.amazonaws.ecs.task-arn': arn, 'com.amazonaws.ecs.container-name': 'main' },
      LogDriver: 'awslogs',
      Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: [address] }],
    });
    expect(task).toMatchObject({
      TaskARN: arn,
      Family: 'metadata',
      Revision: '1',
      LaunchType: 'FARGATE',
      Limits: { CPU: 0.25, Memory: 512 },
      Containers: [{ Name: 'main' }],
    });
    const measured = {
      cpu_stats: { cpu_usage: { total_usage: expect.any(Number) } },
      precpu_stats: { cpu_usage: { total_usage: expect.any(Number) } },
      memory_stats: { usage: expect.any(Number) },
      networks: { eth0: { rx_bytes: expect.any(Number), tx_packets: expect.any(Number) } },
      network_rate_stats: { rx_bytes_per_sec: expect.any(Number) },
    };
    expect(stats).toMatchObject(measured);
    expect(taskStats).toMatchObject({ [containerOf(described, 'main').runtimeId ?? '']: measured });
    expect(second).toMatchObject({ TaskARN: arn, Containers: [{ Name: 'main' }] });
    const audit = readFileSync(join(lab.gantry.dataDir, 'agent', 'logs', 'audit.log'), 'utf8');
    expect(audit).toMatch(
      new RegExp(`^\\S+ 200 ${address} "/v2/credentials" \\S+ ${arn} GetCredentials 2 `, 'm'),
    );
    expect(audit).not.toContain(credentials?.['Token']);
    expect(credentials?.['RoleArn']).toBe(taskRoleArn);
    const caller = await lab.gantry.aws(['sts', 'get-caller-identity', '--output', 'json'], {
      env: {
        AWS_ACCESS_KEY_ID: credentials?.['AccessKeyId'] ?? '',
        AWS_SECRET_ACCESS_KEY: credentials?.['SecretAccessKey'] ?? '',
        AWS_SESSION_TOKEN: credentials?.['Token'] ?? '',
      },
    });
    expect(JSON.parse(caller)).toMatchObject({
      Account: '000000000000',
      Arn: `arn:aws:sts::000000000000:assumed-role/${TASK_ROLE}/${taskIdOf(arn)}`,
    });
    await lab.stopped(arn);
  });

  test('a container reaches the API at AWS_ENDPOINT_URL', async () => {
    const text = [HTTP_GET, 'get "$AWS_ENDPOINT_URL/_gantry/health"', 'echo end'].join('\n');
    const arn = await start('endpoint', [script('main', text)]);
    const lines = await linesOf(arn, 'main', (seen) => seen.at(-1) === 'end');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ status: 'ok' });
    await lab.stopped(arn);
  });

  test('20,000 lines of one container arrive in order, each once', async () => {
    const arn = await start('lines', [script('main', 'seq 1 20000')]);
    await linesOf(arn, 'main', (seen) => seen.length >= 20_000);
    const { events } = await lab.gantry.awsJson<{
      events: readonly { message: string; timestamp: number; logStreamName: string }[];
    }>([
      'logs',
      'filter-log-events',
      '--log-group-name',
      LOG_GROUP,
      ...['--log-stream-names', streamOf(arn, 'main')],
    ]);
    expect(events).toHaveLength(20_000);
    expect(events.findIndex(({ message }, index) => message !== String(index + 1))).toBe(-1);
    expect(events.findIndex(({ timestamp }, index) => timestamp < (events[index - 1]?.timestamp ?? 0))).toBe(
      -1,
    );
    await lab.stopped(arn);
  });

  test('a task pulls from our registry by the name that ECR would have, and its digest is told', async () => {
    const image = `127.0.0.1:${lab.gantry.port}/pulled:1`;
    const password = await lab.gantry.aws(['ecr', 'get-login-password']);
    await lab.gantry.aws(['ecr', 'create-repository', '--repository-name', 'pulled']);
    const registry = `127.0.0.1:${lab.gantry.port}`;
    await lab.docker(['login', '--username', 'AWS', '--password-stdin', registry], password);
    await lab.docker(['tag', IMAGE, image]);
    await lab.docker(['push', image]);
    await lab.docker(['rmi', image]);
    const { imageDetails } = await lab.gantry.awsJson<{ imageDetails: readonly { imageDigest: string }[] }>([
      ...['ecr', 'describe-images', '--repository-name', 'pulled'],
    ]);
    const name = '000000000000.dkr.ecr.us-east-1.amazonaws.com/pulled:1';
    const task = await lab.stopped(await start('pulled', [script('main', 'exit 0', { image: name })]));
    expect(containerOf(task, 'main')).toMatchObject({
      exitCode: 0,
      image: name,
      imageDigest: imageDetails[0]?.imageDigest,
    });
    expect(await lab.docker(['images', '-q', image])).toMatch(/\S/);
    // The same image is also there under its own name, which no registry knows: each task of a service finds it.
    const local = await lab.register({
      family: 'local',
      ...FARGATE,
      containerDefinitions: [script('main', 'exit 0')],
    });
    const [, , ...network] = options;
    await lab.gantry.aws([
      ...[
        'ecs',
        'create-service',
        '--cluster',
        CLUSTER,
        '--service-name',
        'local',
        '--task-definition',
        local,
      ],
      ...['--desired-count', '1', ...network],
    ]);
    const codes = await eventually('two tasks of the service', async () => {
      const { taskArns } = await lab.gantry.awsJson<{ taskArns: readonly string[] }>([
        ...['ecs', 'list-tasks', '--cluster', CLUSTER, '--family', 'local', '--desired-status', 'STOPPED'],
      ]);
      const ended = await Promise.all(taskArns.map((arn) => lab.stopped(arn)));
      return ended.length < 2 ? undefined : ended.map(({ stopCode }) => stopCode);
    });
    expect(new Set(codes)).toEqual(new Set(['EssentialContainerExited']));
    await lab.gantry.aws([
      ...['ecs', 'delete-service', '--cluster', CLUSTER, '--service', 'local', '--force'],
    ]);
  });

  test('an image that no registry has stops the task, and the reason names the pull', async () => {
    const image = `127.0.0.1:${lab.gantry.port}/nowhere:1`;
    const task = await lab.stopped(await start('missing', [script('main', 'true', { image })]));
    expect(task.stopCode).toBe('TaskFailedToStart');
    expect(task.stoppedReason).toMatch(/^CannotPullContainerError: /);
    expect(containerOf(task, 'main')).toMatchObject({ lastStatus: 'STOPPED' });
    expect(containerOf(task, 'main').reason).toMatch(/^CannotPullContainerError: /);
    expect(containerOf(task, 'main').exitCode).toBeUndefined();
  });

  test('a command that is not in the image stops the task, and the reason names the start', async () => {
    const broken = script('main', '', { entryPoint: ['/no/such/program'] });
    const task = await lab.stopped(await start('broken', [broken]));
    expect(task.stopCode).toBe('TaskFailedToStart');
    expect(task.stoppedReason).toMatch(/^CannotStartContainerError: .*no\/such\/program/);
  });
});

/** The limits of the cgroup that holds all containers of the task to which the process `pid` belongs. */
function taskLimits(pid: number): { readonly memoryBytes: number; readonly cpuCount: number } {
  const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(':'));
  const parentOf = (controller: string): string => {
    const found = groups.find(([, names = '']) => names.split(',').includes(controller));
    return join(found?.[2] ?? '/', '..');
  };
  const read = (...path: readonly string[]): string =>
    readFileSync(join('/sys/fs/cgroup', ...path), 'utf8').trim();
  if (groups.length === 1) {
    const [quota, period] = read(parentOf(''), 'cpu.max').split(' ').map(Number);
    return {
      memoryBytes: Number(read(parentOf(''), 'memory.max')),
      cpuCount: (quota ?? 0) / (period ?? 1),
    };
  }
  const quota = Number(read('cpu', parentOf('cpu'), 'cpu.cfs_quota_us'));
  const period = Number(read('cpu', parentOf('cpu'), 'cpu.cfs_period_us'));
  return {
    memoryBytes: Number(read('memory', parentOf('memory'), 'memory.limit_in_bytes')),
    cpuCount: quota / period,
  };
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Task } from '../../domain/task.ts';
import type { TaskDefinition as TaskDefinitionShape } from '../../shapes/generated/ecs.ts';
import { aContainer, aTask } from '../task/testing.ts';
import { hostImage } from './image-reference.ts';
import { taskPayload } from './task-payload.ts';

const installation = {
  accountId: '123456789012',
  region: 'us-east-1',
  endpointUrl: 'http://127.0.0.1:7070',
} as const;
const NAME = '123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/web';

function payloadOf(definition: Partial<TaskDefinitionShape>, task: Partial<Task> = {}) {
  return taskPayload({
    task: aTask({ containers: [aContainer()], ...task }),
    definition: { containerDefinitions: [{ name: 'app', image: 'nginx:1', essential: true }], ...definition },
    installation,
    imageDigests: {},
  });
}

const container = (definition: object, task: Partial<Task> = {}, rest: Partial<TaskDefinitionShape> = {}) =>
  payloadOf({ containerDefinitions: [{ name: 'app', image: 'nginx:1', ...definition }], ...rest }, task)
    .containers[0];

const hostConfig = (definition: object): unknown =>
  JSON.parse(container(definition)?.dockerConfig.hostConfig ?? '');

describe('taskPayload', () => {
  test.each([
    [undefined, 'nginx@sha256:1'],
    ['enabled', 'nginx@sha256:1'],
    ['disabled', 'nginx:1'],
  ] as const)('[DEP-25] versionConsistency %s starts %s', (versionConsistency, image) => {
    const payload = taskPayload({
      task: aTask({ containers: [aContainer()] }),
      definition: { containerDefinitions: [{ name: 'app', image: 'nginx:1', versionConsistency }] },
      installation,
      imageDigests: { 'nginx:1': 'sha256:1' },
    });
    expect(payload.containers[0]?.image).toBe(image);
  });

  test('[PAY-1] an awsvpc task carries its interface, its limits in vCPU and MiB, and publishes nothing', () => {
    const payload = payloadOf({
      networkMode: 'awsvpc',
      cpu: '256',
      memory: '512',
      containerDefinitions: [{ name: 'app', image: 'nginx:1', portMappings: [{ containerPort: 80 }] }],
    });
    expect(payload).toMatchObject({
      desiredStatus: 'RUNNING',
      launchType: 'FARGATE',
      networkMode: 'awsvpc',
      cpu: 0.25,
      memory: 512,
      elasticNetworkInterfaces: [
        {
          ipv4Addresses: [{ privateAddress: '172.31.0.4', primary: true }],
          subnetGatewayIpv4Address: '172.31.0.1/20',
        },
      ],
      containers: [{ name: 'app', essential: true, portMappings: [], overrides: '{}' }],
    });
  });

  test('[PAY-9] GPUs are associations of their containers; faults and ranges of ports the protocol’s own', () => {
    const containers = [
      aContainer({ name: 'app', gpuIds: ['gpu-1', 'gpu-2'] }),
      aContainer({ name: 'side', gpuIds: ['gpu-3'] }),
      aContainer({ name: 'plain' }),
    ];
    const payload = payloadOf(
      {
        enableFaultInjection: true,
        networkMode: 'bridge',
        containerDefinitions: [
          { name: 'app', image: 'nginx:1', portMappings: [{ containerPortRange: '80-90', protocol: 'udp' }] },
        ],
      },
      { containers },
    );
    expect(payload.enableFaultInjection).toBe(true);
    expect(payload.associations?.map(({ type, name, containers: having }) => [type, name, having])).toEqual([
      ['gpu', 'gpu-1', ['app']],
      ['gpu', 'gpu-2', ['app']],
      ['gpu', 'gpu-3', ['side']],
    ]);
    expect(payload.containers[0]?.portMappings).toMatchObject([
      { containerPortRange: '80-90', protocol: 'udp' },
    ]);
    const plain = payloadOf({});
    expect([plain.associations, plain.enableFaultInjection]).toEqual([undefined, undefined]);
  });

  test('[TST-7] labels of the definition travel to its container', () => {
    const labels = { team: 'web', 'gantry.simulate.run-for': '1s' };
    const config = container({ dockerLabels: labels })?.dockerConfig.config ?? '';
    expect(JSON.parse(config)).toMatchObject({ Labels: labels });
  });

  test('[PAY-8] a task without sizes of its own is not limited as a whole', () => {
    expect(payloadOf({}, { cpu: '128', memory: '64' }).cpu).toBeUndefined();
  });

  test('[PAY-4] bridge mode publishes, port 0 by default', () => {
    expect(
      container({
        portMappings: [{ containerPort: 80 }, { containerPort: 53, protocol: 'udp', hostPort: 5 }],
      }),
    ).toMatchObject({
      portMappings: [
        { containerPort: 80, hostPort: 0, protocol: 'tcp' },
        { containerPort: 53, hostPort: 5, protocol: 'udp' },
      ],
    });
  });

  test('[PAY-2] overrides of the task win, and the environment is one map', () => {
    const environment = [
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ];
    const containerOverrides = [
      { name: 'app', command: ['run'], environment: [{ name: 'B', value: '3' }], cpu: 7, memory: 99 },
    ];
    expect(
      container({ environment, command: ['x'], cpu: 1, memory: 2 }, { overrides: { containerOverrides } }),
    ).toMatchObject({
      command: ['run'],
      cpu: 7,
      memory: 99,
      environment: { A: '1', B: '3', AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE' },
    });
  });

  test('[PAY-3] health checks travel in nanoseconds with AWS’s defaults', () => {
    const config =
      container({ healthCheck: { command: ['CMD', 'true'], interval: 5 } })?.dockerConfig.config ?? '';
    expect(JSON.parse(config)).toEqual({
      Healthcheck: { Test: ['CMD', 'true'], Interval: 5e9, Timeout: 5e9, Retries: 3, StartPeriod: 0 },
    });
  });

  test('[PAY-3] what Linux parameters mean to the engine', () => {
    const linuxParameters = {
      capabilities: { drop: ['ALL'] },
      tmpfs: [{ containerPath: '/t', size: 64, mountOptions: ['noexec'] }],
      devices: [{ hostPath: '/dev/fuse', permissions: ['read' as const] }],
      sharedMemorySize: 1,
      maxSwap: 10,
    };
    expect(
      hostConfig({ memory: 20, linuxParameters, ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 2 }] }),
    ).toEqual({
      CapDrop: ['ALL'],
      Tmpfs: { '/t': 'size=64m,noexec' },
      Devices: [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'r' }],
      ShmSize: 1_048_576,
      MemorySwap: 30 * 1_048_576,
      Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }],
    });
  });

  test.each([
    {
      credentialsParameter: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:login-AbCdEf',
      region: 'eu-west-1',
    },
    { credentialsParameter: 'login', region: 'us-east-1' },
  ])('[LIF-15] the secret of a private registry: $credentialsParameter', (asmAuthData) => {
    const { credentialsParameter } = asmAuthData;
    expect(container({ repositoryCredentials: { credentialsParameter } })).toMatchObject({
      image: 'nginx:1',
      registryAuthentication: { type: 'asm', asmAuthData },
    });
  });

  test('[PAY-5] awslogs names its stream and our endpoint', () => {
    const options = { 'awslogs-group': 'g', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 's' };
    expect(hostConfig({ logConfiguration: { logDriver: 'awslogs', options } })).toEqual({
      LogConfig: {
        Type: 'awslogs',
        Config: {
          'awslogs-group': 'g',
          'awslogs-region': 'us-east-1',
          'awslogs-endpoint': 'http://127.0.0.1:7070',
          'awslogs-stream': 's/app/0123456789abcdef0123456789abcdef',
        },
      },
    });
  });

  test('[PAY-5] [ACC-7] awslogs without a mode has the account’s', () => {
    const modeOf = (options: Readonly<Record<string, string>>): unknown => {
      const { containers } = taskPayload({
        task: aTask({ containers: [aContainer()] }),
        definition: {
          containerDefinitions: [
            { name: 'app', image: 'nginx:1', logConfiguration: { logDriver: 'awslogs', options } },
          ],
        },
        installation,
        imageDigests: {},
        defaultLogMode: 'blocking',
      });
      return JSON.parse(containers[0]?.dockerConfig.hostConfig ?? '{}').LogConfig.Config.mode;
    };
    expect(modeOf({ 'awslogs-group': 'g' })).toBe('blocking');
    expect(modeOf({ 'awslogs-group': 'g', mode: 'non-blocking' })).toBe('non-blocking');
  });

  test('[PAY-6] an image of our registry is pulled from the installation, with a token', () => {
    const given = container({ image: `${NAME}:1` }, { containers: [aContainer({ image: `${NAME}:1` })] });
    expect(given).toMatchObject({
      image: '127.0.0.1:7070/shop/web:1',
      registryAuthentication: {
        type: 'ecr',
        ecrAuthData: {
          registryId: '123456789012',
          endpointOverride: 'http://127.0.0.1:7070',
          useExecutionRole: false,
        },
      },
    });
    expect(container({})?.registryAuthentication).toBeUndefined();
  });
});

describe('hostImage', () => {
  test.each([
    { name: 'a tag', image: 'nginx:1', expected: 'nginx@sha256:a' },
    { name: 'no tag', image: 'nginx', expected: 'nginx@sha256:a' },
    { name: 'a registry with a port', image: 'localhost:5000/web', expected: 'localhost:5000/web@sha256:a' },
    { name: 'our own name', image: `${NAME}:2`, expected: '127.0.0.1:7070/shop/web@sha256:a' },
    { name: 'a digest of its own', image: 'nginx@sha256:b', expected: 'nginx@sha256:b' },
  ])('[PAY-7] a digest takes the place of $name', ({ image, expected }) => {
    expect(hostImage(image, installation, 'sha256:a').image).toBe(expected);
  });

  test('[PAY-6] an image of anybody else stays as it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9./:-]{1,40}$/), (image) => {
        fc.pre(!image.startsWith('127.0.0.1:7070/'));
        expect(hostImage(image, installation)).toEqual({ image, isOurs: false });
      }),
      { numRuns: 100 },
    );
  });
});

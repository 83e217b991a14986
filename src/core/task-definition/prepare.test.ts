import { describe, expect, test } from 'vitest';
import type { ContainerDefinition, RegisterTaskDefinitionRequest } from '../../shapes/generated/ecs.ts';
import { prepareTaskDefinition } from './prepare.ts';

type Request = Partial<RegisterTaskDefinitionRequest>;

const ACCOUNT = '123456789012';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/ecsTaskExecutionRole`;

const aContainer = (overrides: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  name: 'web',
  image: 'nginx:1.27',
  memory: 128,
  ...overrides,
});

const aRequest = (overrides: Request = {}): RegisterTaskDefinitionRequest => ({
  family: 'web',
  containerDefinitions: [aContainer()],
  ...overrides,
});

const aFargateRequest = (overrides: Request = {}): RegisterTaskDefinitionRequest =>
  aRequest({
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    ...overrides,
  });

const withContainer = (overrides: Partial<ContainerDefinition>): RegisterTaskDefinitionRequest =>
  aRequest({ containerDefinitions: [aContainer(overrides)] });

const onFargate = (
  overrides: Partial<ContainerDefinition>,
  others: Request = {},
): RegisterTaskDefinitionRequest =>
  aFargateRequest({ containerDefinitions: [aContainer(overrides)], ...others });

const awsvpc = (overrides: Partial<ContainerDefinition>): RegisterTaskDefinitionRequest =>
  aRequest({ networkMode: 'awsvpc', containerDefinitions: [aContainer(overrides)] });

const refusalOf = (request: RegisterTaskDefinitionRequest): string | undefined => {
  const prepared = prepareTaskDefinition(request, ACCOUNT);
  return prepared.kind === 'refused' ? prepared.message : undefined;
};

const accepted = (request: RegisterTaskDefinitionRequest) => {
  const prepared = prepareTaskDefinition(request, ACCOUNT);
  if (prepared.kind === 'refused') throw new Error(prepared.message);
  return prepared.document;
};

const AWSLOGS = {
  'awslogs-group': '/ecs/web',
  'awslogs-region': 'us-east-1',
  'awslogs-stream-prefix': 'ecs',
};
const LOGS: ContainerDefinition = { logConfiguration: { logDriver: 'awslogs', options: AWSLOGS } };

describe('prepareTaskDefinition refuses', () => {
  test.each<[string, RegisterTaskDefinitionRequest, string]>([
    ['[TDF-3] a bad family', aRequest({ family: 'a b' }), 'Family contains invalid characters.'],
    [
      '[TDF-3] a family too long',
      aRequest({ family: 'a'.repeat(256) }),
      'Family contains invalid characters.',
    ],
    ['[TDF-3] no container', aRequest({ containerDefinitions: [] }), 'Container list cannot be empty'],
    [
      '[TDF-3] eleven containers',
      aRequest({
        containerDefinitions: Array.from({ length: 11 }, (_, index) => aContainer({ name: `c${index}` })),
      }),
      'Too many containers.',
    ],
    ['[TDF-3] a role that is none', aRequest({ taskRoleArn: 'arn:aws:iam::1:user/x' }), 'Role is not valid'],
    [
      '[TDF-3] a retired member',
      aRequest({ inferenceAccelerators: [{ deviceName: 'a', deviceType: 'b' }] }),
      "Unsupported field 'inferenceAccelerators'.",
    ],
    ['[TDF-4] no name', withContainer({ name: '' }), 'Container.name should not be null or empty.'],
    ['[TDF-4] a bad name', withContainer({ name: 'a.b' }), 'Container.name contains invalid characters.'],
    ['[TDF-4] no image', withContainer({ image: undefined }), 'Container.image should not be null or empty.'],
    [
      '[TDF-4] an image too long',
      withContainer({ image: 'a'.repeat(256) }),
      'Container.image should be 255 characters or less',
    ],
    [
      '[TDF-4] two containers of a name',
      aRequest({ containerDefinitions: [aContainer(), aContainer()] }),
      'Container names must be unique within a Task Definition.',
    ],
    [
      '[TDF-4] no essential container',
      withContainer({ essential: false }),
      "Task definition doesn't have any essential container",
    ],
    [
      '[TDF-5] no memory anywhere, before the rules of FARGATE',
      aFargateRequest({ cpu: '', memory: '', containerDefinitions: [aContainer({ memory: 0 })] }),
      "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified.",
    ],
    [
      '[TDF-5] a reservation above the limit',
      withContainer({ memoryReservation: 129 }),
      "Invalid setting for container 'web'. 'memory' must be greater than or equal to 'memoryReservation'",
    ],
    [
      '[TDF-5] more memory than the task',
      aRequest({ memory: '127' }),
      "The 'memory' setting for container 'web' is greater than for the task.",
    ],
    [
      '[TDF-5] more reservations than the task',
      aRequest({
        memory: '1GB',
        containerDefinitions: ['a', 'b'].map((name) =>
          aContainer({ name, memory: 600, memoryReservation: 513 }),
        ),
      }),
      "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'.",
    ],
    [
      '[TDF-5] more CPU than the task',
      aRequest({
        cpu: '.25 vCPU',
        containerDefinitions: ['a', 'b'].map((name) => aContainer({ name, cpu: 129 })),
      }),
      "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
    ],
    ['[TDF-20] unreadable CPU', aRequest({ cpu: '1 core' }), "Invalid 'cpu' setting for task."],
    ['[TDF-20] CPU below an eighth', aRequest({ cpu: '127' }), "Invalid 'cpu' setting for task."],
    ['[TDF-20] unreadable memory', aRequest({ memory: '1 GiB' }), "Invalid 'memory' setting for task."],
  ])('%s', (_name, request, text) => {
    expect(refusalOf(request)).toBe(text);
  });

  test.each<[string, RegisterTaskDefinitionRequest, string]>([
    [
      'no cpu',
      aFargateRequest({ cpu: undefined }),
      "Fargate requires that 'cpu' be defined at the task level.",
    ],
    [
      'no memory',
      aFargateRequest({ memory: '' }),
      "Fargate requires that 'memory' be defined at the task level.",
    ],
    [
      'no network mode',
      aFargateRequest({ networkMode: undefined }),
      "Fargate only supports network mode 'awsvpc'.",
    ],
    [
      'a size that is not there',
      aFargateRequest({ cpu: '512', memory: '2047' }),
      'No Fargate configuration exists for given values: 512 CPU, 2047 memory. See the Amazon ECS documentation for the valid values.',
    ],
    [
      'Windows on ARM',
      aFargateRequest({
        cpu: '1024',
        memory: '2048',
        runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' },
      }),
      'No Fargate configuration exists for given values: 1024 CPU, 2048 memory. See the Amazon ECS documentation for the valid values.',
    ],
    [
      'privilege',
      onFargate({ privileged: true }),
      "Fargate requires that the 'privileged' setting be 'false'",
    ],
    [
      'a device',
      onFargate({ linuxParameters: { devices: [{ hostPath: '/dev/fuse' }] } }),
      'Fargate compatible task definitions do not support devices',
    ],
    [
      'a capability',
      onFargate({ linuxParameters: { capabilities: { add: ['SYS_PTRACE', 'NET_ADMIN'] } } }),
      'NET_ADMIN is not allowed on Fargate.',
    ],
    [
      'a log driver',
      onFargate({ logConfiguration: { logDriver: 'json-file' } }),
      'json-file is not a valid log driver. Must be one of [awslogs,splunk,awsfirelens]',
    ],
    [
      'awslogs without an execution role',
      onFargate(LOGS),
      'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
    ],
    [
      'an ECR image without an execution role',
      onFargate({ image: `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/web:1` }),
      'Fargate requires task definition to have execution role ARN to support ECR images.',
    ],
    [
      'awslogs without a prefix',
      onFargate(
        {
          logConfiguration: {
            logDriver: 'awslogs',
            options: { 'awslogs-group': 'a', 'awslogs-region': 'b' },
          },
        },
        { executionRoleArn: ROLE },
      ),
      'Fargate requires log configuration options to include awslogs-stream-prefix to support log driver awslogs.',
    ],
    [
      'a host path',
      aFargateRequest({ volumes: [{ name: 'v', host: { sourcePath: '/srv' } }] }),
      'Fargate compatible task definitions do not support sourcePath',
    ],
    [
      'the host pid namespace',
      aFargateRequest({ pidMode: 'host' }),
      "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'.",
    ],
    [
      'too much storage',
      aFargateRequest({ ephemeralStorage: { sizeInGiB: 201 } }),
      'EphemeralStorage size should be at most 200',
    ],
    [
      '[LIF-6] a stop timeout above two minutes',
      onFargate({ stopTimeout: 121 }),
      "The 'stopTimeout' setting for container 'web' must be between 2 and 120.",
    ],
  ])('[TDF-22] on FARGATE %s', (_name, request, text) => {
    expect(refusalOf(request)).toBe(text);
  });

  test.each<[string, RegisterTaskDefinitionRequest, string]>([
    [
      '[TDF-10] port 0',
      withContainer({ portMappings: [{ containerPort: 0 }] }),
      "Invalid 'containerPort' setting for container 'web'.",
    ],
    [
      '[TDF-10] another host port in awsvpc',
      awsvpc({ portMappings: [{ containerPort: 80, hostPort: 8080 }] }),
      'When networkMode=awsvpc, the host ports and container ports in port mappings must match.',
    ],
    [
      '[TDF-10] another host port in host mode',
      aRequest({
        networkMode: 'host',
        containerDefinitions: [aContainer({ portMappings: [{ containerPort: 80, hostPort: 8080 }] })],
      }),
      'When networkMode=host, the host ports and container ports in port mappings must match.',
    ],
    [
      '[TDF-10] a host port twice',
      withContainer({
        portMappings: [
          { containerPort: 80, hostPort: 3000 },
          { containerPort: 81, hostPort: 3000 },
        ],
      }),
      "TCP host port '3000' is mapped multiple times in task.",
    ],
    [
      '[TDF-10] a container port twice in awsvpc',
      awsvpc({ portMappings: [{ containerPort: 8085 }, { containerPort: 8085, protocol: 'tcp' }] }),
      "TCP container port '8085' is used multiple times in task when networkMode=awsvpc.",
    ],
    [
      '[TDF-10] a port and a range',
      withContainer({ portMappings: [{ containerPort: 80, containerPortRange: '80-90' }] }),
      "Invalid port mapping for container 'web', cannot specify both single port and port range.",
    ],
    [
      '[TDF-10] a range backwards',
      withContainer({ portMappings: [{ containerPortRange: '90-80' }] }),
      "Invalid 'containerPortRange' setting for container 'web'.",
    ],
    [
      '[TDF-11] links in awsvpc',
      awsvpc({ links: ['a'] }),
      'Links are not supported when networkMode=awsvpc.',
    ],
    [
      '[TDF-11] a host name in awsvpc',
      awsvpc({ hostname: 'a' }),
      'hostname is not supported on container when networkMode=awsvpc.',
    ],
    [
      '[TDF-12] a slow health check',
      withContainer({ healthCheck: { command: ['CMD', 'true'], interval: 301 } }),
      "Health check interval must be less than or equal to the maximum allowed value 300 for container 'web'",
    ],
    [
      '[TDF-13] a short restart period',
      withContainer({ restartPolicy: { enabled: true, restartAttemptPeriod: 59 } }),
      "The 'restartAttemptPeriod' setting for container 'web' must be between 60 and 1800.",
    ],
    [
      '[TDF-14] an unknown dependency',
      withContainer({ dependsOn: [{ containerName: 'nope', condition: 'START' }] }),
      "Cannot depend on container + 'nope' because it does not exist",
    ],
    [
      '[TDF-14] waiting for the end of an essential container',
      aRequest({
        containerDefinitions: [
          aContainer({ dependsOn: [{ containerName: 'b', condition: 'SUCCESS' }] }),
          aContainer({ name: 'b' }),
        ],
      }),
      'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container',
    ],
    [
      '[TDF-14] waiting for the health of a container without a check',
      withContainer({ dependsOn: [{ containerName: 'web', condition: 'HEALTHY' }] }),
      'A dependency container with HEALTHY condition must have health check configured',
    ],
    [
      '[TDF-14] a circle',
      withContainer({ dependsOn: [{ containerName: 'web', condition: 'START' }] }),
      'There is a cycle in the container dependencies.',
    ],
    [
      '[TDF-14] a circle closed by a link',
      aRequest({
        containerDefinitions: [
          aContainer({ dependsOn: [{ containerName: 'b', condition: 'START' }] }),
          aContainer({ name: 'b', links: ['web:alias'] }),
        ],
      }),
      'There is a cycle in the container dependencies.',
    ],
    [
      '[TDF-15] an unknown volume',
      withContainer({ mountPoints: [{ sourceVolume: 'v', containerPath: '/v' }] }),
      "Unknown volume 'v'.",
    ],
    [
      '[TDF-15] an access point with a directory',
      aRequest({
        volumes: [
          {
            name: 'v',
            efsVolumeConfiguration: {
              fileSystemId: 'fs-1',
              rootDirectory: '/x',
              authorizationConfig: { accessPointId: 'fsap-1' },
            },
          },
        ],
      }),
      'When using an EFS access point, the root directory must either be set to "/" or be omitted.',
    ],
    [
      '[TDF-16] awslogs without its two options',
      withContainer({ logConfiguration: { logDriver: 'awslogs', options: {} } }),
      'Log driver awslogs requires options: awslogs-region, awslogs-group',
    ],
    [
      '[TDF-16] awslogs with an unknown option',
      withContainer({ logConfiguration: { logDriver: 'awslogs', options: { ...AWSLOGS, log_key: 'x' } } }),
      'Log driver awslogs disallows options: log_key',
    ],
    [
      '[LIF-15] repository credentials without an execution role',
      withContainer({ repositoryCredentials: { credentialsParameter: 'login' } }),
      "When you are specifying repository credentials, you must also specify a value for 'executionRoleArn'.",
    ],
    [
      '[TDF-17] secrets without an execution role',
      withContainer({ secrets: [{ name: 'A', valueFrom: 'b' }] }),
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    ],
  ])('%s', (_name, request, text) => {
    expect(refusalOf(request)).toBe(text);
  });

  test.each<[RegisterTaskDefinitionRequest, string]>([
    [aRequest({ volumes: [{ name: 'v', configuredAtLaunch: true }] }), 'volumes[0].configuredAtLaunch'],
    [aRequest({ requiresCompatibilities: ['MANAGED_INSTANCES'] }), 'requiresCompatibilities'],
    [aRequest({ runtimePlatform: { operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' } }), 'runtimePlatform'],
    [
      withContainer({ dockerSecurityOptions: ['credentialspec:file://a.json'] }),
      'containerDefinitions[0].dockerSecurityOptions',
    ],
    [
      withContainer({ logConfiguration: { logDriver: 'etwlogs' as 'syslog' } }),
      'containerDefinitions[0].logConfiguration.logDriver etwlogs',
    ],
    [
      withContainer({
        logConfiguration: {
          logDriver: 'awslogs',
          options: { ...AWSLOGS, 'awslogs-credentials-endpoint': '/x' },
        },
      }),
      'containerDefinitions[0].logConfiguration.options.awslogs-credentials-endpoint',
    ],
    [
      aRequest({
        containerDefinitions: [
          aContainer(),
          aContainer({ name: 'b', credentialSpecs: ['credentialspec:arn:aws:s3:::a/b'] }),
        ],
      }),
      'containerDefinitions[1].credentialSpecs',
    ],
  ])('[TDF-30] by name what no host does yet (%#)', (request, member) => {
    expect(refusalOf(request)).toBe(`${member} is not supported yet.`);
  });

  test('[TDF-3] a document above 64 KiB, counted in bytes', () => {
    const command = (length: number) => withContainer({ command: ['é'.repeat(length)] });
    expect(refusalOf(command(32_000))).toBeUndefined();
    expect(refusalOf(command(33_000))).toMatch(
      /^Actual length: '66\d\d\d'\. Max allowed length is '65536' bytes\.$/,
    );
  });
});

describe('prepareTaskDefinition fills in', () => {
  test('[TDF-25] the defaults of a container, a port and a health check', () => {
    const document = accepted(
      withContainer({ portMappings: [{ containerPort: 80 }], healthCheck: { command: ['CMD', 'true'] } }),
    );
    expect(document.containerDefinitions).toEqual([
      {
        name: 'web',
        image: 'nginx:1.27',
        memory: 128,
        cpu: 0,
        essential: true,
        portMappings: [{ containerPort: 80, hostPort: 0, protocol: 'tcp' }],
        environment: [],
        mountPoints: [],
        volumesFrom: [],
        systemControls: [],
        healthCheck: { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 },
      },
    ]);
    expect(document).toMatchObject({
      volumes: [],
      placementConstraints: [],
      compatibilities: ['EXTERNAL', 'EC2'],
    });
    expect(document.networkMode).toBeUndefined();
  });

  test('[TDF-25] sizes as whole numbers and a role name as its ARN', () => {
    const document = accepted(aRequest({ cpu: '.25 vCPU', memory: '0.5 GB', taskRoleArn: 'app' }));
    expect(document).toMatchObject({
      cpu: '256',
      memory: '512',
      taskRoleArn: `arn:aws:iam::${ACCOUNT}:role/app`,
    });
  });

  test('[TDF-10] in awsvpc the host port is the container port', () => {
    const document = accepted(awsvpc({ portMappings: [{ containerPort: 80, protocol: 'udp' }] }));
    expect(document.containerDefinitions?.[0]?.portMappings).toEqual([
      { containerPort: 80, hostPort: 80, protocol: 'udp' },
    ]);
  });

  test.each([
    { name: 'bridge', request: aRequest(), expected: ['EXTERNAL', 'EC2'] },
    {
      name: 'awsvpc with a size',
      request: aFargateRequest({ requiresCompatibilities: [] }),
      expected: ['EC2', 'FARGATE'],
    },
    { name: 'awsvpc without a size', request: awsvpc({}), expected: ['EC2'] },
    {
      name: 'awsvpc with a size that FARGATE has not',
      request: aFargateRequest({ requiresCompatibilities: ['EC2'], memory: '513' }),
      expected: ['EC2'],
    },
  ])('[TDF-23] compatibilities of $name', ({ request, expected }) => {
    expect(accepted(request).compatibilities).toEqual(expected);
  });

  test('[TDF-24] what an instance must offer', () => {
    const document = accepted(
      onFargate(
        { ...LOGS, image: `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/web:1` },
        { executionRoleArn: ROLE, taskRoleArn: ROLE },
      ),
    );
    expect(document.requiresAttributes?.map(({ name }) => name)).toEqual([
      'com.amazonaws.ecs.capability.docker-remote-api.1.17',
      'com.amazonaws.ecs.capability.docker-remote-api.1.18',
      'com.amazonaws.ecs.capability.docker-remote-api.1.19',
      'com.amazonaws.ecs.capability.ecr-auth',
      'com.amazonaws.ecs.capability.logging-driver.awslogs',
      'com.amazonaws.ecs.capability.task-iam-role',
      'ecs.capability.execution-role-awslogs',
      'ecs.capability.execution-role-ecr-pull',
      'ecs.capability.task-eni',
    ]);
  });

  test('[TDF-2] an answer can be registered again and gives the same document', () => {
    const first = accepted(
      onFargate(
        { ...LOGS, portMappings: [{ containerPort: 80 }], healthCheck: { command: ['CMD', 'true'] } },
        { executionRoleArn: ROLE },
      ),
    );
    const { compatibilities, requiresAttributes, ...rest } = first;
    expect(accepted(rest as RegisterTaskDefinitionRequest)).toEqual(first);
  });

  test('[TDF-2] members that ask for nothing are no request for a feature', () => {
    const nothing = {
      links: [],
      dnsServers: [],
      secrets: [],
      privileged: false,
      readonlyRootFilesystem: false,
      startTimeout: 0,
      hostname: '',
      linuxParameters: { capabilities: { add: [], drop: [] }, initProcessEnabled: false },
      restartPolicy: { enabled: false },
      dockerLabels: {},
      user: null,
      healthCheck: null,
    } as unknown as ContainerDefinition;
    const request = aRequest({
      containerDefinitions: [aContainer(nothing)],
      volumes: [],
      placementConstraints: [],
      enableFaultInjection: false,
      taskRoleArn: '',
      cpu: '',
    });
    const document = accepted(request);
    expect(document.taskRoleArn).toBeUndefined();
    expect(document.containerDefinitions?.[0]).not.toHaveProperty('healthCheck');
  });
});

import { describe, expect, test } from 'vitest';
import { newTask } from './new-task.ts';
import { splitByStrategy } from './provider-split.ts';
import { taskSize } from './task-size.ts';
import { taskTags } from './task-tags.ts';
import { aNewTaskView, aTaskDefinition } from './testing.ts';

describe('newTask', () => {
  test('[TSK-1] a task with an interface is PROVISIONING, one without is PENDING', () => {
    expect(newTask(aNewTaskView())).toMatchObject({
      lastStatus: 'PROVISIONING',
      desiredStatus: 'RUNNING',
      version: 1,
    });
    expect(newTask(aNewTaskView({ launchType: 'EC2', networkInterface: undefined }))).toMatchObject({
      lastStatus: 'PENDING',
      platformVersion: undefined,
      ephemeralStorageGib: undefined,
    });
  });

  test('[TSK-1] FARGATE resolves LATEST and gives 20 GiB', () => {
    expect(newTask(aNewTaskView({ platformVersion: 'LATEST' }))).toMatchObject({
      platformVersion: '1.4.0',
      ephemeralStorageGib: 20,
    });
    const definition = aTaskDefinition({ ephemeralStorage: { sizeInGiB: 30 } });
    expect(newTask(aNewTaskView({ definition })).ephemeralStorageGib).toBe(30);
    const overrides = { ephemeralStorage: { sizeInGiB: 40 } };
    expect(newTask(aNewTaskView({ definition, overrides })).ephemeralStorageGib).toBe(40);
  });

  test('[TSK-3] shows an override for every container', () => {
    const definition = aTaskDefinition({ containerDefinitions: [{ name: 'a' }, { name: 'b' }] });
    const overrides = { cpu: '512', containerOverrides: [{ name: 'b', command: ['x'] }] };
    expect(newTask(aNewTaskView({ definition, overrides })).overrides).toEqual({
      cpu: '512',
      containerOverrides: [{ name: 'a' }, { name: 'b', command: ['x'] }],
      inferenceAcceleratorOverrides: [],
    });
  });

  test('[TSK-1] draws credentials ids only for roles that there are', () => {
    const definition = aTaskDefinition({ executionRoleArn: 'e' });
    expect(
      newTask(aNewTaskView({ definition, overrides: { taskRoleArn: 'arn:aws:iam::123456789012:role/p/t' } })),
    ).toMatchObject({
      taskRoleArn: 'arn:aws:iam::123456789012:role/p/t',
      taskRoleCredentialsId: 'credentials-1',
      executionRoleArn: 'arn:aws:iam::123456789012:role/e',
      executionRoleCredentialsId: 'credentials-2',
    });
    expect(newTask(aNewTaskView())).toMatchObject({
      taskRoleCredentialsId: undefined,
      executionRoleCredentialsId: undefined,
    });
  });

  test('[TSK-1] a container with a health check is UNKNOWN at first, one without has no health', () => {
    const definition = aTaskDefinition({
      containerDefinitions: [
        { name: 'a', healthCheck: { command: ['CMD', 'x'] }, memory: 64 },
        { name: 'b', essential: false },
      ],
    });
    expect(newTask(aNewTaskView({ definition })).containers).toMatchObject([
      { name: 'a', healthStatus: 'UNKNOWN', essential: true, memory: '64', cpu: '0', lastStatus: 'PENDING' },
      { name: 'b', healthStatus: undefined, essential: false, memory: undefined },
    ]);
  });
});

describe('taskSize', () => {
  test.each([
    { name: 'the task’s own', document: { cpu: '256', memory: '512' }, overrides: {}, want: [256, 512] },
    {
      name: 'an override of the task',
      document: { cpu: '256', memory: '512' },
      overrides: { cpu: '1 vCPU', memory: '2 GB' },
      want: [1024, 2048],
    },
    { name: 'the sum, soft limits before hard ones', document: {}, overrides: {}, want: [30, 150] },
    {
      name: 'the sum with overrides of containers',
      document: {},
      overrides: { containerOverrides: [{ name: 'a', cpu: 1, memoryReservation: 7 }] },
      want: [21, 57],
    },
  ])('[TSK-2] is $name', ({ document, overrides, want }) => {
    const containerDefinitions = [
      { name: 'a', cpu: 10, memory: 200, memoryReservation: 100 },
      { name: 'b', cpu: 20, memory: 50 },
    ];
    const size = taskSize({ containerDefinitions, ...document }, overrides);
    expect([size.reserved.cpuUnits, size.reserved.memoryMib]).toEqual(want);
    expect([size.cpu, size.memory]).toEqual(want.map(String));
  });

  test.each([
    { networkMode: undefined, tcp: [8080], udp: [53] },
    { networkMode: 'bridge', tcp: [8080], udp: [53] },
    { networkMode: 'host', tcp: [80, 8080, 9000], udp: [53] },
    { networkMode: 'awsvpc', tcp: [], udp: [] },
    { networkMode: 'none', tcp: [], udp: [] },
  ] as const)('[TSK-2] holds fixed host ports of mode $networkMode', ({ networkMode, tcp, udp }) => {
    const portMappings = [
      { containerPort: 9000 },
      { containerPort: 80, hostPort: 0 },
      { containerPort: 80, hostPort: 8080, protocol: 'tcp' },
      { containerPort: 53, hostPort: 53, protocol: 'udp' },
    ] as const;
    const { reserved } = taskSize({ networkMode, containerDefinitions: [{ name: 'a', portMappings }] });
    expect([reserved.tcpPorts, reserved.udpPorts]).toEqual([tcp, udp]);
  });
});

describe('taskTags', () => {
  test('[TSK-4] own tags win over propagated ones, managed ones come last', () => {
    const sources = {
      own: [{ key: 'a', value: '1' }],
      definitionTags: [
        { key: 'a', value: '2' },
        { key: 'b', value: '2' },
      ],
      serviceTags: [{ key: 'c', value: '3' }],
      clusterName: 'lab',
      serviceName: 'web',
    };
    expect(taskTags({ ...sources, propagate: 'TASK_DEFINITION', hasManagedTags: true })).toEqual([
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
      { key: 'aws:ecs:clusterName', value: 'lab' },
      { key: 'aws:ecs:serviceName', value: 'web' },
    ]);
    expect(taskTags({ ...sources, propagate: 'SERVICE', hasManagedTags: false })).toEqual([
      { key: 'a', value: '1' },
      { key: 'c', value: '3' },
    ]);
    expect(taskTags({ ...sources, propagate: undefined, hasManagedTags: false })).toEqual(sources.own);
  });
});

describe('splitByStrategy', () => {
  test.each([
    {
      name: 'fills the base first',
      items: [
        ['SPOT', 1, 0],
        ['FARGATE', 1, 2],
      ],
      count: 4,
      want: 'FFSF',
    },
    {
      name: 'keeps one to four',
      items: [
        ['FARGATE', 1, 0],
        ['SPOT', 4, 0],
      ],
      count: 10,
      want: 'FSSSSFSSSS',
    },
    {
      name: 'gives nothing to weight 0 after its base',
      items: [
        ['FARGATE', 0, 1],
        ['SPOT', 1, 0],
      ],
      count: 3,
      want: 'FSS',
    },
    { name: 'starts nothing without a weight', items: [['FARGATE', 0, 1]], count: 3, want: 'F' },
  ] as const)('[TSK-5] $name', ({ items, count, want }) => {
    const strategy = items.map(([capacityProvider, weight, base]) => ({ capacityProvider, weight, base }));
    const chosen = splitByStrategy(strategy, count);
    expect(chosen.map((name) => name[0]).join('')).toBe(want);
  });

  test('[TSK-5] counts what is there already', () => {
    const strategy = [
      { capacityProvider: 'FARGATE', weight: 1 },
      { capacityProvider: 'SPOT', weight: 1 },
    ];
    expect(splitByStrategy(strategy, 3, new Map([['FARGATE', 2]]))).toEqual(['SPOT', 'SPOT', 'FARGATE']);
  });
});

import { describe, expect, test } from 'vitest';
import { containerDocument, taskDocumentOf } from './metadata-documents.ts';
import { aRecord, RUNNING } from './testing.ts';

const bindings = [{ bindIp: '0.0.0.0', containerPort: 80, hostPort: 49_160, protocol: 'tcp' as const }];
const record = aRecord(
  [{ name: 'web', cpu: 128, memory: 256, is: { ...RUNNING, bindings, bridgeAddress: '172.17.0.2' } }],
  {
    wasRunning: true,
    pullStartedAtMs: 0,
  },
);

describe('container documents', () => {
  test('[TMD-2] version 4', () => {
    expect(containerDocument(record, 'web', 4)).toEqual({
      DockerId: 'r',
      Name: 'web',
      DockerName: 'ecs-web-3-web-tail',
      Image: 'app:1',
      ImageID: '',
      Ports: [{ ContainerPort: 80, Protocol: 'tcp', HostPort: 49_160, HostIp: '0.0.0.0' }],
      Labels: {
        'com.amazonaws.ecs.cluster': 'lab',
        'com.amazonaws.ecs.container-name': 'web',
        'com.amazonaws.ecs.task-arn': 'arn:aws:ecs:us-east-1:1:task/lab/t',
        'com.amazonaws.ecs.task-definition-family': 'web',
        'com.amazonaws.ecs.task-definition-version': '3',
      },
      DesiredStatus: 'RUNNING',
      KnownStatus: 'RUNNING',
      Limits: { CPU: 128, Memory: 256 },
      StartedAt: '1970-01-01T00:00:00.000Z',
      Type: 'NORMAL',
      ContainerARN: 'arn:aws:ecs:us-east-1:1:container/lab/t/1',
      Networks: [{ NetworkMode: 'bridge', IPv4Addresses: ['172.17.0.2'] }],
    });
  });

  test('[TMD-2] the volumes that it has', () => {
    const mounts = [
      { source: '/srv', destination: '/data' },
      { source: 'ecs-web-3-cache-t', destination: '/cache' },
    ];
    const document = containerDocument(aRecord([{ name: 'web', is: { ...RUNNING, mounts } }]), 'web', 4);
    expect(document?.['Volumes']).toEqual([
      { Source: '/srv', Destination: '/data' },
      { DockerName: 'ecs-web-3-cache-t', Destination: '/cache' },
    ]);
  });

  test('[TMD-3] version 3 leaves out what came later', () => {
    const document = containerDocument(record, 'web', 3);
    expect(document).not.toHaveProperty('ContainerARN');
    expect(document?.['Ports']).toEqual([{ ContainerPort: 80, Protocol: 'tcp', HostPort: 49_160 }]);
    expect(containerDocument(record, 'other', 3)).toBeUndefined();
  });
});

describe('task documents', () => {
  test('[TMD-4] a host of a cluster names it as it was told', () => {
    const document = taskDocumentOf(record, { cluster: 'lab', availabilityZone: 'us-east-1a' }, 4);
    expect(document).toMatchObject({
      Cluster: 'lab',
      TaskARN: 'arn:aws:ecs:us-east-1:1:task/lab/t',
      Family: 'web',
      Revision: '3',
      KnownStatus: 'RUNNING',
      PullStartedAt: '1970-01-01T00:00:00.000Z',
      AvailabilityZone: 'us-east-1a',
      LaunchType: 'EC2',
      Containers: [{ Name: 'web' }],
    });
    expect(document).not.toHaveProperty('Limits');
  });

  test('[TMD-4] a FARGATE task names its cluster by ARN, and its sizes', () => {
    const fargate = {
      ...record,
      payload: { ...record.payload, launchType: 'FARGATE' as const, cpu: 0.25, memory: 512 },
    };
    expect(taskDocumentOf(fargate, { cluster: '' }, 4)).toMatchObject({
      Cluster: 'arn:aws:ecs:us-east-1:1:cluster/lab',
      Limits: { CPU: 0.25, Memory: 512 },
    });
  });
});

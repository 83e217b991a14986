import { describe, expect, test } from 'vitest';
import { containerSpec, logTargetOf } from './container-spec.ts';
import { subnetOf } from './metadata-documents.ts';
import { taskEnvironment } from './task-environment.ts';
import { aPayloadContainer, aPayloadTask, aRecord } from './testing.ts';

const given = { environment: {}, volumeSources: new Map([['data', '/srv']]) };

describe('containerSpec', () => {
  test('[AGT-11] [TST-7] what the driver knows by name is taken out of the engine JSON', () => {
    const dockerConfig = {
      config: JSON.stringify({
        User: 'nobody',
        Tty: true,
        Labels: { team: 'web', 'com.amazonaws.ecs.container-name': 'forged' },
        Healthcheck: { Test: ['CMD', 'x'], Interval: 5e9, Timeout: 2e9, Retries: 3, StartPeriod: 0 },
      }),
      hostConfig: JSON.stringify({
        MemoryReservation: 64 * 1024 * 1024,
        Privileged: true,
        LogConfig: { Type: 'awslogs', Config: {} },
      }),
      version: '1.25',
    };
    const mountPoints = [{ sourceVolume: 'data', containerPath: '/d', readOnly: true }];
    expect(containerSpec(aRecord([{ name: 'a', dockerConfig, mountPoints }]), 'a', given)).toMatchObject({
      user: 'nobody',
      memoryReservationMib: 64,
      healthCheck: {
        command: ['CMD', 'x'],
        intervalSeconds: 5,
        timeoutSeconds: 2,
        retries: 3,
        startPeriodSeconds: 0,
      },
      engineConfig: { Tty: true },
      engineHostConfig: { Privileged: true, Binds: ['/srv:/d:ro'] },
      labels: {
        team: 'web',
        'com.amazonaws.ecs.container-name': 'a',
        'com.amazonaws.ecs.task-definition-version': '3',
      },
    });
  });

  test('[TSC-4] options that are secrets join those of the log driver', () => {
    const LogConfig = { Type: 'splunk', Config: { 'splunk-url': 'https://s', 'splunk-token': 'none' } };
    const hostConfig = JSON.stringify({ LogConfig });
    const dockerConfig = { config: '{}', hostConfig, version: '1.25' };
    const logOptions = { 'splunk-token': 'secret' };
    const spec = containerSpec(aRecord([{ name: 'a', dockerConfig }]), 'a', { ...given, logOptions });
    expect(spec.engineHostConfig).toMatchObject({
      LogConfig: { Type: 'splunk', Config: { 'splunk-url': 'https://s', 'splunk-token': 'secret' } },
    });
  });

  test('[AGT-13] awslogs is shipped by the agent; other drivers are the engine’s', () => {
    const container = (Type: string) =>
      aPayloadContainer({
        dockerConfig: {
          config: '{}',
          hostConfig: JSON.stringify({
            LogConfig: { Type, Config: { 'awslogs-group': 'g', 'awslogs-create-group': 'true' } },
          }),
          version: '',
        },
      });
    expect(logTargetOf(container('awslogs'), 'eu-west-1')).toMatchObject({
      group: 'g',
      stream: undefined,
      region: 'eu-west-1',
      endpointUrl: undefined,
      mayCreateGroup: true,
    });
    expect(logTargetOf(container('json-file'), 'eu-west-1')).toBeUndefined();
  });
});

describe('taskEnvironment', () => {
  const added = { token: 'T', region: 'us-east-1', endpointUrl: 'http://172.17.0.1:9' };

  test('[AGT-12] adds what ECS adds, and the endpoint', () => {
    const environment = taskEnvironment(
      aPayloadTask(),
      aPayloadContainer({ environment: { A: '1' } }),
      added,
    );
    expect(environment).toEqual({
      A: '1',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: 'http://172.17.0.1:9',
      ECS_CONTAINER_METADATA_URI: 'http://169.254.170.2/v3/T',
      ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/T',
      ECS_AGENT_URI: 'http://169.254.170.2/api/T',
    });
  });

  test('[TSC-4] a secret stands over a variable of the same name, and that over the file’s', () => {
    const container = aPayloadContainer({ environment: { A: 'own', B: 'own' } });
    const sources = { fileVariables: { A: 'file', B: 'file', C: 'file' }, secrets: { A: 'secret' } };
    const environment = taskEnvironment(aPayloadTask(), container, { ...added, ...sources });
    expect(environment).toMatchObject({ A: 'secret', B: 'own', C: 'file' });
  });

  test('[AGT-12] region and endpoint of the definition win; the metadata cannot be shadowed', () => {
    const own = { AWS_REGION: 'x', AWS_ENDPOINT_URL: 'y', ECS_CONTAINER_METADATA_URI_V4: 'z' };
    const environment = taskEnvironment(aPayloadTask(), aPayloadContainer({ environment: own }), added);
    expect(environment).toMatchObject({ AWS_REGION: 'x', AWS_ENDPOINT_URL: 'y' });
    expect(environment['AWS_DEFAULT_REGION']).toBeUndefined();
    expect(environment['ECS_CONTAINER_METADATA_URI_V4']).toBe('http://169.254.170.2/v4/T');
  });
});

test.each([
  ['172.31.16.1/20', '172.31.16.0/20'],
  ['10.0.1.1/24', '10.0.1.0/24'],
  ['10.1.2.3/32', '10.1.2.3/32'],
  ['10.1.2.3/0', '0.0.0.0/0'],
])('[TMD-3] the subnet of %s is %s', (gateway, subnet) => {
  expect(subnetOf(gateway)).toBe(subnet);
});

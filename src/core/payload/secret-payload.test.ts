import { describe, expect, test } from 'vitest';
import { secretsPayload } from './secret-payload.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf';

describe('secretsPayload', () => {
  test('[TSC-2] [TSC-8] variables, options of the log driver, and files where a label says so', () => {
    const definition = {
      name: 'app',
      secrets: [
        { name: 'USER', valueFrom: `${SECRET}:user::` },
        { name: 'KEY', valueFrom: '/key' },
      ],
      dockerLabels: { 'gantry.secret-file.KEY': '/run/secrets/key', other: 'label' },
      logConfiguration: {
        logDriver: 'splunk' as const,
        secretOptions: [{ name: 'splunk-token', valueFrom: 'token' }],
      },
    };
    expect(secretsPayload(definition, 'us-east-1')).toEqual([
      {
        name: 'USER',
        valueFrom: `${SECRET}:user::`,
        type: 'ENVIRONMENT_VARIABLE',
        provider: 'asm',
        region: 'eu-west-1',
        target: 'CONTAINER',
      },
      {
        name: 'KEY',
        valueFrom: '/key',
        type: 'MOUNT_POINT',
        provider: 'ssm',
        region: 'us-east-1',
        containerPath: '/run/secrets/key',
        target: 'CONTAINER',
      },
      {
        name: 'splunk-token',
        valueFrom: 'token',
        type: 'BOOTSTRAP',
        provider: 'ssm',
        region: 'us-east-1',
        target: 'LOG_DRIVER',
      },
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseValueFrom } from './secret-reference.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:app/db-AbCdEf';
const part = fc.oneof(fc.constant(''), fc.stringMatching(/^[A-Za-z0-9_-]{1,10}$/));

describe('parseValueFrom', () => {
  test('[TSC-1] key, stage and version of a secret are what stands between the colons', () => {
    fc.assert(
      fc.property(part, part, part, (key, stage, version) => {
        expect(parseValueFrom(`${ARN}:${key}:${stage}:${version}`)).toEqual({
          provider: 'asm',
          region: 'eu-west-1',
          secretId: ARN,
          jsonKey: key === '' ? undefined : key,
          versionStage: stage === '' ? undefined : stage,
          versionId: version === '' ? undefined : version,
        });
      }),
    );
  });

  test.each([
    [ARN, { provider: 'asm', region: 'eu-west-1', secretId: ARN }],
    ['name', { provider: 'ssm', name: 'name' }],
    ['/a/b:3', { provider: 'ssm', name: '/a/b:3' }],
    [
      'arn:aws:ssm:us-east-1:123456789012:parameter/a/b',
      { provider: 'ssm', region: 'us-east-1', name: 'arn:aws:ssm:us-east-1:123456789012:parameter/a/b' },
    ],
    [`${ARN}:key`, { provider: 'invalid', service: 'asm' }],
    [`${ARN}:a:b:c:d`, { provider: 'invalid', service: 'asm' }],
    ['arn:aws:s3:::bucket/key', { provider: 'invalid', service: 'ssm' }],
    ['app/db-AbCdEf:key::', { provider: 'invalid', service: 'ssm' }],
    ['a b', { provider: 'invalid', service: 'ssm' }],
  ])('[TSC-1] %s', (valueFrom, expected) => {
    expect(parseValueFrom(valueFrom)).toEqual(expected);
  });
});

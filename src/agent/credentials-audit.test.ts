import { expect, test } from 'vitest';
import { auditLine } from './credentials-audit.ts';
import { aPayloadTask } from './testing.ts';

const HOST = { cluster: 'lab', containerInstanceArn: 'arn:aws:ecs:us-east-1:1:container-instance/lab/i' };
const credentialsOf = (credentialsId: string) => ({
  credentialsId,
  roleArn: 'r',
  accessKeyId: 'a',
  secretAccessKey: 's',
  sessionToken: 't',
  expiration: 'e',
});
const payload = aPayloadTask({
  roleCredentials: credentialsOf('secret-one'),
  executionRoleCredentials: credentialsOf('secret-two'),
});
const request = {
  atMs: 1_795_358_293_501,
  status: 200,
  sourceAddress: '172.31.0.5',
  userAgent: 'aws-sdk "js"\n',
  credentialsId: 'secret-one',
  version: 2,
  payload,
} as const;

test('[TMD-7] a line says who got whose credentials, and never their id', () => {
  expect(auditLine(request, HOST)).toBe(
    `2026-11-22T14:38:13Z 200 172.31.0.5 "/v2/credentials" "aws-sdk js" ${payload.arn} GetCredentials 2 lab ${HOST.containerInstanceArn}`,
  );
  const execution = auditLine({ ...request, credentialsId: 'secret-two' }, HOST);
  expect(execution).toContain(' GetCredentialsExecutionRole ');
  const unknown = auditLine({ ...request, credentialsId: 'guess', payload: undefined, status: 400 }, HOST);
  expect(unknown).toContain(' 400 172.31.0.5 "/v2/credentials" "aws-sdk js" - GetCredentials ');
  for (const line of [execution, unknown]) expect(line).not.toMatch(/secret|guess|\n/);
});

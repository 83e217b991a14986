import { describe, expect, test } from 'vitest';
import type { Clock } from '../lib/clock.ts';
import { instant } from '../lib/clock.ts';
import { serverTimes } from '../link/server-times.ts';
import { credentialsBook } from './credentials-book.ts';
import type { LiveTask } from './live-task.ts';
import { secretReader } from './secret-reader.ts';
import { taskSecrets } from './task-secrets.ts';
import { aPayloadContainer, aPayloadTask, aRecord } from './testing.ts';

/** Waits take no time. */
const clock: Clock = {
  now: () => instant(1_768_478_400_000),
  schedule: (_at, callback) => {
    queueMicrotask(callback);
    return () => {};
  },
};
const ROLE = {
  credentialsId: 'c',
  roleArn: 'arn:aws:iam::1:role/execution',
  accessKeyId: 'ASIAEXECUTION',
  secretAccessKey: 's',
  sessionToken: 't',
  expiration: '',
};

/** A task whose router includes a file of S3, where an S3 answers so; and what that S3 was asked. */
function aTaskWithRouter(reply: { readonly status: number; readonly body: string }) {
  const options = { 'config-file-type': 's3', 'config-file-value': 'arn:aws:s3:::conf/routers/a b.conf' };
  const containers = [
    aPayloadContainer({ name: 'router', firelensConfiguration: { type: 'fluentbit', options } }),
    aPayloadContainer({ name: 'app' }),
  ];
  const payload = aPayloadTask({ containers, executionRoleCredentials: ROLE });
  const live = { record: { ...aRecord(containers), payload } } as LiveTask;
  const asked: { url: string; signer: string | undefined }[] = [];
  const book = credentialsBook();
  book.put(ROLE);
  const reader = secretReader(
    {
      call: async ({ url, headers }) => {
        asked.push({ url, signer: /Credential=(\w+)\//.exec(headers['authorization'] ?? '')?.[1] });
        return reply;
      },
      clock,
      times: serverTimes(() => clock.now()),
      region: 'us-east-1',
      userAgent: 'test',
    },
    'http://127.0.0.1:1',
    book,
  );
  return { secrets: taskSecrets(reader), live, asked };
}

describe('the file of S3 that a log router includes', () => {
  test('[FLN-5] is read with the execution role, once, and is the router’s alone', async () => {
    const { secrets, live, asked } = aTaskWithRouter({ status: 200, body: '[OUTPUT]' });
    await secrets.ready(live);
    expect((await secrets.of(live, 'router')).routerConfig).toBe('[OUTPUT]');
    expect((await secrets.of(live, 'app')).routerConfig).toBeUndefined();
    expect(asked).toEqual([{ url: 'http://127.0.0.1:1/conf/routers/a%20b.conf', signer: 'ASIAEXECUTION' }]);
  });

  test('[FLN-5] stops the task when it cannot be read', async () => {
    const body = '<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>';
    const { secrets, live } = aTaskWithRouter({ status: 404, body });
    await expect(secrets.ready(live)).rejects.toMatchObject({
      name: 'SecretsError',
      message:
        'unable to download firelens s3 config file: unable to download s3 config routers/a b.conf from bucket conf: NoSuchKey: The specified key does not exist.',
    });
  });
});

import { describe, expect, test } from 'vitest';
import { type Clock, instant } from '../lib/clock.ts';
import { serverTimes } from '../link/server-times.ts';
import { credentialsBook } from './credentials-book.ts';
import { secretReader } from './secret-reader.ts';
import { aPayloadTask } from './testing.ts';

const SECRET = 'arn:aws:secretsmanager:us-east-1:1:secret:db-AbCdEf';
const PULL_FAILED = 'unable to pull secrets or registry auth: execution resource retrieval failed';

/** Waits take no time. */
const clock: Clock = {
  now: () => instant(1_768_478_400_000),
  schedule: (_at, callback) => {
    queueMicrotask(callback);
    return () => {};
  },
};

type Reply = (
  operation: string,
  input: Readonly<Record<string, unknown>>,
) => { status?: number; body: object };

/** A reader whose service answers as `reply` says, and what it was asked. */
function aReader(reply: Reply) {
  const asked: { operation: string; input: unknown; signer: string | undefined }[] = [];
  const book = credentialsBook();
  const role = {
    credentialsId: 'c',
    roleArn: 'arn:aws:iam::1:role/execution',
    accessKeyId: 'ASIAEXECUTION',
    secretAccessKey: 's',
    sessionToken: 't',
    expiration: '',
  };
  book.put(role);
  const reader = secretReader(
    {
      call: async ({ headers, body }) => {
        const [, operation = ''] = (headers['x-amz-target'] ?? '').split('.');
        const input = JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>;
        const signer = /Credential=(\w+)\//.exec(headers['authorization'] ?? '')?.[1];
        asked.push({ operation, input, signer });
        const answer = reply(operation, input);
        return { status: answer.status ?? 200, body: JSON.stringify(answer.body) };
      },
      clock,
      times: serverTimes(() => clock.now()),
      region: 'us-east-1',
      userAgent: 'test',
    },
    'http://127.0.0.1:1',
    book,
  );
  return { reader, asked, payload: aPayloadTask({ executionRoleCredentials: role }) };
}

describe('secretReader', () => {
  test('[TSC-3] reads as the execution role: each secret once, parameters ten at a time', async () => {
    const { reader, asked, payload } = aReader((operation, { Names }) =>
      operation === 'GetSecretValue'
        ? { body: { SecretString: '{"user":"ann","port":5432}' } }
        : {
            body: {
              Parameters: (Names as string[]).map((name) => ({
                Name: name,
                ARN: `arn ${name}`,
                Value: `v${name}`,
              })),
              InvalidParameters: [],
            },
          },
    );
    const names = Array.from({ length: 11 }, (_, index) => `/p/${index}`);
    const values = await reader.read(payload, [SECRET, `${SECRET}:user::`, `${SECRET}:port::`, ...names]);
    expect(Object.fromEntries(values)).toEqual({
      [SECRET]: '{"user":"ann","port":5432}',
      [`${SECRET}:user::`]: 'ann',
      [`${SECRET}:port::`]: '5432',
      ...Object.fromEntries(names.map((name) => [name, `v${name}`])),
    });
    expect(asked.map(({ operation }) => operation).toSorted()).toEqual([
      'GetParameters',
      'GetParameters',
      'GetSecretValue',
    ]);
    expect(new Set(asked.map(({ signer }) => signer))).toEqual(new Set(['ASIAEXECUTION']));
  });

  test('[TSC-3] names version and label, and finds a parameter by its selector', async () => {
    const { reader, asked, payload } = aReader((operation) =>
      operation === 'GetSecretValue'
        ? { body: { SecretString: 'old' } }
        : { body: { Parameters: [{ Name: '/a', ARN: 'arn', Selector: ':2', Value: 'two' }] } },
    );
    const values = await reader.read(payload, [`${SECRET}::AWSPREVIOUS:`, '/a:2']);
    expect([...values.values()]).toEqual(['old', 'two']);
    expect(asked.map(({ input }) => input)).toEqual([
      { SecretId: SECRET, VersionStage: 'AWSPREVIOUS' },
      { Names: ['/a:2'], WithDecryption: true },
    ]);
  });

  test.each([
    [
      'a refusal',
      SECRET,
      { status: 400, body: { __type: 'AccessDeniedException', message: 'not authorized' } },
      `unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${SECRET} from secrets manager: AccessDeniedException: not authorized`,
    ],
    [
      'a service that cannot answer',
      SECRET,
      { status: 500, body: { __type: 'InternalServiceError', message: 'later' } },
      `unable to retrieve secret from asm: service call has been retried 3 time(s): failed to fetch secret ${SECRET} from secrets manager: InternalServiceError: later`,
    ],
    [
      'a key that is not there',
      `${SECRET}:pass::`,
      { body: { SecretString: '{"user":"hidden"}' } },
      'unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key pass',
    ],
    [
      'a parameter that is not there',
      '/none',
      { body: { Parameters: [], InvalidParameters: ['/none'] } },
      'unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: /none',
    ],
  ])('[TSC-6] says what is wrong with %s, and never a value', async (_name, valueFrom, answer, text) => {
    const { reader, payload } = aReader(() => answer);
    const failed = reader.read(payload, [valueFrom]);
    await expect(failed).rejects.toThrow(`${PULL_FAILED}: ${text}`);
    await expect(failed).rejects.not.toThrow('hidden');
  });

  test('[TSC-3] without an execution role nothing is asked', async () => {
    const { reader, asked } = aReader(() => ({ body: {} }));
    await expect(reader.read(aPayloadTask(), [SECRET])).rejects.toThrow('the task has no execution role');
    expect(asked).toEqual([]);
    expect((await reader.read(aPayloadTask(), [])).size).toBe(0);
  });
});

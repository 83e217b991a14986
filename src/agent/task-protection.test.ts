import { describe, expect, test } from 'vitest';
import { instant } from '../lib/clock.ts';
import { AwsError } from './aws-call.ts';
import { credentialsBook } from './credentials-book.ts';
import { type ProtectionCall, taskProtection } from './task-protection.ts';
import type { TaskRecord } from './task-record.ts';

const ARN = 'arn:aws:ecs:us-east-1:000000000000:task/prod/abc';
const RECORD = { payload: { arn: ARN, roleCredentials: { credentialsId: 'c' } } } as unknown as TaskRecord;
const GET = { method: 'GET', body: '' };

describe('taskProtection', () => {
  test('[TMD-6] GET and PUT ask the control plane with the role of the task', async () => {
    const calls: unknown[] = [];
    const protect: ProtectionCall = async (operation, input, { credentials }) => {
      calls.push([operation, input, credentials.accessKeyId]);
      return {
        protectedTasks: [{ taskArn: ARN, protectionEnabled: true, expirationDate: 60 }],
        failures: [],
      };
    };
    const put = { method: 'PUT', body: '{"ProtectionEnabled":true,"ExpiresInMinutes":5}' };
    const answer = {
      status: 200,
      body: {
        protection: { ExpirationDate: '1970-01-01T00:01:00.000Z', ProtectionEnabled: true, TaskArn: ARN },
      },
    };
    expect(await taskProtection(deps(protect), RECORD, GET)).toEqual(answer);
    expect(await taskProtection(deps(protect), RECORD, put)).toEqual(answer);
    expect(calls).toEqual([
      ['GetTaskProtection', { cluster: 'prod', tasks: [ARN] }, 'AKIA'],
      [
        'UpdateTaskProtection',
        { cluster: 'prod', tasks: [ARN], protectionEnabled: true, expiresInMinutes: 5 },
        'AKIA',
      ],
    ]);
  });

  test.each([
    ['', 'UpdateTaskProtection: failed to decode request'],
    ['{"ProtectionEnabled":true,"More":1}', 'UpdateTaskProtection: failed to decode request'],
    ['{"ProtectionEnabled":"yes"}', 'UpdateTaskProtection: failed to decode request'],
    ['{"ExpiresInMinutes":1}', "Invalid request: does not contain 'ProtectionEnabled' field"],
  ])('[TMD-6] refuses the body %j', async (body, Message) => {
    const answer = await taskProtection(
      deps(async () => ({})),
      RECORD,
      { method: 'PUT', body },
    );
    expect(answer).toEqual({
      status: 400,
      body: { error: { Arn: ARN, Code: 'InvalidParameterException', Message } },
    });
  });

  test('[TMD-6] failures and refusals come through, and a task without a role is refused', async () => {
    const failure = { arn: ARN, reason: 'TASK_NOT_VALID', detail: 'why' };
    expect(
      await taskProtection(
        deps(async () => ({ failures: [failure] })),
        RECORD,
        GET,
      ),
    ).toEqual({
      status: 200,
      body: { failure: { Arn: ARN, Detail: 'why', Reason: 'TASK_NOT_VALID' } },
    });
    const refused: ProtectionCall = async () => {
      throw new AwsError('ThrottlingException', 'Rate exceeded', 400);
    };
    expect(await taskProtection(deps(refused), RECORD, GET)).toEqual({
      status: 400,
      body: { error: { Arn: ARN, Code: 'ThrottlingException', Message: 'Rate exceeded' } },
    });
    const without = { payload: { arn: ARN } } as unknown as TaskRecord;
    expect((await taskProtection(deps(refused), without, GET)).status).toBe(403);
  });

  test('[TMD-6] gives up when the control plane does not answer', async () => {
    let giveUp = (): void => {};
    const clock = {
      now: () => instant(0),
      schedule: (_at: unknown, callback: () => void) => {
        giveUp = callback;
        return () => {};
      },
    };
    const protect: ProtectionCall = (_operation, _input, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('ended'))));
    const answer = taskProtection({ ...deps(protect), clock }, RECORD, GET);
    giveUp();
    expect(await answer).toMatchObject({ status: 504, body: { error: { Code: 'RequestCanceled' } } });
  });
});

function deps(protect: ProtectionCall) {
  const book = credentialsBook();
  book.put({
    credentialsId: 'c',
    roleArn: 'r',
    accessKeyId: 'AKIA',
    secretAccessKey: 's',
    sessionToken: 't',
    expiration: '',
  } as Parameters<typeof book.put>[0]);
  return { book, protect, clock: { now: () => instant(0), schedule: () => () => {} } };
}

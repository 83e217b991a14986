import { describe, expect, test } from 'vitest';
import type { RegistryAuthentication } from '../domain/task-payload.ts';
import { instant } from '../lib/clock.ts';
import { serverTimes } from '../link/server-times.ts';
import { credentialsBook } from './credentials-book.ts';
import { registries } from './registry-token.ts';
import { SecretsError } from './secret-errors.ts';
import { aPayloadContainer, aPayloadTask } from './testing.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-1:1:secret:login-AbCdEf';
const role = (roleArn: string) => ({
  ...{ credentialsId: `of ${roleArn}`, roleArn, accessKeyId: `key of ${roleArn}`, secretAccessKey: 's' },
  ...{ sessionToken: 't', expiration: '' },
});

/** Registries whose secrets all say `text`, and that count what is asked of ECR. */
function given(text: string) {
  const asked: string[] = [];
  const book = credentialsBook();
  for (const name of ['a', 'b']) book.put(role(name));
  const find = registries({
    caller: {
      call: async ({ headers }) => {
        asked.push(headers['authorization']?.split('/')[0] ?? '');
        const authorizationToken = Buffer.from('AWS:pass:word').toString('base64');
        const expiresAt = 40_000;
        return {
          status: 200,
          headers: {},
          body: JSON.stringify({ authorizationData: [{ authorizationToken, expiresAt }] }),
        };
      },
      clock: { now: () => instant(0), schedule: () => () => {} },
      times: serverTimes(() => 0),
      region: 'us-east-1',
      userAgent: 'test',
    },
    own: { accessKeyId: 'own', secretAccessKey: 's' },
    book,
    secrets: {
      read: async (_payload, valuesFrom) => {
        asked.push(...valuesFrom);
        return new Map(valuesFrom.map((valueFrom) => [valueFrom, text]));
      },
    },
  });
  const access = (registryAuthentication: RegistryAuthentication | undefined, roleArn = 'a') =>
    find(
      aPayloadTask({ executionRoleCredentials: role(roleArn) }),
      aPayloadContainer({ registryAuthentication }),
    );
  return { access, asked };
}

const asm = (credentialsParameter: string): RegistryAuthentication => ({
  type: 'asm',
  asmAuthData: { credentialsParameter, region: 'eu-west-1' },
});
const ecr = (useExecutionRole: boolean): RegistryAuthentication => ({
  type: 'ecr',
  ecrAuthData: { registryId: '1', region: 'us-east-1', endpointOverride: 'http://h', useExecutionRole },
});

describe('getting into a registry', () => {
  test.each([
    { parameter: ARN, secret: ARN },
    { parameter: 'login', secret: 'arn:aws:secretsmanager:eu-west-1:1:secret:login' },
  ])('[LIF-15] by the user name and password of a secret: $parameter', async ({ parameter, secret }) => {
    const { access, asked } = given('{"username":"u","password":"p","more":1}');
    const found = access(asm(parameter));
    expect(asked).toEqual([]);
    expect(await found?.credentials()).toEqual({ username: 'u', password: 'p' });
    expect(asked).toEqual([secret]);
  });

  test.each(['', 'u:p', '"text"', '{"username":"u"}', '{"username":"u","password":1}'])(
    '[LIF-15] a secret that holds no login is refused without its value: %s',
    async (text) => {
      const refused = given(text).access(asm(ARN))?.credentials();
      await expect(refused).rejects.toBeInstanceOf(SecretsError);
      await expect(refused).rejects.toThrow(`the secret ${ARN} is no JSON object`);
      await expect(refused).rejects.not.toThrow(/u:p|"username"/);
    },
  );

  test('[LIF-11] tasks of one role share their rights, those of another do not', () => {
    const { access } = given('');
    expect(access(asm(ARN), 'a')?.owner).toBe(access(asm(ARN), 'a')?.owner);
    const owners = [
      access(asm(ARN), 'a'),
      access(asm(ARN), 'b'),
      access(ecr(true), 'a'),
      access(ecr(true), 'b'),
      access(ecr(false), 'a'),
    ].map((found) => found?.owner);
    expect(new Set(owners).size).toBe(5);
    expect(access(ecr(false), 'b')?.owner).toBe(owners.at(-1));
    expect(access(undefined)).toBeUndefined();
  });

  test('[AGT-10] a token of ECR is asked for by the role, or by the agent, and kept', async () => {
    const { access, asked } = given('');
    expect(await access(ecr(true), 'a')?.credentials()).toEqual({ username: 'AWS', password: 'pass:word' });
    await access(ecr(true), 'a')?.credentials();
    await access(ecr(false), 'a')?.credentials();
    expect(asked).toEqual(['AWS4-HMAC-SHA256 Credential=key of a', 'AWS4-HMAC-SHA256 Credential=own']);
  });

  test('[HARD-47] a token that the registry does not take is asked for anew, if it was one that was kept', async () => {
    const { access, asked } = given('');
    const found = access(ecr(true));
    expect(found?.forget?.()).toBe(false);
    await found?.credentials();
    expect(found?.forget?.()).toBe(true);
    await found?.credentials();
    expect(asked).toHaveLength(2);
  });
});

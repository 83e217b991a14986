import { describe, expect, test } from 'vitest';
import type { SecretsManagerOperations } from '../../shapes/generated/secretsmanager.ts';
import { createAuthorizer } from '../authorize.ts';
import { ANN, aContext, memoryVault, storeAnn, TEST_START, type TestContext } from '../testing.ts';
import { secretsManagerOperations } from './operations.ts';

const DAY_MS = 24 * 3_600_000;
const TOKEN_1 = '11111111-1111-4111-8111-111111111111';
const TOKEN_2 = '22222222-2222-4222-8222-222222222222';
const TOKEN_3 = '33333333-3333-4333-8333-333333333333';

async function aService() {
  const context = await aContext();
  const vault = memoryVault();
  const operations = secretsManagerOperations(vault);
  const call = async <Name extends keyof typeof operations & keyof SecretsManagerOperations>(
    name: Name,
    input: SecretsManagerOperations[Name]['input'],
  ): Promise<NonNullable<SecretsManagerOperations[Name]['output']>> =>
    (await operations[name](context as TestContext, input as never)) as never;
  return { context: { ...context, vault }, call };
}

const failure = (code: string, message: string) => ({ code, message });

describe('CreateSecret', () => {
  test('[SEC-1] answers an ARN of the name and six characters, and no version without a value', async () => {
    const { call } = await aService();
    const made = await call('CreateSecret', { Name: 'prod/db' });
    expect(made).toEqual({ ARN: expect.stringMatching(/:secret:prod\/db-[A-Za-z0-9]{6}$/), Name: 'prod/db' });
    await expect(call('GetSecretValue', { SecretId: 'prod/db' })).rejects.toMatchObject(
      failure(
        'ResourceNotFoundException',
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      ),
    );
  });

  test('[SEC-1] a name is taken, unless the same request comes again', async () => {
    const { call } = await aService();
    const input = { Name: 'x', SecretString: 'a', ClientRequestToken: TOKEN_1 };
    const made = await call('CreateSecret', input);
    expect(await call('CreateSecret', input)).toEqual(made);
    const taken = failure(
      'ResourceExistsException',
      'The operation failed because the secret x already exists.',
    );
    await expect(call('CreateSecret', { ...input, SecretString: 'b' })).rejects.toMatchObject(taken);
    await expect(call('CreateSecret', { Name: 'x' })).rejects.toMatchObject(taken);
  });

  test('[SEC-1] refuses a name with other characters', async () => {
    const { call } = await aService();
    await expect(call('CreateSecret', { Name: 'a b' })).rejects.toMatchObject(
      failure(
        'ValidationException',
        'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
      ),
    );
  });

  test('[SEC-8] takes the default key by its alias, and refuses another by name', async () => {
    const { call } = await aService();
    await call('CreateSecret', { Name: 'x', KmsKeyId: 'alias/aws/secretsmanager' });
    await expect(call('CreateSecret', { Name: 'y', KmsKeyId: 'alias/mine' })).rejects.toMatchObject({
      code: 'InvalidParameterException',
    });
  });
});

describe('GetSecretValue', () => {
  test('[SEC-2] finds by name, by ARN, and by ARN without its suffix', async () => {
    const { call } = await aService();
    const { ARN = '' } = await call('CreateSecret', { Name: 'a/b', SecretString: 'v' });
    for (const SecretId of ['a/b', ARN, ARN.slice(0, -7)]) {
      expect((await call('GetSecretValue', { SecretId })).SecretString).toBe('v');
    }
    for (const SecretId of [ARN.slice(0, -3), ARN.replace('us-east-1', 'eu-west-1'), 'A/b']) {
      await expect(call('GetSecretValue', { SecretId })).rejects.toMatchObject(
        failure('ResourceNotFoundException', "Secrets Manager can't find the specified secret."),
      );
    }
  });

  test('[SEC-3] reads binary values, versions by id, and refuses a label of another version', async () => {
    const { call } = await aService();
    await call('CreateSecret', {
      Name: 'x',
      SecretBinary: Buffer.from([0, 255]),
      ClientRequestToken: TOKEN_1,
    });
    await call('PutSecretValue', { SecretId: 'x', SecretString: 'two', ClientRequestToken: TOKEN_2 });
    const old = await call('GetSecretValue', { SecretId: 'x', VersionId: TOKEN_1 });
    expect(old).toMatchObject({ VersionStages: ['AWSPREVIOUS'], CreatedDate: TEST_START });
    expect([...(old.SecretBinary ?? [])]).toEqual([0, 255]);
    expect(old.SecretString).toBeUndefined();
    await expect(
      call('GetSecretValue', { SecretId: 'x', VersionId: TOKEN_1, VersionStage: 'AWSCURRENT' }),
    ).rejects.toMatchObject({ code: 'InvalidRequestException' });
    await expect(call('GetSecretValue', { SecretId: 'x', VersionId: TOKEN_3 })).rejects.toMatchObject(
      failure(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for VersionId: ${TOKEN_3}`,
      ),
    );
  });

  test('[SEC-9] writes the day of the reading', async () => {
    const { call } = await aService();
    await call('CreateSecret', { Name: 'x', SecretString: 'v' });
    expect((await call('DescribeSecret', { SecretId: 'x' })).LastAccessedDate).toBeUndefined();
    await call('GetSecretValue', { SecretId: 'x' });
    expect((await call('DescribeSecret', { SecretId: 'x' })).LastAccessedDate).toBe(
      Math.floor(TEST_START / DAY_MS) * DAY_MS,
    );
  });
});

describe('PutSecretValue', () => {
  test('[SEC-3] the same token with the same value changes nothing, with another it is refused', async () => {
    const { call } = await aService();
    const { ARN } = await call('CreateSecret', { Name: 'x', SecretString: 'a', ClientRequestToken: TOKEN_1 });
    const again = { SecretId: 'x', ClientRequestToken: TOKEN_1 };
    expect(await call('PutSecretValue', { ...again, SecretString: 'a' })).toMatchObject({
      VersionStages: ['AWSCURRENT'],
    });
    await expect(call('PutSecretValue', { ...again, SecretString: 'b' })).rejects.toMatchObject(
      failure(
        'ResourceExistsException',
        `You can't use ClientRequestToken ${TOKEN_1} because that value is already in use for a version of secret ${ARN}.`,
      ),
    );
  });

  test('[SEC-3] takes 65,536 bytes and not one more', async () => {
    const { call } = await aService();
    await call('CreateSecret', { Name: 'x' });
    await call('PutSecretValue', { SecretId: 'x', SecretString: 'é'.repeat(32_768) });
    await expect(
      call('PutSecretValue', { SecretId: 'x', SecretString: `${'é'.repeat(32_768)}a` }),
    ).rejects.toMatchObject({ code: 'InvalidParameterException' });
  });

  test('[SEC-4] a pending version leaves the current one alone until it is promoted', async () => {
    const { call } = await aService();
    await call('CreateSecret', { Name: 'x', SecretString: 'one', ClientRequestToken: TOKEN_1 });
    await call('PutSecretValue', {
      SecretId: 'x',
      SecretString: 'two',
      ClientRequestToken: TOKEN_2,
      VersionStages: ['AWSPENDING'],
    });
    expect((await call('GetSecretValue', { SecretId: 'x' })).SecretString).toBe('one');
    await call('UpdateSecretVersionStage', {
      SecretId: 'x',
      VersionStage: 'AWSCURRENT',
      RemoveFromVersionId: TOKEN_1,
      MoveToVersionId: TOKEN_2,
    });
    expect((await call('DescribeSecret', { SecretId: 'x' })).VersionIdsToStages).toEqual({
      [TOKEN_1]: ['AWSPREVIOUS'],
      [TOKEN_2]: ['AWSPENDING', 'AWSCURRENT'],
    });
  });
});

describe('UpdateSecretVersionStage', () => {
  test('[SEC-5] names the version that has the label, and never takes AWSCURRENT away', async () => {
    const { call } = await aService();
    await call('CreateSecret', { Name: 'x', SecretString: 'one', ClientRequestToken: TOKEN_1 });
    await call('PutSecretValue', { SecretId: 'x', SecretString: 'two', ClientRequestToken: TOKEN_2 });
    const move = { SecretId: 'x', VersionStage: 'AWSCURRENT' };
    await expect(
      call('UpdateSecretVersionStage', { ...move, MoveToVersionId: TOKEN_1 }),
    ).rejects.toMatchObject(
      failure(
        'InvalidParameterException',
        `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${TOKEN_2}, so you must explicitly reference that version in RemoveFromVersionId.`,
      ),
    );
    await expect(
      call('UpdateSecretVersionStage', { ...move, RemoveFromVersionId: TOKEN_2 }),
    ).rejects.toMatchObject(
      failure(
        'InvalidParameterException',
        'You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.',
      ),
    );
  });
});

describe('DeleteSecret', () => {
  test('[SEC-7] waits for the window, refuses use meanwhile, and can be taken back', async () => {
    const { call } = await aService();
    await call('CreateSecret', { Name: 'x', SecretString: 'v' });
    const deleted = await call('DeleteSecret', { SecretId: 'x', RecoveryWindowInDays: 7 });
    expect(deleted.DeletionDate).toBe(TEST_START + 7 * DAY_MS);
    await expect(call('GetSecretValue', { SecretId: 'x' })).rejects.toMatchObject(
      failure(
        'InvalidRequestException',
        "You can't perform this operation on the secret because it was marked for deletion.",
      ),
    );
    await expect(call('CreateSecret', { Name: 'x' })).rejects.toMatchObject(
      failure(
        'InvalidRequestException',
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      ),
    );
    expect((await call('ListSecrets', {})).SecretList).toEqual([]);
    expect((await call('ListSecrets', { IncludePlannedDeletion: true })).SecretList).toHaveLength(1);
    await call('RestoreSecret', { SecretId: 'x' });
    expect((await call('GetSecretValue', { SecretId: 'x' })).SecretString).toBe('v');
  });

  test('[SEC-7] past its date a secret is gone, and its name is free', async () => {
    const { call, context } = await aService();
    await call('CreateSecret', { Name: 'x', SecretString: 'old' });
    await call('DeleteSecret', { SecretId: 'x', RecoveryWindowInDays: 7 });
    context.clock.advance(7 * DAY_MS);
    await expect(call('RestoreSecret', { SecretId: 'x' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
    await call('CreateSecret', { Name: 'x', SecretString: 'new' });
    expect((await call('GetSecretValue', { SecretId: 'x' })).SecretString).toBe('new');
  });

  test('[SEC-7] forced, it is gone at once, and an unknown one is no error', async () => {
    const { call } = await aService();
    await call('CreateSecret', { Name: 'x', SecretString: 'v' });
    const force = { SecretId: 'x', ForceDeleteWithoutRecovery: true };
    await call('DeleteSecret', force);
    await call('DeleteSecret', force);
    await expect(call('DescribeSecret', { SecretId: 'x' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
    await expect(call('DeleteSecret', { ...force, RecoveryWindowInDays: 7 })).rejects.toMatchObject(
      failure(
        'InvalidParameterException',
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
      ),
    );
    for (const RecoveryWindowInDays of [6, 31]) {
      await expect(call('DeleteSecret', { SecretId: 'x', RecoveryWindowInDays })).rejects.toMatchObject(
        failure(
          'InvalidParameterException',
          'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).',
        ),
      );
    }
  });
});

describe('ListSecrets', () => {
  test('[SEC-10] filters by the beginning of names and tags, negated by an exclamation mark', async () => {
    const { call, context } = await aService();
    for (const [Name, stage] of [
      ['prod/db', 'prod'],
      ['prod/api', 'prod'],
      ['dev/db', 'dev'],
    ] as const) {
      await call('CreateSecret', { Name, Tags: [{ Key: 'stage', Value: stage }] });
      context.clock.advance(1000);
    }
    const namesBy = async (Key: 'name' | 'tag-value' | 'all', ...Values: string[]) =>
      (await call('ListSecrets', { Filters: [{ Key, Values }] })).SecretList?.map(({ Name }) => Name);
    expect(await namesBy('name', 'prod/')).toEqual(['prod/api', 'prod/db']);
    expect(await namesBy('name', '!prod/')).toEqual(['dev/db']);
    expect(await namesBy('tag-value', 'dev')).toEqual(['dev/db']);
    expect(await namesBy('all', 'DB')).toEqual(['dev/db', 'prod/db']);
  });

  test('[SEC-10] pages through all, once each', async () => {
    const { call } = await aService();
    for (const Name of ['a', 'b', 'c', 'd', 'e']) await call('CreateSecret', { Name });
    const names: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await call('ListSecrets', { MaxResults: 2, NextToken, SortBy: 'name', SortOrder: 'asc' });
      names.push(...(page.SecretList ?? []).map(({ Name }) => Name));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});

describe('BatchGetSecretValue', () => {
  test('[SEC-11] answers what it finds and tells the rest apart', async () => {
    const { call } = await aService();
    await call('CreateSecret', { Name: 'a', SecretString: '1' });
    const batch = await call('BatchGetSecretValue', { SecretIdList: ['a', 'none'] });
    expect(batch.SecretValues?.map(({ Name, SecretString }) => [Name, SecretString])).toEqual([['a', '1']]);
    expect(batch.Errors).toEqual([
      {
        SecretId: 'none',
        ErrorCode: 'ResourceNotFoundException',
        Message: "Secrets Manager can't find the specified secret.",
      },
    ]);
    await expect(call('BatchGetSecretValue', {})).rejects.toMatchObject({
      code: 'InvalidParameterException',
    });
  });
});

describe('a user', () => {
  const allow = (Action: readonly string[], Resource = '*') => ({ Effect: 'Allow', Action, Resource });

  test('[SEC-11] finds values by a filter only where it may read them', async () => {
    const { context, call } = await aService();
    await call('CreateSecret', { Name: 'app/a', SecretString: '1' });
    const { ARN } = await call('CreateSecret', { Name: 'app/b', SecretString: '2' });
    await storeAnn(context, [
      allow(['secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets']),
      allow(['secretsmanager:GetSecretValue'], 'arn:aws:secretsmanager:*:*:secret:app/a-*'),
    ]);
    const operations = secretsManagerOperations(context.vault);
    const batch = await operations.BatchGetSecretValue(
      { ...context, caller: ANN },
      { Filters: [{ Key: 'name', Values: ['app/'] }] },
    );
    expect(batch?.SecretValues?.map(({ Name }) => Name)).toEqual(['app/a']);
    expect(batch?.Errors).toEqual([
      expect.objectContaining({ SecretId: ARN, ErrorCode: 'AccessDeniedException' }),
    ]);
  });

  test('[SEC-12] that is denied a secret by its id cannot change it', async () => {
    const { context, call } = await aService();
    const { ARN = '' } = await call('CreateSecret', { Name: 'a', SecretString: '1' });
    await storeAnn(context, [
      allow(['secretsmanager:*']),
      {
        Effect: 'Deny',
        Action: 'secretsmanager:*',
        Resource: '*',
        Condition: { StringEquals: { 'secretsmanager:SecretId': ARN } },
      },
    ]);
    const { authorize } = createAuthorizer(context);
    expect(() => authorize({ caller: ANN }, 'secretsmanager:UpdateSecret', { SecretId: 'a' })).toThrow(
      'explicit deny',
    );
  });
});

describe('PutResourcePolicy', () => {
  test('[SEC-12] keeps a policy that says who, what and on what', async () => {
    const { call } = await aService();
    await call('CreateSecret', { Name: 'x' });
    const statement = { Effect: 'Allow', Principal: '*', Action: 'secretsmanager:GetSecretValue' };
    const ResourcePolicy = JSON.stringify({
      Version: '2012-10-17',
      Statement: { ...statement, Resource: '*' },
    });
    await call('PutResourcePolicy', { SecretId: 'x', ResourcePolicy });
    expect(await call('GetResourcePolicy', { SecretId: 'x' })).toMatchObject({ Name: 'x', ResourcePolicy });
    await expect(
      call('PutResourcePolicy', { SecretId: 'x', ResourcePolicy: JSON.stringify({ Statement: statement }) }),
    ).rejects.toMatchObject({ code: 'MalformedPolicyDocumentException' });
    await call('DeleteResourcePolicy', { SecretId: 'x' });
    expect((await call('GetResourcePolicy', { SecretId: 'x' })).ResourcePolicy).toBeUndefined();
  });
});

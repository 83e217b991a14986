import { describe, expect, test } from 'vitest';
import type { SsmOperations } from '../../shapes/generated/ssm.ts';
import { aContext, memoryVault } from '../testing.ts';
import { ssmOperations } from './operations.ts';

async function aService() {
  const context = await aContext();
  const operations = ssmOperations(memoryVault());
  const call = async <Name extends keyof SsmOperations>(
    name: Name,
    input: SsmOperations[Name]['input'],
  ): Promise<NonNullable<SsmOperations[Name]['output']>> =>
    (await operations[name]?.(context, input as never)) as never;
  const put = (Name: string, Value: string, more: Partial<SsmOperations['PutParameter']['input']> = {}) =>
    call('PutParameter', { Name, Value, Type: 'String', ...more });
  const value = async (Name: string) =>
    (await call('GetParameter', { Name, WithDecryption: true })).Parameter?.Value;
  return { call, put, value };
}

describe('PutParameter', () => {
  test('[SSM-1] makes version 1, and refuses the name again unless it is to be overwritten', async () => {
    const { put, value } = await aService();
    expect(await put('/a/b', 'one')).toEqual({ Version: 1, Tier: 'Standard' });
    await expect(put('/a/b', 'two')).rejects.toMatchObject({
      code: 'ParameterAlreadyExists',
      message:
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    });
    expect(await put('/a/b', 'two', { Overwrite: true })).toEqual({ Version: 2, Tier: 'Standard' });
    expect(await value('/a/b')).toBe('two');
  });

  test('[SSM-2] a secure string is readable only with decryption', async () => {
    const { call, put } = await aService();
    await put('s', 'secret', { Type: 'SecureString' });
    const sealed = (await call('GetParameter', { Name: 's' })).Parameter;
    expect(sealed).toMatchObject({ Type: 'SecureString', Version: 1 });
    expect(sealed?.Value).not.toBe('secret');
    expect((await call('GetParameter', { Name: 's', WithDecryption: true })).Parameter?.Value).toBe('secret');
    expect((await call('DescribeParameters', {})).Parameters?.[0]).toMatchObject({ KeyId: 'alias/aws/ssm' });
  });

  test('[SSM-2] refuses customer keys, policies, other data types and keys of plain values', async () => {
    const { put } = await aService();
    const secure = { Type: 'SecureString' } as const;
    await expect(put('a', 'v', { ...secure, KeyId: 'alias/mine' })).rejects.toMatchObject({
      code: 'InvalidKeyId',
    });
    await expect(put('a', 'v', { KeyId: 'alias/aws/ssm' })).rejects.toMatchObject({
      code: 'ValidationException',
    });
    await expect(put('a', 'v', { Policies: '[{}]' })).rejects.toThrow('Policies is not supported yet.');
    await expect(put('a', 'v', { DataType: 'aws:ec2:image' })).rejects.toThrow('DataType aws:ec2:image');
    await expect(put('a', '')).rejects.toMatchObject({ code: 'ValidationException' });
  });

  test('[SSM-6] 4,096 characters are Standard, 8,192 Advanced, and there is no way back', async () => {
    const { put } = await aService();
    await put('a', 'x'.repeat(4096));
    await expect(put('b', 'x'.repeat(4097))).rejects.toThrow(
      'Standard tier parameters support a maximum parameter value of 4096 characters.',
    );
    expect(await put('b', 'x'.repeat(4097), { Tier: 'Intelligent-Tiering' })).toMatchObject({
      Tier: 'Advanced',
    });
    await put('c', 'x'.repeat(8192), { Tier: 'Advanced' });
    await expect(put('d', 'x'.repeat(8193), { Tier: 'Advanced' })).rejects.toMatchObject({
      code: 'ValidationException',
    });
    await expect(put('c', 'x', { Tier: 'Standard', Overwrite: true })).rejects.toThrow("You can't downgrade");
  });

  test('[SSM-6] the value has to fit the allowed pattern, of this and of later versions', async () => {
    const { put } = await aService();
    await put('a', '12', { AllowedPattern: '\\d+' });
    await expect(put('a', '12a', { Overwrite: true })).rejects.toMatchObject({
      code: 'ParameterPatternMismatchException',
    });
    await expect(put('b', 'x', { AllowedPattern: '(' })).rejects.toMatchObject({
      code: 'InvalidAllowedPatternException',
    });
  });

  test('[SSM-6] keeps a hundred versions, and refuses when the oldest has a label', async () => {
    const { call, put } = await aService();
    await put('a', '1');
    for (let count = 2; count <= 101; count += 1) await put('a', String(count), { Overwrite: true });
    const first = (await call('GetParameterHistory', { Name: 'a' })).Parameters?.[0];
    expect(first?.Version).toBe(2);
    await call('LabelParameterVersion', { Name: 'a', ParameterVersion: 2, Labels: ['keep'] });
    await expect(put('a', '102', { Overwrite: true })).rejects.toMatchObject({
      code: 'ParameterMaxVersionLimitExceeded',
    });
  });
});

describe('GetParameter', () => {
  test('[SSM-3] by name, version, label and ARN', async () => {
    const { call, put, value } = await aService();
    await put('/p/x', 'one');
    await put('/p/x', 'two', { Overwrite: true });
    await call('LabelParameterVersion', { Name: '/p/x', ParameterVersion: 1, Labels: ['stable'] });
    const arn = 'arn:aws:ssm:us-east-1:123456789012:parameter/p/x';
    for (const [name, expected] of [
      ['/p/x', 'two'],
      ['/p/x:1', 'one'],
      ['/p/x:stable', 'one'],
      [arn, 'two'],
      [`${arn}:1`, 'one'],
    ] as const) {
      expect(await value(name)).toBe(expected);
    }
    const { Parameter } = await call('GetParameter', { Name: '/p/x:stable' });
    expect(Parameter).toMatchObject({
      Name: '/p/x',
      Selector: ':stable',
      ARN: arn,
      DataType: 'text',
      Version: 1,
    });
    await expect(value('/p/x:5')).rejects.toMatchObject({
      code: 'ParameterVersionNotFound',
      message: 'Systems Manager could not find version 5 of /p/x. Verify the version and try again.',
    });
    await expect(value('none')).rejects.toMatchObject({ code: 'ParameterNotFound', message: '' });
  });

  test('[SSM-3] an ARN of a name without a slash finds it', async () => {
    const { put, value } = await aService();
    await put('plain', 'v');
    expect(await value('arn:aws:ssm:us-east-1:123456789012:parameter/plain')).toBe('v');
    await expect(value('arn:aws:ssm:eu-west-1:123456789012:parameter/plain')).rejects.toMatchObject({
      code: 'ParameterNotFound',
    });
  });

  test('[SSM-7] several at once: what means nothing is told apart', async () => {
    const { call, put } = await aService();
    await put('a', '1');
    const answer = await call('GetParameters', { Names: ['a', 'b', 'a:7', 'a:1'] });
    expect(answer.Parameters?.map(({ Name, Selector }) => [Name, Selector])).toEqual([
      ['a', undefined],
      ['a', ':1'],
    ]);
    expect(answer.InvalidParameters).toEqual(['b', 'a:7']);
  });
});

describe('listings', () => {
  test('[SSM-4] below a path, one level or all, page after page', async () => {
    const { call, put } = await aService();
    for (const name of ['/a/x', '/a/y', '/a/b/z', '/ab', 'root']) await put(name, 'v');
    const names = async (Path: string, Recursive: boolean) =>
      (await call('GetParametersByPath', { Path, Recursive })).Parameters?.map(({ Name }) => Name);
    expect(await names('/a', false)).toEqual(['/a/x', '/a/y']);
    expect(await names('/a/', true)).toEqual(['/a/b/z', '/a/x', '/a/y']);
    expect(await names('/none', true)).toEqual([]);
    expect(await names('/', false)).toEqual(['/ab', 'root']);
    await expect(names('a', true)).rejects.toThrow(
      "The parameter doesn't meet the parameter name requirements.",
    );
    const first = await call('GetParametersByPath', { Path: '/', Recursive: true, MaxResults: 3 });
    const rest = await call('GetParametersByPath', {
      Path: '/',
      Recursive: true,
      NextToken: first.NextToken,
    });
    expect([first.Parameters?.length, rest.Parameters?.length, rest.NextToken]).toEqual([3, 2, undefined]);
  });

  test('[SSM-4] DescribeParameters filters by name, path, type and tag, and shows no value', async () => {
    const { call, put } = await aService();
    await put('/a/x', 'v', { Tags: [{ Key: 'team', Value: 'red' }] });
    await put('/b/x', 'v', { Type: 'SecureString' });
    const by = async (Key: string, Option: string | undefined, ...Values: string[]) =>
      (await call('DescribeParameters', { ParameterFilters: [{ Key, Option, Values }] })).Parameters?.map(
        ({ Name }) => Name,
      );
    expect(await by('Name', 'BeginsWith', '/a')).toEqual(['/a/x']);
    expect(await by('Name', 'Contains', 'x')).toEqual(['/a/x', '/b/x']);
    expect(await by('Path', 'Recursive', '/b')).toEqual(['/b/x']);
    expect(await by('Type', undefined, 'SecureString')).toEqual(['/b/x']);
    expect(await by('tag:team', undefined, 'red')).toEqual(['/a/x']);
    await expect(by('Color', undefined, 'red')).rejects.toMatchObject({ code: 'InvalidFilterKey' });
    expect(JSON.stringify(await call('DescribeParameters', {}))).not.toContain('"Value"');
  });
});

describe('labels, tags, deletion', () => {
  test('[SSM-5] a label moves, and texts that cannot be one are told apart', async () => {
    const { call, put, value } = await aService();
    await put('a', '1');
    await put('a', '2', { Overwrite: true });
    await call('LabelParameterVersion', { Name: 'a', ParameterVersion: 1, Labels: ['x'] });
    expect(await call('LabelParameterVersion', { Name: 'a', Labels: ['x', '1st'] })).toEqual({
      InvalidLabels: ['1st'],
      ParameterVersion: 2,
    });
    expect(await value('a:x')).toBe('2');
    expect(
      await call('UnlabelParameterVersion', { Name: 'a', ParameterVersion: 2, Labels: ['x', 'y'] }),
    ).toEqual({
      RemovedLabels: ['x'],
      InvalidLabels: ['y'],
    });
    await expect(value('a:x')).rejects.toMatchObject({ code: 'ParameterVersionNotFound' });
  });

  test('tags are added, replaced and removed; they cannot come with an overwrite', async () => {
    const { call, put } = await aService();
    await put('a', '1', { Tags: [{ Key: 'k', Value: '1' }] });
    const resource = { ResourceType: 'Parameter', ResourceId: 'a' } as const;
    await call('AddTagsToResource', {
      ...resource,
      Tags: [
        { Key: 'k', Value: '2' },
        { Key: 'l', Value: '' },
      ],
    });
    await call('RemoveTagsFromResource', { ...resource, TagKeys: ['l'] });
    expect((await call('ListTagsForResource', resource)).TagList).toEqual([{ Key: 'k', Value: '2' }]);
    await expect(put('a', '2', { Overwrite: true, Tags: [{ Key: 'k', Value: '3' }] })).rejects.toThrow(
      "tags and overwrite can't be used together",
    );
    await expect(call('ListTagsForResource', { ...resource, ResourceId: 'b' })).rejects.toMatchObject({
      code: 'InvalidResourceId',
    });
  });

  test('a deleted parameter is gone with its versions, and begins at 1 again', async () => {
    const { call, put } = await aService();
    await put('a', '1');
    await put('a', '2', { Overwrite: true });
    expect(await call('DeleteParameters', { Names: ['a', 'b'] })).toEqual({
      DeletedParameters: ['a'],
      InvalidParameters: ['b'],
    });
    await expect(call('DeleteParameter', { Name: 'a' })).rejects.toMatchObject({ code: 'ParameterNotFound' });
    expect(await put('a', '3')).toMatchObject({ Version: 1 });
  });
});

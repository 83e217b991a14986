import { describe, expect, test } from 'vitest';
import { aContext } from '../testing.ts';
import { oidcProviderOperations as operations } from './oidc-provider-operations.ts';

const Url = 'https://token.actions.githubusercontent.com';
const OpenIDConnectProviderArn =
  'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com';
const named = { OpenIDConnectProviderArn };

async function withProvider() {
  const context = await aContext();
  await operations.CreateOpenIDConnectProvider?.(context, { Url, ClientIDList: ['sts.amazonaws.com'] });
  return context;
}

const refused = (work: () => unknown) => expect(Promise.resolve().then(work)).rejects;

describe('OIDC providers', () => {
  test('[IAM-18] a provider is named by its URL, of which there is one', async () => {
    const context = await withProvider();
    expect(await operations.GetOpenIDConnectProvider?.(context, named)).toMatchObject({
      Url: 'token.actions.githubusercontent.com',
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: [],
    });
    expect(await operations.ListOpenIDConnectProviders?.(context, {})).toEqual({
      OpenIDConnectProviderList: [{ Arn: OpenIDConnectProviderArn }],
    });
    await refused(() => operations.CreateOpenIDConnectProvider?.(context, { Url })).toMatchObject({
      code: 'EntityAlreadyExistsException',
      message: `Provider with url ${Url} already exists.`,
    });
  });

  test.each([
    'http://issuer.example',
    'issuer.example',
    'https://issuer.example?a=b',
    'https://issuer.example:8443',
    `https://issuer.example/${'a'.repeat(233)}`,
  ])('[IAM-18] %s is no URL of a provider', async (wrong) => {
    const context = await aContext();
    await refused(() => operations.CreateOpenIDConnectProvider?.(context, { Url: wrong })).toMatchObject({
      code: 'InvalidInputException',
    });
  });

  test('[IAM-18] audiences come and go; 100 fit, 101 do not', async () => {
    const context = await withProvider();
    for (const ClientID of ['a', 'a', 'b'])
      await operations.AddClientIDToOpenIDConnectProvider?.(context, { ...named, ClientID });
    await operations.RemoveClientIDFromOpenIDConnectProvider?.(context, { ...named, ClientID: 'b' });
    expect(await operations.GetOpenIDConnectProvider?.(context, named)).toMatchObject({
      ClientIDList: ['sts.amazonaws.com', 'a'],
    });
    const ids = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}`);
    const create = (count: number) =>
      operations.CreateOpenIDConnectProvider?.(context, {
        Url: `https://issuer.example/${count}`,
        ClientIDList: ids(count),
      });
    await create(100);
    await refused(() => create(101)).toMatchObject({ code: 'LimitExceededException' });
  });

  test('[IAM-18] thumbprints have 40 characters, and there are at most 5', async () => {
    const context = await withProvider();
    const update = (ThumbprintList: string[]) =>
      operations.UpdateOpenIDConnectProviderThumbprint?.(context, { ...named, ThumbprintList });
    await update(Array(5).fill('a'.repeat(40)));
    await refused(() => update(Array(6).fill('a'.repeat(40)))).toMatchObject({
      code: 'InvalidInputException',
    });
    await refused(() => update(['a'.repeat(39)])).toMatchObject({ code: 'ValidationError' });
  });

  test('[IAM-11] tags are put on and taken off', async () => {
    const context = await withProvider();
    const Tags = [
      { Key: 'b', Value: '2' },
      { Key: 'a', Value: '1' },
    ];
    await operations.TagOpenIDConnectProvider?.(context, { ...named, Tags });
    await operations.UntagOpenIDConnectProvider?.(context, { ...named, TagKeys: ['b'] });
    expect(await operations.ListOpenIDConnectProviderTags?.(context, named)).toMatchObject({
      Tags: [{ Key: 'a', Value: '1' }],
      IsTruncated: false,
    });
  });

  test('[IAM-18] a deleted provider is gone', async () => {
    const context = await withProvider();
    await operations.DeleteOpenIDConnectProvider?.(context, named);
    await refused(() => operations.GetOpenIDConnectProvider?.(context, named)).toMatchObject({
      code: 'NoSuchEntityException',
      message: `OpenIDConnect Provider not found for arn ${OpenIDConnectProviderArn}`,
    });
  });
});

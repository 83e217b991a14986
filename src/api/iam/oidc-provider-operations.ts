import { openIdConnectProviderArn } from '../../core/identity/arns.ts';
import type { OpenIdConnectProvider } from '../../domain/identity.ts';
import { refuse } from '../../lib/service-error.ts';
import { openIdConnectProviders } from '../../records/collections.ts';
import type { ReadTx, Store } from '../../store/store.ts';
import { iamErrors } from './errors.ts';
import { tagShapes, withoutTags, withTags } from './names.ts';
import type { IamOperationRecord } from './operation-record.ts';
import { markedPage } from './paging.ts';

/** A provider has at most this many audiences. */
const CLIENT_IDS_MAX_COUNT = 100;
/** And at most this many thumbprints. */
const THUMBPRINTS_MAX_COUNT = 5;
const URL_MAX_LENGTH = 255;

const requireProvider = (tx: ReadTx, arn: string): OpenIdConnectProvider =>
  tx.get(openIdConnectProviders, arn) ?? refuse(iamErrors.providerNotFound(arn));

/** Changes a provider. */
function change(
  store: Store,
  arn: string,
  changed: (provider: OpenIdConnectProvider) => Partial<OpenIdConnectProvider>,
): Promise<Record<string, never>> {
  return store.write((tx) => {
    const provider = requireProvider(tx, arn);
    tx.put(openIdConnectProviders, { ...provider, ...changed(provider) });
    return {};
  });
}

/** The issuer of a provider's URL: what follows `https://`. (IAM-18) */
function issuerOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'https:' || !url.startsWith('https://') || url.length > URL_MAX_LENGTH) {
    throw iamErrors.invalidInput('Invalid Open ID Connect Provider URL');
  }
  if (parsed.search !== '' || parsed.hash !== '' || parsed.port !== '' || parsed.username !== '') {
    throw iamErrors.invalidInput('Invalid Open ID Connect Provider URL');
  }
  return url.slice('https://'.length);
}

function checkedClientIds(clientIds: readonly string[]): readonly string[] {
  const different = [...new Set(clientIds)];
  if (different.length > CLIENT_IDS_MAX_COUNT) {
    throw iamErrors.quota('ClientIdsPerOpenIdConnectProvider', CLIENT_IDS_MAX_COUNT);
  }
  const wrong = different.find((id) => id === '' || id.length > 255);
  if (wrong === undefined) return different;
  const rule = wrong === '' ? 'greater than or equal to 1' : 'less than or equal to 255';
  throw iamErrors.constraint(wrong, 'clientID', `Member must have length ${rule}`);
}

function checkedThumbprints(thumbprints: readonly string[]): readonly string[] {
  if (thumbprints.length > THUMBPRINTS_MAX_COUNT) {
    throw iamErrors.invalidInput('Thumbprint list must contain fewer than 5 entries.');
  }
  const wrong = thumbprints.find((text) => text.length !== 40);
  if (wrong === undefined) return thumbprints;
  const rule = wrong.length < 40 ? 'greater than or equal to 40' : 'less than or equal to 40';
  throw iamErrors.constraint(wrong, 'thumbprintList', `Member must have length ${rule}`);
}

/** Providers whose tokens AssumeRoleWithWebIdentity takes. (IAM-18) */
export const oidcProviderOperations: IamOperationRecord = {
  CreateOpenIDConnectProvider: ({ store, clock, installation }, input) => {
    const issuer = issuerOf(input.Url);
    const row: OpenIdConnectProvider = {
      arn: openIdConnectProviderArn(installation.accountId, issuer),
      issuer,
      clientIds: checkedClientIds(input.ClientIDList ?? []),
      thumbprints: checkedThumbprints(input.ThumbprintList ?? []),
      createdAt: clock.now(),
      tags: withTags([], input.Tags),
    };
    return store.write((tx) => {
      if (tx.get(openIdConnectProviders, row.arn) !== undefined) throw iamErrors.providerExists(input.Url);
      tx.put(openIdConnectProviders, row);
      return { OpenIDConnectProviderArn: row.arn, Tags: tagShapes(row.tags) };
    });
  },
  GetOpenIDConnectProvider: ({ store }, { OpenIDConnectProviderArn }) => {
    const provider = store.read((tx) => requireProvider(tx, OpenIDConnectProviderArn));
    return {
      Url: provider.issuer,
      ClientIDList: provider.clientIds,
      ThumbprintList: provider.thumbprints,
      CreateDate: provider.createdAt,
      Tags: tagShapes(provider.tags),
    };
  },
  ListOpenIDConnectProviders: ({ store }) =>
    store.read((tx) => ({
      OpenIDConnectProviderList: tx.all(openIdConnectProviders).map(({ arn }) => ({ Arn: arn })),
    })),
  DeleteOpenIDConnectProvider: async ({ store }, { OpenIDConnectProviderArn }) => {
    await store.write((tx) => {
      tx.delete(openIdConnectProviders, requireProvider(tx, OpenIDConnectProviderArn).arn);
    });
    return {};
  },
  UpdateOpenIDConnectProviderThumbprint: ({ store }, { OpenIDConnectProviderArn, ThumbprintList }) =>
    change(store, OpenIDConnectProviderArn, () => ({ thumbprints: checkedThumbprints(ThumbprintList) })),
  AddClientIDToOpenIDConnectProvider: ({ store }, { OpenIDConnectProviderArn, ClientID }) =>
    change(store, OpenIDConnectProviderArn, ({ clientIds }) => ({
      clientIds: checkedClientIds([...clientIds, ClientID]),
    })),
  RemoveClientIDFromOpenIDConnectProvider: ({ store }, { OpenIDConnectProviderArn, ClientID }) =>
    change(store, OpenIDConnectProviderArn, ({ clientIds }) => ({
      clientIds: clientIds.filter((id) => id !== ClientID),
    })),
  TagOpenIDConnectProvider: ({ store }, { OpenIDConnectProviderArn, Tags }) =>
    change(store, OpenIDConnectProviderArn, ({ tags }) => ({ tags: withTags(tags, Tags) })),
  UntagOpenIDConnectProvider: ({ store }, { OpenIDConnectProviderArn, TagKeys }) =>
    change(store, OpenIDConnectProviderArn, ({ tags }) => ({ tags: withoutTags(tags, TagKeys) })),
  ListOpenIDConnectProviderTags: ({ store }, input) => {
    const { tags } = store.read((tx) => requireProvider(tx, input.OpenIDConnectProviderArn));
    const sorted = tagShapes(tags).toSorted((one, other) => (one.Key < other.Key ? -1 : 1));
    const { rows, ...page } = markedPage(sorted, input, ({ Key }) => Key);
    return { Tags: rows, ...page };
  },
};

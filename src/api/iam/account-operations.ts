import type { Account } from '../../domain/identity.ts';
import { assert } from '../../lib/assert.ts';
import {
  accessKeys,
  accounts,
  groups,
  instanceProfiles,
  managedPolicies,
  openIdConnectProviders,
  roles,
  users,
} from '../../records/collections.ts';
import { findAccount } from '../../records/identity.ts';
import type { ReadTx } from '../../store/store.ts';
import { iamErrors } from './errors.ts';
import type { IamOperationRecord } from './operation-record.ts';
import { markedPage } from './paging.ts';

const ALIAS = /^[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]$/;
const ALIAS_RULE =
  'Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$';

/** The default quotas, and what this installation has none of. (reference_iam-quotas, API_GetAccountSummary) */
const FIXED_SUMMARY = {
  AccessKeysPerUserQuota: 2,
  AccountMFAEnabled: 0,
  AccountPasswordPresent: 0,
  AccountSigningCertificatesPresent: 0,
  AssumeRolePolicySizeQuota: 2048,
  AttachedPoliciesPerGroupQuota: 10,
  AttachedPoliciesPerRoleQuota: 10,
  AttachedPoliciesPerUserQuota: 10,
  GlobalEndpointTokenVersion: 1,
  GroupPolicySizeQuota: 5120,
  GroupsPerUserQuota: 10,
  GroupsQuota: 300,
  InstanceProfilesQuota: 1000,
  MFADevices: 0,
  MFADevicesInUse: 0,
  PoliciesQuota: 1500,
  PolicySizeQuota: 6144,
  PolicyVersionsInUseQuota: 10_000,
  RolePolicySizeQuota: 10_240,
  RolesQuota: 1000,
  ServerCertificates: 0,
  ServerCertificatesQuota: 20,
  SigningCertificatesPerUserQuota: 2,
  UserPolicySizeQuota: 2048,
  UsersQuota: 5000,
  VersionsPerPolicyQuota: 5,
} as const;

/** What there is in the account, and how much there may be. (IAM-22) */
function summaryOf(tx: ReadTx): Readonly<Record<string, number>> {
  const policies = tx.all(managedPolicies);
  return {
    ...FIXED_SUMMARY,
    AccountAccessKeysPresent: tx.find(accessKeys, 'owner', 'root').length > 0 ? 1 : 0,
    Groups: tx.all(groups).length,
    InstanceProfiles: tx.all(instanceProfiles).length,
    Policies: policies.length,
    PolicyVersionsInUse: policies.reduce((total, { versions }) => total + versions.length, 0),
    Providers: tx.all(openIdConnectProviders).length,
    Roles: tx.all(roles).length,
    Users: tx.all(users).length,
  };
}

function theAccount(tx: ReadTx): Account {
  const account = findAccount(tx);
  assert(account !== undefined, 'the first start makes the account');
  return account;
}

/** The account: its alias and what is in it. (IAM-20, IAM-22) */
export const accountOperations: IamOperationRecord = {
  CreateAccountAlias: async ({ store }, { AccountAlias }) => {
    if (!ALIAS.test(AccountAlias)) throw iamErrors.constraint(AccountAlias, 'accountAlias', ALIAS_RULE);
    await store.write((tx) => {
      const account = theAccount(tx);
      if (account.alias === AccountAlias) throw iamErrors.aliasExists(AccountAlias);
      tx.put(accounts, { ...account, alias: AccountAlias });
    });
    return {};
  },
  DeleteAccountAlias: async ({ store }, { AccountAlias }) => {
    await store.write((tx) => {
      const { alias, ...account } = theAccount(tx);
      if (alias !== AccountAlias) throw iamErrors.aliasNotFound(AccountAlias);
      tx.put(accounts, account);
    });
    return {};
  },
  ListAccountAliases: ({ store }, input) => {
    const { alias } = store.read(theAccount);
    const { rows, ...page } = markedPage(alias === undefined ? [] : [alias], input, String);
    return { AccountAliases: rows, ...page };
  },
  GetAccountSummary: ({ store }) => ({ SummaryMap: store.read(summaryOf) }),
};

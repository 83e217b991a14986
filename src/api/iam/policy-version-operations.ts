import type { ManagedPolicy } from '../../domain/identity.ts';
import { refuse } from '../../lib/service-error.ts';
import { managedPolicies } from '../../records/collections.ts';
import type { PolicyVersion } from '../../shapes/generated/iam.ts';
import { encodedDocument } from './documents.ts';
import { iamErrors } from './errors.ts';
import type { IamOperationRecord } from './operation-record.ts';
import { markedPage } from './paging.ts';
import { type PolicyVersionRow, requireOwnPolicy, requirePolicy, versionsOf } from './policies.ts';
import { checkManagedDocument } from './policy-operations.ts';

/** A policy has at most this many versions. Numbers are never used again. */
const VERSIONS_MAX_COUNT = 5;

/** A version without its document, as lists and CreatePolicyVersion answer it. */
const versionShape = (version: PolicyVersionRow, defaultVersionId: string): PolicyVersion => ({
  VersionId: version.versionId,
  IsDefaultVersion: version.versionId === defaultVersionId,
  CreateDate: version.createdAt,
});

function requireVersion(policy: ManagedPolicy, versionId: string): void {
  if (!policy.versions.some((version) => version.versionId === versionId)) {
    throw iamErrors.versionNotFound(policy.arn, versionId);
  }
}

/** Newest first, so a later page has the smaller numbers. */
const orderKey = ({ versionId }: PolicyVersionRow): string =>
  (10_000_000 - Number(versionId.slice(1))).toString().padStart(8, '0');

/** Versions of managed policies. (IAM-12) */
export const policyVersionOperations: IamOperationRecord = {
  CreatePolicyVersion: async ({ store, clock, caller }, { PolicyArn, PolicyDocument, SetAsDefault }) => {
    checkManagedDocument(PolicyDocument);
    const createdAt = clock.now();
    const version = await store.write((tx) => {
      const change = { callerArn: caller.arn, action: 'iam:CreatePolicyVersion' };
      const policy = requireOwnPolicy(tx, PolicyArn, change);
      if (policy.versions.length >= VERSIONS_MAX_COUNT) throw iamErrors.tooManyVersions();
      const lastVersion = policy.lastVersion + 1;
      const added = { versionId: `v${lastVersion}`, document: PolicyDocument, createdAt };
      const defaultVersionId = SetAsDefault === true ? added.versionId : policy.defaultVersionId;
      const versions = [added, ...policy.versions];
      tx.put(managedPolicies, { ...policy, lastVersion, versions, defaultVersionId, updatedAt: createdAt });
      return versionShape(added, defaultVersionId);
    });
    return { PolicyVersion: version };
  },
  GetPolicyVersion: ({ store }, { PolicyArn, VersionId }) => {
    const policy = store.read((tx) => requirePolicy(tx, PolicyArn));
    const version =
      versionsOf(policy).find(({ versionId }) => versionId === VersionId) ??
      refuse(iamErrors.versionNotFound(PolicyArn, VersionId));
    const shape = versionShape(version, policy.row.defaultVersionId);
    return { PolicyVersion: { ...shape, Document: encodedDocument(version.document) } };
  },
  ListPolicyVersions: ({ store }, input) => {
    const policy = store.read((tx) => requirePolicy(tx, input.PolicyArn));
    const { rows, ...page } = markedPage(versionsOf(policy), input, orderKey);
    return { Versions: rows.map((row) => versionShape(row, policy.row.defaultVersionId)), ...page };
  },
  DeletePolicyVersion: async ({ store, caller }, { PolicyArn, VersionId }) => {
    await store.write((tx) => {
      const change = { callerArn: caller.arn, action: 'iam:DeletePolicyVersion' };
      const policy = requireOwnPolicy(tx, PolicyArn, change);
      requireVersion(policy, VersionId);
      if (policy.defaultVersionId === VersionId) throw iamErrors.defaultVersion();
      const versions = policy.versions.filter(({ versionId }) => versionId !== VersionId);
      tx.put(managedPolicies, { ...policy, versions });
    });
    return {};
  },
  SetDefaultPolicyVersion: async ({ store, clock, caller }, { PolicyArn, VersionId }) => {
    await store.write((tx) => {
      const change = { callerArn: caller.arn, action: 'iam:SetDefaultPolicyVersion' };
      const policy = requireOwnPolicy(tx, PolicyArn, change);
      requireVersion(policy, VersionId);
      tx.put(managedPolicies, { ...policy, defaultVersionId: VersionId, updatedAt: clock.now() });
    });
    return {};
  },
};

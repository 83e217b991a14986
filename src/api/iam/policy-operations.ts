import { policyArn } from '../../core/identity/arns.ts';
import { AWS_MANAGED_POLICIES } from '../../core/identity/aws-managed-policies.ts';
import type { ManagedPolicy } from '../../domain/identity.ts';
import { managedPolicies } from '../../records/collections.ts';
import type { CreatePolicyRequest, ListPoliciesRequest, Policy } from '../../shapes/generated/iam.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { checkIdentityPolicy, countedLength } from './documents.ts';
import { iamErrors } from './errors.ts';
import { hasPath, pathOf, withTags } from './names.ts';
import type { IamOperationRecord } from './operation-record.ts';
import { markedPage, sortedBy } from './paging.ts';
import {
  type AnyPolicy,
  attachmentCount,
  boundedCount,
  policyShape,
  requireOwnPolicy,
  requirePolicy,
} from './policies.ts';

/** A managed policy has at most this many characters, white space not counted. */
const POLICY_MAX_LENGTH = 6_144;

/** Stops unless a document can be a version of a managed policy. */
export function checkManagedDocument(text: string): void {
  checkIdentityPolicy(text);
  if (countedLength(text) > POLICY_MAX_LENGTH) throw iamErrors.quota('PolicySize', POLICY_MAX_LENGTH);
}

const createPolicy: Operation<CreatePolicyRequest, { Policy: Policy }> = async (context, input) => {
  const { store, ids, clock, installation } = context;
  const path = pathOf(input.Path);
  const tags = withTags([], input.Tags);
  checkManagedDocument(input.PolicyDocument);
  const now = clock.now();
  const row: ManagedPolicy = {
    policyName: input.PolicyName,
    policyId: `ANPA${ids.base32(17)}`,
    arn: policyArn(installation.accountId, path, input.PolicyName),
    path,
    description: input.Description,
    createdAt: now,
    updatedAt: now,
    defaultVersionId: 'v1',
    lastVersion: 1,
    versions: [{ versionId: 'v1', document: input.PolicyDocument, createdAt: now }],
    tags,
  };
  const shape = await store.write((tx) => {
    const lowerName = row.policyName.toLowerCase();
    if (tx.all(managedPolicies).some(({ policyName }) => policyName.toLowerCase() === lowerName)) {
      throw iamErrors.policyExists(row.policyName);
    }
    tx.put(managedPolicies, row);
    return policyShape(tx, { kind: 'local', row });
  });
  return { Policy: shape };
};

function listed(tx: ReadTx, input: ListPoliciesRequest): readonly AnyPolicy[] {
  const local = tx.all(managedPolicies).map((row): AnyPolicy => ({ kind: 'local', row }));
  const aws = [...AWS_MANAGED_POLICIES.values()].map((row): AnyPolicy => ({ kind: 'aws', row }));
  const scope = input.Scope ?? 'All';
  const all = [...(scope === 'AWS' ? [] : local), ...(scope === 'Local' ? [] : aws)];
  return all.filter(({ row }) => hasPath(row.path, input.PathPrefix) && isUsedAs(tx, row.arn, input));
}

function isUsedAs(
  tx: ReadTx,
  arn: string,
  { OnlyAttached, PolicyUsageFilter }: ListPoliciesRequest,
): boolean {
  const isAttached = attachmentCount(tx, arn) > 0;
  if (OnlyAttached === true && !isAttached) return false;
  if (PolicyUsageFilter === 'PermissionsPolicy') return isAttached;
  return PolicyUsageFilter !== 'PermissionsBoundary' || boundedCount(tx, arn) > 0;
}

/** Managed policies of the account, and AWS's to read. (IAM-5) */
export const policyOperations: IamOperationRecord = {
  CreatePolicy: createPolicy,
  GetPolicy: ({ store }, { PolicyArn }) => ({
    Policy: store.read((tx) => policyShape(tx, requirePolicy(tx, PolicyArn))),
  }),
  ListPolicies: ({ store }, input) =>
    store.read((tx) => {
      const arnOf = ({ row }: AnyPolicy): string => row.arn;
      const { rows, ...page } = markedPage(sortedBy(listed(tx, input), arnOf), input, arnOf);
      const shapes = rows.map((row) => ({
        ...policyShape(tx, row),
        Description: undefined,
        Tags: undefined,
      }));
      return { Policies: shapes, ...page };
    }),
  DeletePolicy: async ({ store, caller }, { PolicyArn }) => {
    await store.write((tx) => {
      const change = { callerArn: caller.arn, action: 'iam:DeletePolicy' };
      const policy = requireOwnPolicy(tx, PolicyArn, change);
      if (attachmentCount(tx, PolicyArn) + boundedCount(tx, PolicyArn) > 0) throw iamErrors.policyAttached();
      if (policy.versions.length > 1) throw iamErrors.policyHasVersions();
      tx.delete(managedPolicies, PolicyArn);
    });
    return {};
  },
};

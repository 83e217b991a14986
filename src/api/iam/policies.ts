import { AWS_MANAGED_POLICIES, type AwsManagedPolicy } from '../../core/identity/aws-managed-policies.ts';
import type { ManagedPolicy, Role, User } from '../../domain/identity.ts';
import { refuse } from '../../lib/service-error.ts';
import { groups, managedPolicies, roles, users } from '../../records/collections.ts';
import type {
  AttachedPermissionsBoundary,
  PermissionsBoundaryAttachmentType,
  Policy,
} from '../../shapes/generated/iam.ts';
import type { ReadTx } from '../../store/store.ts';
import { iamErrors } from './errors.ts';
import { checkPolicyArn, tagShapes } from './names.ts';

/** A managed policy: one of the account, or one of AWS. */
export type AnyPolicy =
  | { readonly kind: 'local'; readonly row: ManagedPolicy }
  | { readonly kind: 'aws'; readonly row: AwsManagedPolicy };

/** The policy of this ARN, wherever it is from. */
export function findPolicy(tx: ReadTx, arn: string): AnyPolicy | undefined {
  const aws = AWS_MANAGED_POLICIES.get(arn);
  if (aws !== undefined) return { kind: 'aws', row: aws };
  const row = tx.get(managedPolicies, arn);
  return row === undefined ? undefined : { kind: 'local', row };
}

/** The policy, or NoSuchEntity. */
export function requirePolicy(tx: ReadTx, arn: string): AnyPolicy {
  checkPolicyArn(arn);
  return findPolicy(tx, arn) ?? refuse(iamErrors.policyNotFound(arn));
}

/** A policy of the account, for a change. Nobody but AWS changes its own. */
export function requireOwnPolicy(
  tx: ReadTx,
  arn: string,
  change: { readonly callerArn: string; readonly action: string },
): ManagedPolicy {
  const found = requirePolicy(tx, arn);
  if (found.kind === 'aws') throw iamErrors.accessDenied(change.callerArn, change.action, `policy ${arn}`);
  return found.row;
}

/** A version of a policy with its document. */
export interface PolicyVersionRow {
  readonly versionId: string;
  readonly document: string;
  readonly createdAt: number | undefined;
}

/** The versions of a policy, newest first. AWS's own have the one that is the default. */
export function versionsOf(policy: AnyPolicy): readonly PolicyVersionRow[] {
  if (policy.kind === 'local') return policy.row.versions;
  const { defaultVersionId, document } = policy.row;
  return [{ versionId: defaultVersionId, document, createdAt: undefined }];
}

/** How many roles, users and groups have the policy attached. */
export const attachmentCount = (tx: ReadTx, arn: string): number =>
  tx.count(roles, 'policy', arn) + tx.count(users, 'policy', arn) + tx.count(groups, 'policy', arn);

/** The roles that the policy bounds. */
export const boundedRoles = (tx: ReadTx, arn: string): readonly Role[] =>
  tx.all(roles).filter((role) => role.permissionsBoundaryArn === arn);

/** The users that the policy bounds. */
export const boundedUsers = (tx: ReadTx, arn: string): readonly User[] =>
  tx.all(users).filter((user) => user.permissionsBoundaryArn === arn);

/** How many roles and users the policy bounds. */
export const boundedCount = (tx: ReadTx, arn: string): number =>
  boundedRoles(tx, arn).length + boundedUsers(tx, arn).length;

/** Stops unless a policy can be a permissions boundary. */
export function checkBoundary(tx: ReadTx, arn: string): void {
  if (findPolicy(tx, arn) === undefined) throw iamErrors.boundaryNotAttachable(arn);
}

/** The service answers this text, although its model lists `PermissionsBoundaryPolicy`. */
const BOUNDARY_TYPE = 'Policy' as string as PermissionsBoundaryAttachmentType;

/** A boundary as answers have it. */
export const boundaryShape = (arn: string | undefined): AttachedPermissionsBoundary | undefined =>
  arn === undefined ? undefined : { PermissionsBoundaryType: BOUNDARY_TYPE, PermissionsBoundaryArn: arn };

/** A policy as GetPolicy answers it; lists leave description and tags out. */
export function policyShape(tx: ReadTx, policy: AnyPolicy): Policy {
  const { arn, policyName, path, defaultVersionId } = policy.row;
  const counts = {
    AttachmentCount: attachmentCount(tx, arn),
    PermissionsBoundaryUsageCount: boundedCount(tx, arn),
    IsAttachable: true,
  };
  const base = {
    PolicyName: policyName,
    Arn: arn,
    Path: path,
    DefaultVersionId: defaultVersionId,
    ...counts,
  };
  if (policy.kind === 'aws') return base;
  const { policyId, createdAt, updatedAt, description, tags } = policy.row;
  return {
    ...base,
    PolicyId: policyId,
    CreateDate: createdAt,
    UpdateDate: updatedAt,
    Description: description,
    Tags: tagShapes(tags),
  };
}

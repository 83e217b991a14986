import type { AttachedPolicy, ListAttachedRolePoliciesResponse } from '../../shapes/generated/iam.ts';
import type { ReadTx, WriteTx } from '../../store/store.ts';
import { checkIdentityPolicy, countedLength, encodedDocument } from './documents.ts';
import { iamErrors } from './errors.ts';
import { checkPolicyArn, hasPath } from './names.ts';
import { type MarkerPage, markedPage, sortedBy } from './paging.ts';
import { findPolicy } from './policies.ts';
import { type Principal, type PrincipalKind, SERVICE_LINKED_PATH } from './principals.ts';

/** A principal and one of its policies, by name or ARN. */
export interface PolicyOf {
  readonly name: string;
  readonly policy: string;
}

/** A principal has at most this many managed policies. */
const ATTACHED_MAX_COUNT = 10;

/** Attaches a managed policy; one that is attached already is no error. (IAM-5) */
export function attachPolicy<Row extends Principal>(
  tx: WriteTx,
  kind: PrincipalKind<Row>,
  { name, policy }: PolicyOf,
): void {
  checkPolicyArn(policy);
  const row = kind.requireOwn(tx, name);
  const found = findPolicy(tx, policy);
  if (found === undefined) throw iamErrors.policyNotAttachable(policy);
  if (found.row.path.startsWith(SERVICE_LINKED_PATH)) throw iamErrors.serviceRolePolicy();
  if (row.attachedPolicyArns.includes(policy)) return;
  if (row.attachedPolicyArns.length >= ATTACHED_MAX_COUNT) {
    throw iamErrors.quota(kind.attachedQuotaName, ATTACHED_MAX_COUNT);
  }
  tx.put(kind.collection, { ...row, attachedPolicyArns: [...row.attachedPolicyArns, policy] });
}

/** Detaches a managed policy, which must be attached. */
export function detachPolicy<Row extends Principal>(
  tx: WriteTx,
  kind: PrincipalKind<Row>,
  { name, policy }: PolicyOf,
): void {
  checkPolicyArn(policy);
  const row = kind.requireOwn(tx, name);
  if (!row.attachedPolicyArns.includes(policy)) throw iamErrors.policyNotFound(policy);
  const left = row.attachedPolicyArns.filter((arn) => arn !== policy);
  tx.put(kind.collection, { ...row, attachedPolicyArns: left });
}

/** A page of the managed policies of a principal. */
export function listAttached<Row extends Principal>(
  tx: ReadTx,
  kind: PrincipalKind<Row>,
  input: MarkerPage & { readonly name: string; readonly PathPrefix?: string | undefined },
): ListAttachedRolePoliciesResponse {
  const { attachedPolicyArns } = kind.require(tx, input.name);
  const attached = attachedPolicyArns.flatMap((PolicyArn): readonly AttachedPolicy[] => {
    const row = findPolicy(tx, PolicyArn)?.row;
    return row === undefined || !hasPath(row.path, input.PathPrefix)
      ? []
      : [{ PolicyName: row.policyName, PolicyArn }];
  });
  const key = ({ PolicyArn = '' }: AttachedPolicy): string => PolicyArn;
  const { rows, ...page } = markedPage(sortedBy(attached, key), input, key);
  return { AttachedPolicies: rows, ...page };
}

/** Sets an inline policy. The sum of all is bounded. (IAM-6) */
export function putInline<Row extends Principal>(
  tx: WriteTx,
  kind: PrincipalKind<Row>,
  { name, policy, document }: PolicyOf & { readonly document: string },
): void {
  const row = kind.requireOwn(tx, name);
  checkIdentityPolicy(document);
  const inlinePolicies = { ...row.inlinePolicies, [policy]: document };
  const length = Object.values(inlinePolicies).reduce((total, text) => total + countedLength(text), 0);
  if (length > kind.inlineMaxLength) throw iamErrors.inlineTooLarge(kind.label, name, kind.inlineMaxLength);
  tx.put(kind.collection, { ...row, inlinePolicies });
}

/** An inline policy's document, encoded as answers have it. */
export function getInline<Row extends Principal>(
  tx: ReadTx,
  kind: PrincipalKind<Row>,
  { name, policy }: PolicyOf,
): string {
  const { inlinePolicies } = kind.require(tx, name);
  const text = Object.hasOwn(inlinePolicies, policy) ? inlinePolicies[policy] : undefined;
  if (text === undefined) throw iamErrors.inlineNotFound(kind.label, policy);
  return encodedDocument(text);
}

/** A page of the names of inline policies. */
export function listInline<Row extends Principal>(
  tx: ReadTx,
  kind: PrincipalKind<Row>,
  input: MarkerPage & { readonly name: string },
) {
  const names = Object.keys(kind.require(tx, input.name).inlinePolicies);
  const { rows, ...page } = markedPage(sortedBy(names, String), input, String);
  return { PolicyNames: rows, ...page };
}

/** Removes an inline policy, which must be there. */
export function deleteInline<Row extends Principal>(
  tx: WriteTx,
  kind: PrincipalKind<Row>,
  { name, policy }: PolicyOf,
): void {
  const row = kind.requireOwn(tx, name);
  if (!Object.hasOwn(row.inlinePolicies, policy)) throw iamErrors.inlineNotFound(kind.label, policy);
  const { [policy]: _gone, ...inlinePolicies } = row.inlinePolicies;
  tx.put(kind.collection, { ...row, inlinePolicies });
}

/** Stops unless a principal has no policy any more, which it must not have when it is deleted. */
export function checkNoPolicies(row: Principal): void {
  if (row.attachedPolicyArns.length > 0) throw iamErrors.mustDetachPolicies();
  if (Object.keys(row.inlinePolicies).length > 0) throw iamErrors.mustDeletePolicies();
}

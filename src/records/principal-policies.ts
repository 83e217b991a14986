import { type Policy, policyOf } from '../core/authorization/policy.ts';
import { AWS_MANAGED_POLICIES } from '../core/identity/aws-managed-policies.ts';
import type { Caller } from '../domain/caller.ts';
import type { IamTag, ManagedPolicy, SessionContext } from '../domain/identity.ts';
import type { ReadTx } from '../store/store.ts';
import { managedPolicies } from './collections.ts';
import { findGroup, findRoleByArn, findUser } from './identity.ts';

/** What the store says about what a caller may do. */
export interface PrincipalPolicies {
  readonly identity: readonly Policy[];
  /** Undefined when none is set. */
  readonly boundary: Policy | undefined;
  /** Undefined when none was passed to the session. */
  readonly session: readonly Policy[] | undefined;
  readonly tags: readonly IamTag[];
}

const NOTHING: PrincipalPolicies = { identity: [], boundary: undefined, session: undefined, tags: [] };

/** The members of roles, users and groups that policies are in. */
interface PolicyHolder {
  readonly inlinePolicies: Readonly<Record<string, string>>;
  readonly attachedPolicyArns: readonly string[];
}

interface PrincipalRow extends PolicyHolder {
  readonly permissionsBoundaryArn?: string | undefined;
  readonly groupNames?: readonly string[] | undefined;
  readonly tags: readonly IamTag[];
}

/**
 * The policies of a user and its groups, or of the role behind a session, compiled. Root and callers who are gone have
 * none. Rows do not change, so what was compiled for one is kept as long as the row itself. (AUTH-1)
 */
export function principalPolicies(tx: ReadTx, caller: Caller): PrincipalPolicies {
  const holder = holderOf(tx, caller);
  if (holder === undefined) return NOTHING;
  const { groupNames = [], permissionsBoundaryArn, tags } = holder;
  const shared = groupNames.flatMap((name) => findGroup(tx, name) ?? []);
  return {
    identity: [holder, ...shared].flatMap((each) => policiesOf(tx, each)),
    boundary: permissionsBoundaryArn === undefined ? undefined : managedPolicy(tx, permissionsBoundaryArn),
    session: sessionOf(tx, caller.session),
    tags: withSessionTags(tags, caller.session),
  };
}

function policiesOf(tx: ReadTx, holder: PolicyHolder): readonly Policy[] {
  return [...inlineOf(holder), ...holder.attachedPolicyArns.map((arn) => managedPolicy(tx, arn))];
}

function sessionOf(tx: ReadTx, session: SessionContext | undefined): readonly Policy[] | undefined {
  if (session === undefined || session.policies.length + session.policyArns.length === 0) return undefined;
  return [...passedTo(session), ...session.policyArns.map((arn) => managedPolicy(tx, arn))];
}

const passed = new WeakMap<SessionContext, readonly Policy[]>();

function passedTo(session: SessionContext): readonly Policy[] {
  const known = passed.get(session);
  if (known !== undefined) return known;
  const compiled = session.policies.map(policyOf);
  passed.set(session, compiled);
  return compiled;
}

/** A session's tags win over those of its role. */
function withSessionTags(tags: readonly IamTag[], session: SessionContext | undefined): readonly IamTag[] {
  if (session === undefined || session.tags.length === 0) return tags;
  const passedKeys = new Set(session.tags.map(({ key }) => key.toLowerCase()));
  return [...session.tags, ...tags.filter(({ key }) => !passedKeys.has(key.toLowerCase()))];
}

function holderOf(tx: ReadTx, { kind, arn, roleArn }: Caller): PrincipalRow | undefined {
  if (kind === 'assumed-role') return roleArn === undefined ? undefined : findRoleByArn(tx, roleArn);
  return kind === 'user' ? findUser(tx, arn.slice(arn.lastIndexOf('/') + 1)) : undefined;
}

const inlines = new WeakMap<PolicyHolder, readonly Policy[]>();

function inlineOf(holder: PolicyHolder): readonly Policy[] {
  const known = inlines.get(holder);
  if (known !== undefined) return known;
  const compiled = Object.values(holder.inlinePolicies).map(policyOf);
  inlines.set(holder, compiled);
  return compiled;
}

const compiledRows = new WeakMap<ManagedPolicy, Policy>();
const compiledAws = new Map<string, Policy>();
const MISSING = policyOf('');

/** The default version of a managed policy. One that is gone says nothing: as a boundary it allows nothing. */
function managedPolicy(tx: ReadTx, arn: string): Policy {
  const row = tx.get(managedPolicies, arn);
  if (row === undefined) return awsPolicy(arn);
  const known = compiledRows.get(row);
  if (known !== undefined) return known;
  const version = row.versions.find(({ versionId }) => versionId === row.defaultVersionId);
  const compiled = policyOf(version?.document ?? '');
  compiledRows.set(row, compiled);
  return compiled;
}

function awsPolicy(arn: string): Policy {
  const known = compiledAws.get(arn);
  if (known !== undefined) return known;
  const found = AWS_MANAGED_POLICIES.get(arn);
  if (found === undefined) return MISSING;
  const compiled = policyOf(found.document);
  compiledAws.set(arn, compiled);
  return compiled;
}

/** Whether there is a managed policy of this ARN, the account's or one of AWS. */
export const isManagedPolicy = (tx: ReadTx, arn: string): boolean =>
  AWS_MANAGED_POLICIES.has(arn) || tx.get(managedPolicies, arn) !== undefined;

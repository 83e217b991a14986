import {
  type PolicySourceKind,
  type SourcedPolicy,
  sourcedPolicy,
} from '../../core/authorization/policy-source.ts';
import { rootArn } from '../../core/identity/arns.ts';
import { parseArn } from '../../domain/arn.ts';
import type { Caller } from '../../domain/caller.ts';
import type { IamTag } from '../../domain/identity.ts';
import { findGroup, findRoleByArn, findUser } from '../../records/identity.ts';
import {
  groupPolicySources,
  type PolicySources,
  rolePolicySources,
  userPolicySources,
} from '../../records/policy-sources.ts';
import type {
  IamOperations,
  SimulateCustomPolicyRequest,
  SimulatePolicyResponse,
} from '../../shapes/generated/iam.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context, Operation } from '../operation.ts';
import { checkIdentityPolicy } from './documents.ts';
import { iamErrors } from './errors.ts';
import type { IamOperationRecord } from './operation-record.ts';
import { markedPage } from './paging.ts';
import { simulationResult } from './simulation-result.ts';

type PrincipalShapes = IamOperations['SimulatePrincipalPolicy'];
type CustomShapes = IamOperations['SimulateCustomPolicy'];

/** What both requests share. */
type Simulation = Omit<SimulateCustomPolicyRequest, 'PolicyInputList'>;

/** Says what policies would decide, given or of a principal, without asking for anything. (IAM-17) */
const simulateCustomPolicy: Operation<CustomShapes['input'], CustomShapes['output']> = (context, input) => {
  if ((input.OrderedOrganizationPolicyInputList ?? []).length > 0)
    throw iamErrors.unsupported('OrderedOrganizationPolicyInputList');
  const identity = given('PolicyInputList', input.PolicyInputList);
  const caller = callerOf(context, input.CallerArn);
  return simulate(context, input, { caller, tags: [], identity, boundary: [] });
};

/** The same for the policies of a user with its groups, of a role, or of a group, and further ones. (IAM-17) */
const simulatePrincipalPolicy: Operation<PrincipalShapes['input'], PrincipalShapes['output']> = (
  context,
  input,
) => {
  if ((input.PolicyExclusionList ?? []).length > 0) throw iamErrors.unsupported('PolicyExclusionList');
  const source = context.store.read((tx) => sourceOf(context, tx, input.PolicySourceArn));
  const identity = [...source.identity, ...given('PolicyInputList', input.PolicyInputList ?? [])];
  const caller = input.CallerArn === undefined ? source.caller : callerOf(context, input.CallerArn);
  return simulate(context, input, { ...source, caller, identity });
};

interface Source extends PolicySources {
  readonly caller: Caller;
  readonly tags: readonly IamTag[];
}

function simulate(
  { clock, installation }: Context,
  input: Simulation,
  source: Source,
): SimulatePolicyResponse {
  if ((input.ResourceHandlingOption ?? '') !== '') throw iamErrors.unsupported('ResourceHandlingOption');
  const boundary = given(
    'PermissionsBoundaryPolicyInputList',
    input.PermissionsBoundaryPolicyInputList ?? [],
    'Permissions Boundary Policy',
  );
  const resourceText = input.ResourcePolicy ?? '';
  const resourceAccountId =
    parseArn(input.ResourceOwner ?? '')?.accountId ?? input.ResourceOwner ?? installation.accountId;
  const { kind, arn, accountId, roleArn, userId } = source.caller;
  const principal = {
    kind,
    arn,
    accountId,
    roleArn,
    userId,
    tags: source.tags,
    hasTemporaryCredentials: false,
  };
  const keys = Object.fromEntries(
    (input.ContextEntries ?? []).map(({ ContextKeyName = '', ContextKeyValues }) => [
      ContextKeyName.toLowerCase(),
      ContextKeyValues,
    ]),
  );
  const policies = {
    identity: source.identity,
    boundary: boundary.length > 0 ? boundary : source.boundary,
    resource:
      resourceText === '' ? undefined : sourcedPolicy('ResourcePolicy', resourceText, 'Resource Policy'),
  };
  const { region } = installation;
  const facts = { principal, now: clock.now(), region, resourceAccountId, isSecure: true, keys };
  const named = input.ResourceArns ?? [];
  const resources: readonly (string | undefined)[] = named.length === 0 ? [undefined] : named;
  const asked = input.ActionNames.flatMap((action) => resources.map((resource) => ({ action, resource })));
  const numbered = asked.map((each, at) => ({ ...each, key: String(at).padStart(6, '0') }));
  const { rows, ...page } = markedPage(numbered, input, ({ key }) => key);
  return {
    EvaluationResults: rows.map(({ action, resource }) =>
      simulationResult({ action, resource, facts, policies }),
    ),
    ...page,
  };
}

/** Policies of the request, named after the parameter that they came in. (IAM-23) */
function given(
  parameter: string,
  texts: readonly string[],
  kind?: PolicySourceKind,
): readonly SourcedPolicy[] {
  for (const text of texts) checkIdentityPolicy(text);
  return texts.map((text, at) => sourcedPolicy(`${parameter}.${at + 1}`, text, kind));
}

/** Who a simulated request would be from: a user by its ARN, else somebody of the account. */
function callerOf({ installation }: Context, arn: string | undefined): Caller {
  const { accountId } = installation;
  const user = arn ?? rootArn(accountId).replace(/root$/, 'user/simulated');
  if (parseArn(user)?.resource.startsWith('user/') !== true) throw iamErrors.invalidArn(user);
  return {
    kind: 'user',
    accountId: parseArn(user)?.accountId ?? accountId,
    arn: user,
    userId: 'simulated',
    accessKeyId: '',
  };
}

function sourceOf({ installation }: Context, tx: ReadTx, arn: string): Source {
  const { accountId } = installation;
  const resource = parseArn(arn)?.resource ?? '';
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  const shared = { accountId, accessKeyId: '' };
  if (resource.startsWith('role/')) {
    const role = findRoleByArn(tx, arn);
    if (role === undefined) throw iamErrors.roleNotFound(name);
    const caller: Caller = { ...shared, kind: 'assumed-role', arn, userId: role.roleId, roleArn: arn };
    return { caller, tags: role.tags, ...rolePolicySources(tx, role) };
  }
  if (resource.startsWith('user/')) {
    const user = findUser(tx, name);
    if (user?.arn !== arn) throw iamErrors.userNotFound(name);
    const caller: Caller = { ...shared, kind: 'user', arn, userId: user.userId };
    return { caller, tags: user.tags, ...userPolicySources(tx, user) };
  }
  if (!resource.startsWith('group/')) throw iamErrors.invalidArn(arn);
  const group = findGroup(tx, name);
  if (group?.arn !== arn) throw iamErrors.groupNotFound(name);
  const caller: Caller = { ...shared, kind: 'user', arn, userId: group.groupId };
  return { caller, tags: [], ...groupPolicySources(tx, group) };
}

/** What policies would decide. (IAM-17) */
export const simulatorOperations: IamOperationRecord = {
  SimulateCustomPolicy: simulateCustomPolicy,
  SimulatePrincipalPolicy: simulatePrincipalPolicy,
};

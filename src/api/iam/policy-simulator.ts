import { type AccessDecision, type ApplicablePolicies, evaluate } from '../../core/authorization/evaluate.ts';
import { type Policy, policyOf } from '../../core/authorization/policy.ts';
import { conditionKeys, type RequestFacts } from '../../core/authorization/request-keys.ts';
import { rootArn } from '../../core/identity/arns.ts';
import { parseArn } from '../../domain/arn.ts';
import type { Caller } from '../../domain/caller.ts';
import { findGroup, findRoleByArn, findUser } from '../../records/identity.ts';
import {
  type PrincipalPolicies,
  principalPolicies,
  sharedPolicies,
} from '../../records/principal-policies.ts';
import type {
  EvaluationResult,
  IamOperations,
  PolicyEvaluationDecisionType,
  SimulateCustomPolicyRequest,
  SimulatePolicyResponse,
} from '../../shapes/generated/iam.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context, Operation } from '../operation.ts';
import { checkIdentityPolicy } from './documents.ts';
import { iamErrors } from './errors.ts';
import type { IamOperationRecord } from './operation-record.ts';
import { markedPage } from './paging.ts';

type PrincipalShapes = IamOperations['SimulatePrincipalPolicy'];
type CustomShapes = IamOperations['SimulateCustomPolicy'];

/** What both requests share. */
type Simulation = Omit<SimulateCustomPolicyRequest, 'PolicyInputList'>;

/** Says what policies would decide, given or of a principal, without asking for anything. (IAM-17) */
const simulateCustomPolicy: Operation<CustomShapes['input'], CustomShapes['output']> = (context, input) => {
  if ((input.OrderedOrganizationPolicyInputList ?? []).length > 0)
    throw iamErrors.unsupported('OrderedOrganizationPolicyInputList');
  const policies = {
    identity: compiled(input.PolicyInputList),
    boundary: undefined,
    session: undefined,
    tags: [],
  };
  return simulate(context, input, { caller: callerOf(context, input.CallerArn), policies });
};

/** The same for the policies of a user with its groups, of a role, or of a group, and further ones. (IAM-17) */
const simulatePrincipalPolicy: Operation<PrincipalShapes['input'], PrincipalShapes['output']> = (
  context,
  input,
) => {
  if ((input.PolicyExclusionList ?? []).length > 0) throw iamErrors.unsupported('PolicyExclusionList');
  const source = context.store.read((tx) => sourceOf(context, tx, input.PolicySourceArn));
  const identity = [...source.policies.identity, ...compiled(input.PolicyInputList ?? [])];
  const caller = input.CallerArn === undefined ? source.caller : callerOf(context, input.CallerArn);
  return simulate(context, input, { caller, policies: { ...source.policies, identity } });
};

interface Source {
  readonly caller: Caller;
  readonly policies: PrincipalPolicies;
}

function simulate(
  { clock, installation }: Context,
  input: Simulation,
  source: Source,
): SimulatePolicyResponse {
  if ((input.ResourceHandlingOption ?? '') !== '') throw iamErrors.unsupported('ResourceHandlingOption');
  const bounds = compiled(input.PermissionsBoundaryPolicyInputList ?? []);
  // Of several boundaries given, all statements count together, as those of one policy would.
  const given =
    bounds.length === 0 ? undefined : { statements: bounds.flatMap(({ statements }) => statements) };
  const ownerId =
    parseArn(input.ResourceOwner ?? '')?.accountId ?? input.ResourceOwner ?? installation.accountId;
  const policies: ApplicablePolicies = {
    ...source.policies,
    boundary: given ?? source.policies.boundary,
    resource:
      (input.ResourcePolicy ?? '') === ''
        ? undefined
        : { policy: policyOf(input.ResourcePolicy ?? ''), accountId: ownerId },
  };
  const { kind, arn, accountId, roleArn, userId } = source.caller;
  const facts: Omit<RequestFacts, 'service'> = {
    principal: {
      kind,
      arn,
      accountId,
      roleArn,
      userId,
      tags: source.policies.tags,
      hasTemporaryCredentials: false,
    },
    now: clock.now(),
    region: installation.region,
    resourceAccountId: ownerId,
    isSecure: true,
    keys: Object.fromEntries(
      (input.ContextEntries ?? []).map(({ ContextKeyName = '', ContextKeyValues }) => [
        ContextKeyName.toLowerCase(),
        ContextKeyValues,
      ]),
    ),
  };
  const resources = (input.ResourceArns ?? []).length === 0 ? ['*'] : (input.ResourceArns ?? []);
  const all = input.ActionNames.flatMap((action) =>
    resources.map((resource) => resultOf({ action, resource, facts, policies })),
  );
  const numbered = all.map((result, at) => ({ result, key: String(at).padStart(6, '0') }));
  const { rows, ...page } = markedPage(numbered, input, ({ key }) => key);
  return { EvaluationResults: rows.map(({ result }) => result), ...page };
}

function resultOf(asked: {
  readonly action: string;
  readonly resource: string;
  readonly facts: Omit<RequestFacts, 'service'>;
  readonly policies: ApplicablePolicies;
}): EvaluationResult {
  const { action, resource, facts, policies } = asked;
  const keys = conditionKeys({ ...facts, service: action.slice(0, action.indexOf(':')) });
  const missing = new Set<string>();
  const recording = (name: string): readonly string[] | undefined => {
    const values = keys(name);
    if (values === undefined) missing.add(name);
    return values;
  };
  const { principal } = facts;
  const decision = evaluate({ principal, action, resource, keys: recording, policies });
  const allowedBy = (boundary: Policy): boolean =>
    evaluate({ principal, action, resource, keys, policies: { identity: [boundary] } }).kind === 'allowed';
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decisionShape(decision),
    MatchedStatements: [],
    MissingContextValues: [...missing],
    PermissionsBoundaryDecisionDetail:
      policies.boundary === undefined
        ? undefined
        : { AllowedByPermissionsBoundary: allowedBy(policies.boundary) },
  };
}

function decisionShape(decision: AccessDecision): PolicyEvaluationDecisionType {
  if (decision.kind === 'allowed') return 'allowed';
  return decision.cause.startsWith('denied-by-') ? 'explicitDeny' : 'implicitDeny';
}

function compiled(texts: readonly string[]): readonly Policy[] {
  for (const text of texts) checkIdentityPolicy(text);
  return texts.map(policyOf);
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
    return { caller, policies: principalPolicies(tx, caller) };
  }
  if (resource.startsWith('user/')) {
    const user = findUser(tx, name);
    if (user?.arn !== arn) throw iamErrors.userNotFound(name);
    const caller: Caller = { ...shared, kind: 'user', arn, userId: user.userId };
    return { caller, policies: principalPolicies(tx, caller) };
  }
  if (!resource.startsWith('group/')) throw iamErrors.invalidArn(arn);
  const group = findGroup(tx, name);
  if (group?.arn !== arn) throw iamErrors.groupNotFound(name);
  const caller: Caller = { ...shared, kind: 'user', arn, userId: group.groupId };
  return { caller, policies: sharedPolicies(tx, group) };
}

/** What policies would decide. (IAM-17) */
export const simulatorOperations: IamOperationRecord = {
  SimulateCustomPolicy: simulateCustomPolicy,
  SimulatePrincipalPolicy: simulatePrincipalPolicy,
};

import { type AccessDecision, type AccessRequest, evaluate } from '../../core/authorization/evaluate.ts';
import {
  decisionsByKind,
  matchedStatements,
  type StatementMatch,
} from '../../core/authorization/matched-statements.ts';
import { missingKeys } from '../../core/authorization/missing-keys.ts';
import type { Policy } from '../../core/authorization/policy.ts';
import type { SourcedPolicy } from '../../core/authorization/policy-source.ts';
import { conditionKeys, type RequestFacts } from '../../core/authorization/request-keys.ts';
import type { TextPosition } from '../../core/identity/statement-spans.ts';
import type {
  EvaluationResult,
  PolicyEvaluationDecisionType,
  PolicySourceType,
  Position,
  ResourceSpecificResult,
  Statement,
} from '../../shapes/generated/iam.ts';

/** What is weighed in one simulation. */
export interface SimulatedPolicies {
  readonly identity: readonly SourcedPolicy[];
  /** Empty: none is set. Of several all statements count together, as those of one policy would. */
  readonly boundary: readonly SourcedPolicy[];
  readonly resource: SourcedPolicy | undefined;
}

/** One action on one resource; undefined when the request named no resource. */
export interface SimulatedRequest {
  readonly action: string;
  readonly resource: string | undefined;
  readonly facts: Omit<RequestFacts, 'service'>;
  readonly policies: SimulatedPolicies;
}

/**
 * What a simulation answers on one action and one resource. If the request named resources, the result for this one is
 * there a second time among the results by resource, where the service has more details. (IAM-17, IAM-23, IAM-24)
 */
export function simulationResult({ action, resource, facts, policies }: SimulatedRequest): EvaluationResult {
  const service = action.slice(0, action.indexOf(':'));
  const name = resource ?? '*';
  const request: AccessRequest = {
    principal: facts.principal,
    action,
    resource: name,
    keys: conditionKeys({ ...facts, service }),
    policies: {
      identity: policies.identity.map(({ policy }) => policy),
      boundary: policies.boundary.length === 0 ? undefined : joined(policies.boundary),
      resource: policies.resource && {
        policy: policies.resource.policy,
        accountId: facts.resourceAccountId,
      },
    },
  };
  const sources = [
    ...(policies.resource ? [policies.resource] : []),
    ...policies.identity,
    ...policies.boundary,
  ];
  const decision = decisionShape(evaluate(request));
  const matched = matchedStatements(request, sources).map(statementShape);
  const shared = {
    MissingContextValues: missingKeys(request, sources),
    PermissionsBoundaryDecisionDetail: boundaryDetail(request),
    EvalDecisionDetails: resource === undefined ? undefined : detailsOf(request, sources, facts),
  };
  const specific: ResourceSpecificResult = {
    EvalResourceName: name,
    EvalResourceDecision: decision,
    MatchedStatements: matched,
    ...shared,
  };
  return {
    EvalActionName: action,
    EvalResourceName: name,
    EvalDecision: decision,
    MatchedStatements: decision === 'implicitDeny' ? [] : matched,
    ...shared,
    ResourceSpecificResults: resource === undefined ? undefined : [specific],
  };
}

const joined = (sources: readonly SourcedPolicy[]): Policy => ({
  statements: sources.flatMap(({ policy }) => policy.statements),
});

function boundaryDetail(request: AccessRequest): EvaluationResult['PermissionsBoundaryDecisionDetail'] {
  const { boundary } = request.policies;
  if (boundary === undefined) return undefined;
  const alone = evaluate({ ...request, policies: { identity: [boundary] } });
  return { AllowedByPermissionsBoundary: alone.kind === 'allowed' };
}

/** Within one account the service answers the member without entries. */
function detailsOf(
  request: AccessRequest,
  sources: readonly SourcedPolicy[],
  { principal, resourceAccountId }: SimulatedRequest['facts'],
): Readonly<Record<string, PolicyEvaluationDecisionType>> {
  if (principal.accountId === resourceAccountId) return {};
  return Object.fromEntries(decisionsByKind(request, sources));
}

const statementShape = ({ source, span }: StatementMatch): Statement => ({
  SourcePolicyId: source.id,
  // The service answers these names, though its model lists others.
  SourcePolicyType: source.kind as string as PolicySourceType,
  StartPosition: span && positionShape(span.start),
  EndPosition: span && positionShape(span.end),
});

const positionShape = ({ line, column }: TextPosition): Position => ({ Line: line, Column: column });

function decisionShape(decision: AccessDecision): PolicyEvaluationDecisionType {
  if (decision.kind === 'allowed') return 'allowed';
  return decision.cause.startsWith('denied-by-') ? 'explicitDeny' : 'implicitDeny';
}

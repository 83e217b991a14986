import type { ConditionKeys } from './condition-keys.ts';
import type { Policy, Statement } from './policy.ts';
import type { Naming, RequestPrincipal } from './principal.ts';
import { type DenialCause, denialText } from './refusal-text.ts';

/** All policies that count for one request. */
export interface ApplicablePolicies {
  /** Of the user and its groups, or of the role: inline and attached. */
  readonly identity: readonly Policy[];
  /** Undefined: none is set. One that is set but says nothing allows nothing. */
  readonly boundary?: Policy | undefined;
  /** Undefined: none was passed to the session. */
  readonly session?: readonly Policy[] | undefined;
  readonly resource?: ResourcePolicy | undefined;
}

/** The policy of the resource itself. */
export interface ResourcePolicy {
  readonly policy: Policy;
  /** The account that owns the resource. */
  readonly accountId: string;
  /** Trust policies of roles must allow by themselves; identity policies alone are not enough. */
  readonly isTrustPolicy?: boolean | undefined;
}

/** One action on one resource. */
export interface AccessRequest {
  readonly principal: RequestPrincipal;
  /** E.g. `ecs:RunTask`. */
  readonly action: string;
  /** An ARN, or `*` for an action without a resource. */
  readonly resource: string;
  readonly keys: ConditionKeys;
  readonly policies: ApplicablePolicies;
}

/** Whether a request may go on; `text` is what AWS says to one that may not. */
export type AccessDecision =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'denied'; readonly cause: DenialCause; readonly text: string };

const ALLOWED: AccessDecision = { kind: 'allowed' };

/**
 * Decides on one request in the order that IAM documents: an explicit denial anywhere decides; then a resource policy
 * that names the principal itself; then identity policies, the boundary and the session policies must all allow. (AUTH-2)
 */
export function evaluate(request: AccessRequest): AccessDecision {
  const cause = denialOf(request);
  return cause === undefined ? ALLOWED : { kind: 'denied', cause, text: denialText(request, cause) };
}

function denialOf(request: AccessRequest): DenialCause | undefined {
  const view: View = { request, action: request.action.toLowerCase() };
  return explicitDenial(view) ?? implicitDenial(view);
}

interface View {
  readonly request: AccessRequest;
  /** In lower case. */
  readonly action: string;
}

/** If several kinds of policy deny, this order says which one is named. */
function explicitDenial(view: View): DenialCause | undefined {
  const { identity, boundary, session, resource } = view.request.policies;
  if (says(view, 'Deny', identity)) return 'denied-by-identity';
  if (resource !== undefined && namings(view, 'Deny', resource.policy).length > 0) {
    return resource.isTrustPolicy === true ? 'denied-by-trust' : 'denied-by-resource';
  }
  if (boundary !== undefined && says(view, 'Deny', [boundary])) return 'denied-by-boundary';
  if (session !== undefined && says(view, 'Deny', session)) return 'denied-by-session';
  return undefined;
}

function implicitDenial(view: View): DenialCause | undefined {
  const { principal, policies } = view.request;
  const { resource } = policies;
  if (resource === undefined) return principal.kind === 'root' ? undefined : ownDenial(view, false);
  const granted = new Set(namings(view, 'Allow', resource.policy));
  const isForeign = principal.accountId !== resource.accountId;
  const mustGrant = isForeign || resource.isTrustPolicy === true;
  if (granted.size === 0 && mustGrant) {
    return resource.isTrustPolicy === true ? 'not-trusted' : 'no-resource';
  }
  if (NEEDS_TRUST_ALONE.has(principal.kind)) return undefined;
  if (!isForeign && granted.has('self')) return undefined;
  return ownDenial(view, !isForeign && granted.has('role'));
}

/** These have no policies of their own: what the resource says is enough. */
const NEEDS_TRUST_ALONE: ReadonlySet<RequestPrincipal['kind']> = new Set(['root', 'service', 'federated']);

/** What the principal's own side lacks. `isGranted`: a resource policy stands for the identity policies. */
function ownDenial(view: View, isGranted: boolean): DenialCause | undefined {
  const { identity, boundary, session } = view.request.policies;
  if (!isGranted && !says(view, 'Allow', identity)) return 'no-identity';
  if (boundary !== undefined && !says(view, 'Allow', [boundary])) return 'no-boundary';
  if (session !== undefined && !says(view, 'Allow', session)) return 'no-session';
  return undefined;
}

const says = (view: View, effect: Statement['effect'], policies: readonly Policy[]): boolean =>
  policies.some(({ statements }) =>
    statements.some((statement) => statement.effect === effect && applies(view, statement)),
  );

/** How the statements of a resource policy that apply name the principal. */
function namings(view: View, effect: Statement['effect'], { statements }: Policy): readonly Naming[] {
  return statements
    .filter((statement) => statement.effect === effect && applies(view, statement))
    .map(({ principal }) => principal?.(view.request.principal) ?? 'none')
    .filter((naming) => naming !== 'none');
}

function applies({ request, action }: View, { names, covers, condition }: Statement): boolean {
  const { resource, keys } = request;
  return names(action) && covers(resource, keys) && (condition === undefined || condition(keys));
}

/** Whether a statement has a say on a request: one of a resource policy must name the principal as well. */
export function hasSay(request: AccessRequest, statement: Statement): boolean {
  const { principal } = statement;
  const isNamed = principal === undefined || principal(request.principal) !== 'none';
  return isNamed && applies({ request, action: request.action.toLowerCase() }, statement);
}

import type { ConditionKeys } from '../../core/authorization/condition-keys.ts';
import { evaluate } from '../../core/authorization/evaluate.ts';
import { policyOf } from '../../core/authorization/policy.ts';
import { conditionKeys } from '../../core/authorization/request-keys.ts';
import { openIdConnectProviderArn } from '../../core/identity/arns.ts';
import type { Role } from '../../domain/identity.ts';
import type { Instant } from '../../lib/clock.ts';
import type { Installation } from '../../lib/config.ts';
import { stsErrors } from './errors.ts';
import type { PassedToSession } from './session-context.ts';
import type { WebIdentity } from './web-identity-token.ts';

const TAGS_CLAIM = 'https://aws.amazon.com/tags';
const SOURCE_IDENTITY_CLAIM = 'https://aws.amazon.com/source_identity';

/** The claims that are condition keys by their own name; `aud` is among them by the rule of the authorized party. */
const CLAIM_KEYS: readonly string[] = ['amr', 'email', 'sub'];

/** What AWS knows of the tokens of single issuers, beside that. (STS-7) */
const CLAIM_KEYS_OF: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'token.actions.githubusercontent.com',
    [
      'actor',
      'actor_id',
      'enterprise_id',
      'environment',
      'job_workflow_ref',
      'ref',
      'repository',
      'repository_id',
      'workflow',
    ],
  ],
]);

/** The session tags and the source identity that a token carries. (STS-7; id_session-tags) */
export function passedByToken({ claims }: WebIdentity): PassedToSession {
  const sourceIdentity = claims[SOURCE_IDENTITY_CLAIM];
  if (sourceIdentity !== undefined && typeof sourceIdentity !== 'string') {
    throw stsErrors.rejectedClaim(`The claim ${SOURCE_IDENTITY_CLAIM} is not valid.`);
  }
  const { principal_tags: tags = {}, transitive_tag_keys: keys = [] } = tagsClaim(claims[TAGS_CLAIM]);
  if (!isRecord(tags) || !isTexts(keys)) throw invalidTags();
  const Tags = Object.entries(tags).map(([Key, value]) => {
    const values = isTexts(value) ? value : [value];
    const [Value] = values;
    if (values.length !== 1 || typeof Value !== 'string') throw invalidTags();
    return { Key, Value };
  });
  return { Tags, TransitiveTagKeys: keys, SourceIdentity: sourceIdentity };
}

function tagsClaim(claim: unknown): Readonly<Record<string, unknown>> {
  if (claim === undefined) return {};
  if (!isRecord(claim)) throw invalidTags();
  return claim;
}

const invalidTags = () => stsErrors.rejectedClaim(`The claim ${TAGS_CLAIM} is not valid.`);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string');

/** A role that somebody with a token wants to assume. */
export interface WebIdentityRequest {
  readonly installation: Installation;
  readonly now: Instant;
  readonly identity: WebIdentity;
  readonly passed: PassedToSession;
  readonly sessionName: string;
}

/** Stops unless the role's trust policy lets the token's provider assume it with this token. (STS-7, AUTH-5) */
export function requireTrust(role: Role, request: WebIdentityRequest): void {
  const { installation, identity, passed } = request;
  const arn = openIdConnectProviderArn(installation.accountId, identity.issuer);
  const principal = { kind: 'federated', arn, accountId: installation.accountId } as const;
  const policy = policyOf(role.assumeRolePolicyDocument);
  const keys = keysOf(role, request, principal);
  const actions = [
    'sts:AssumeRoleWithWebIdentity',
    ...((passed.Tags ?? []).length === 0 ? [] : ['sts:TagSession']),
    ...(passed.SourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
  for (const action of actions) {
    const resource = { policy, accountId: installation.accountId, isTrustPolicy: true };
    const policies = { identity: [], resource };
    const decision = evaluate({ principal, action, resource: role.arn, keys, policies });
    if (decision.kind === 'denied') throw stsErrors.webIdentityDenied(action);
  }
}

function keysOf(
  role: Role,
  { installation, now, identity, passed, sessionName }: WebIdentityRequest,
  principal: { readonly kind: 'federated'; readonly arn: string; readonly accountId: string },
): ConditionKeys {
  const requestTags = (passed.Tags ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }));
  return conditionKeys({
    principal: {
      ...principal,
      userId: `${role.roleId}:${sessionName}`,
      hasTemporaryCredentials: false,
      tags: [],
    },
    now,
    region: installation.region,
    resourceAccountId: installation.accountId,
    isSecure: installation.endpointUrl.startsWith('https:'),
    service: 'sts',
    keys: {
      ...claimKeys(identity),
      'sts:rolesessionname': sessionName,
      'sts:sourceidentity': passed.SourceIdentity,
      'sts:transitivetagkeys': passed.TransitiveTagKeys,
    },
    requestTags,
    resourceTags: () => role.tags,
  });
}

/** The keys of the provider: `<issuer>:aud` and the like, in lower case as all names of keys. */
function claimKeys({ issuer, audience, claims }: WebIdentity): Record<string, string | readonly string[]> {
  const known = [...CLAIM_KEYS, ...(CLAIM_KEYS_OF.get(issuer) ?? [])];
  const own = known.flatMap((name): [string, string | readonly string[]][] => {
    const value = claims[name];
    return typeof value === 'string' || isTexts(value) ? [[name, value]] : [];
  });
  const original: [string, string | readonly string[]][] =
    typeof claims['azp'] === 'string' && claims.aud !== undefined ? [['oaud', claims.aud]] : [];
  return Object.fromEntries(
    [...own, ...original, ['aud', audience] as const].map(([name, value]) => [
      `${issuer}:${name}`.toLowerCase(),
      value,
    ]),
  );
}

import type { Instant } from '../../lib/clock.ts';
import type { ConditionKeys } from './condition-keys.ts';
import type { RequestPrincipal } from './principal.ts';

/** A tag. */
interface Tag {
  readonly key: string;
  readonly value: string;
}

/** What condition keys can know of a request. */
export interface RequestFacts {
  readonly principal: RequestPrincipal & {
    /** As STS GetCallerIdentity answers it. */
    readonly userId: string;
    readonly hasTemporaryCredentials: boolean;
    readonly tags: readonly Tag[];
    readonly sourceIdentity?: string | undefined;
  };
  readonly now: Instant;
  readonly region: string;
  /** The account that owns the resource. */
  readonly resourceAccountId: string;
  readonly isSecure: boolean;
  readonly sourceIp?: string | undefined;
  readonly userAgent?: string | undefined;
  /** The prefix of the action, e.g. `ecs`: it has names of its own for tags. */
  readonly service: string;
  /** Keys of the service by lower-case name. */
  readonly keys?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
  readonly requestTags?: readonly Tag[] | undefined;
  /** `aws:TagKeys` when the request names tags without values. */
  readonly tagKeys?: readonly string[] | undefined;
  readonly resourceTags?: (() => readonly Tag[]) | undefined;
}

/** The global condition keys that a request has a value for. (AUTH-12; reference_policies_condition-keys) */
const GLOBAL: Readonly<Record<string, (facts: RequestFacts) => string | readonly string[] | undefined>> = {
  'aws:currenttime': ({ now }) => new Date(now).toISOString(),
  'aws:epochtime': ({ now }) => String(Math.floor(now / 1000)),
  'aws:principalaccount': ({ principal }) => principal.accountId,
  'aws:principalarn': ({ principal }) => principal.roleArn ?? principal.arn,
  'aws:principalisawsservice': ({ principal }) => String(principal.kind === 'service'),
  'aws:principaltype': ({ principal }) => PRINCIPAL_TYPES[principal.kind],
  'aws:userid': ({ principal }) => principal.userId,
  'aws:username': ({ principal }) => (principal.kind === 'user' ? userNameOf(principal.arn) : undefined),
  'aws:federatedprovider': ({ principal }) => (principal.kind === 'federated' ? principal.arn : undefined),
  'aws:multifactorauthpresent': ({ principal }) => (principal.hasTemporaryCredentials ? 'false' : undefined),
  'aws:requestedregion': ({ region }) => region,
  'aws:resourceaccount': ({ resourceAccountId }) => resourceAccountId,
  'aws:securetransport': ({ isSecure }) => String(isSecure),
  'aws:sourceidentity': ({ principal }) => principal.sourceIdentity,
  'aws:sourceip': ({ sourceIp }) => sourceIp,
  'aws:useragent': ({ userAgent }) => userAgent,
  'aws:viaawsservice': () => 'false',
  'aws:tagkeys': ({ tagKeys, requestTags }) => tagKeys ?? requestTags?.map(({ key }) => key),
};

const PRINCIPAL_TYPES: Readonly<Record<RequestPrincipal['kind'], string>> = {
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  service: 'Service',
  federated: 'FederatedUser',
  anonymous: 'Anonymous',
};

/** Paths are no part of a user's name. */
const userNameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/** The condition context of a request. Values are made when a policy asks for them. (AUTH-12) */
export function conditionKeys(facts: RequestFacts): ConditionKeys {
  return (name) => {
    const own = facts.keys?.[name];
    if (own !== undefined) return listOf(own);
    const global = Object.hasOwn(GLOBAL, name) ? GLOBAL[name]?.(facts) : undefined;
    if (global !== undefined) return listOf(global);
    const slash = name.indexOf('/');
    return slash < 0 ? undefined : tagValue(facts, name.slice(0, slash), name.slice(slash + 1));
  };
}

const listOf = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? [value] : value;

/** The keys of tags have no case in condition keys. */
function tagValue(facts: RequestFacts, family: string, tagKey: string): readonly string[] | undefined {
  const tag = tagsOf(facts, family).find(({ key }) => key.toLowerCase() === tagKey);
  return tag === undefined ? undefined : [tag.value];
}

function tagsOf(facts: RequestFacts, family: string): readonly Tag[] {
  switch (family) {
    case 'aws:principaltag':
      return facts.principal.tags;
    case 'aws:requesttag':
    case `${facts.service}:requesttag`:
      return facts.requestTags ?? [];
    case 'aws:resourcetag':
    case `${facts.service}:resourcetag`:
      return facts.resourceTags?.() ?? [];
    default:
      return [];
  }
}

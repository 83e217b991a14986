import { type AccessDecision, evaluate } from '../core/authorization/evaluate.ts';
import { policyOf } from '../core/authorization/policy.ts';
import { denialText } from '../core/authorization/refusal-text.ts';
import { conditionKeys, type RequestFacts } from '../core/authorization/request-keys.ts';
import type { Caller } from '../domain/caller.ts';
import type { Clock } from '../lib/clock.ts';
import type { Installation } from '../lib/config.ts';
import { clientError, type ServiceError } from '../lib/service-error.ts';
import { type PrincipalPolicies, principalPolicies } from '../records/principal-policies.ts';
import type { Store } from '../store/store.ts';
import { type AccessCheck, type AccessDeclaration, type AccessScene, ANY_RESOURCE } from './authorization.ts';
import { ec2Authorization } from './ec2/authorization.ts';
import { ecrAuthorization } from './ecr/authorization.ts';
import { ecsAuthorization } from './ecs/authorization.ts';
import { iamAuthorization } from './iam/authorization.ts';
import { logsAuthorization } from './logs/authorization.ts';
import { s3Authorization } from './s3/authorization.ts';
import { secretsManagerAuthorization } from './secretsmanager/authorization.ts';
import { ssmAuthorization } from './ssm/authorization.ts';
import { ssmSessionAuthorization } from './ssm/session-authorization.ts';
import { stsAuthorization } from './sts/authorization.ts';

/** Who asks, and how the request came in. */
export interface AccessRequestFacts {
  readonly caller: Caller;
  /** The address that the request came from. */
  readonly sourceIp?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly isSecure?: boolean | undefined;
}

/** Decides what callers may do. */
export interface Authorizer {
  /** Throws the service's refusal unless the caller may. `action` is the operation, e.g. `ecs:RunTask`. (AUTH-11) */
  authorize(request: AccessRequestFacts, action: string, input: unknown): void;
  /** Undefined when the caller may, else AWS's sentence. For what is no operation: the registry, the agents' sockets. */
  refusalOf(
    request: AccessRequestFacts,
    check: AccessCheck & { readonly action: string },
  ): string | undefined;
}

type DeclarationTable = Readonly<Record<string, AccessDeclaration<never> | undefined>>;

/** The declarations of all services by the prefix of their actions. */
export const ACCESS_DECLARATIONS: Readonly<Record<string, DeclarationTable>> = {
  ec2: ec2Authorization,
  ecr: ecrAuthorization,
  ecs: ecsAuthorization,
  iam: iamAuthorization,
  logs: logsAuthorization,
  s3: s3Authorization,
  secretsmanager: secretsManagerAuthorization,
  ssm: { ...ssmAuthorization, ...ssmSessionAuthorization },
  sts: stsAuthorization,
};

/** What the authorizer reads. */
export interface AuthorizerDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly installation: Installation;
}

/**
 * Makes the authorizer. Root may do everything; all others what their policies say at this moment. An operation that
 * declares nothing is root's alone. (AUTH-11)
 */
export function createAuthorizer(deps: AuthorizerDeps): Authorizer {
  return {
    authorize: (request, action, input) => {
      if (request.caller.kind === 'root') return;
      const text = deps.store.read((tx) => {
        const scene = { tx, installation: deps.installation, caller: request.caller };
        return operationRefusal(deps, { request, scene }, { action, input });
      });
      if (text !== undefined) throw refusalError(action, text);
    },
    refusalOf: (request, check) =>
      request.caller.kind === 'root'
        ? undefined
        : deps.store.read((tx) => {
            const scene = { tx, installation: deps.installation, caller: request.caller };
            return checksRefusal(deps, { request, scene }, { action: check.action, checks: [check] });
          }),
  };
}

interface Asked {
  readonly request: AccessRequestFacts;
  readonly scene: AccessScene;
}

function operationRefusal(
  deps: AuthorizerDeps,
  asked: Asked,
  { action, input }: { readonly action: string; readonly input: unknown },
): string | undefined {
  const [service = '', operation = ''] = action.split(':');
  const table = ACCESS_DECLARATIONS[service] ?? {};
  const declaration = Object.hasOwn(table, operation) ? table[operation] : undefined;
  if (declaration === undefined) {
    return denialText({ principal: asked.request.caller, action, resource: ANY_RESOURCE }, 'no-identity');
  }
  return checksRefusal(deps, asked, { action, checks: declaration(input as never, asked.scene) });
}

/** The first refusal decides: all permissions are needed. */
function checksRefusal(
  { clock, installation }: AuthorizerDeps,
  { request, scene }: Asked,
  { action, checks }: { readonly action: string; readonly checks: readonly AccessCheck[] },
): string | undefined {
  if (checks.length === 0) return undefined;
  const policies = principalPolicies(scene.tx, request.caller);
  const shared = requestFacts(request, policies, { installation, now: clock.now() });
  for (const check of checks) {
    const decision = decide(check, { action: check.action ?? action, policies, shared });
    if (decision.kind === 'denied') return decision.text;
  }
  return undefined;
}

type SharedFacts = Omit<RequestFacts, 'service'>;

function decide(
  check: AccessCheck,
  asked: {
    readonly action: string;
    readonly policies: PrincipalPolicies;
    readonly shared: SharedFacts;
  },
): AccessDecision {
  const { action, policies, shared } = asked;
  const { resource, keys, requestTags, tagKeys, resourceTags, trustPolicy, resourcePolicy } = check;
  const service = action.slice(0, action.indexOf(':'));
  const facts: RequestFacts = { ...shared, service, keys, requestTags, tagKeys, resourceTags };
  const text = trustPolicy ?? resourcePolicy;
  const attached =
    text === undefined
      ? undefined
      : {
          policy: policyOf(text),
          accountId: shared.resourceAccountId,
          isTrustPolicy: trustPolicy !== undefined,
        };
  return evaluate({
    principal: shared.principal,
    action,
    resource,
    keys: conditionKeys(facts),
    policies: { ...policies, resource: attached },
  });
}

function requestFacts(
  { caller, sourceIp, userAgent, isSecure = false }: AccessRequestFacts,
  { tags }: PrincipalPolicies,
  { installation, now }: { readonly installation: Installation; readonly now: RequestFacts['now'] },
): SharedFacts {
  const { kind, arn, accountId, userId, roleArn, accessKeyId, session } = caller;
  const { sourceIdentity } = session ?? {};
  const hasTemporaryCredentials = accessKeyId.startsWith('ASIA');
  return {
    principal: { kind, arn, accountId, userId, roleArn, tags, hasTemporaryCredentials, sourceIdentity },
    now,
    region: installation.region,
    resourceAccountId: installation.accountId,
    isSecure,
    sourceIp,
    userAgent,
  };
}

/** Each protocol has its own code for the same answer. (AUTH-15) */
function refusalError(action: string, text: string): ServiceError {
  const [service] = action.split(':');
  if (service === 'iam' || service === 's3' || service === 'sts') return clientError('AccessDenied', text);
  if (service === 'ec2') {
    return clientError('UnauthorizedOperation', `You are not authorized to perform this operation. ${text}`);
  }
  return clientError('AccessDeniedException', text);
}

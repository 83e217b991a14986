import { isObject, textsOf } from '../identity/policy-json.ts';

/** Who asks, as policies name principals. */
export interface RequestPrincipal {
  readonly kind: 'root' | 'user' | 'assumed-role' | 'service' | 'federated' | 'anonymous';
  /** The ARN of the user, the session, the root or the identity provider; of a service its name, e.g. `ecs.amazonaws.com`. */
  readonly arn: string;
  readonly accountId: string;
  /** The role of a session. */
  readonly roleArn?: string | undefined;
}

/**
 * How a statement names a principal: as itself (or everybody), by the role of its session, by its account, or not. An
 * Allow by itself is final; by the role, boundary and session policy still count; by the account, the account's own
 * policies decide. (AUTH-4)
 */
export type Naming = 'self' | 'role' | 'account' | 'none';

/** The `Principal` or `NotPrincipal` of a statement. */
export type PrincipalElement = (principal: RequestPrincipal) => Naming;

/** Compiles the element of a statement; undefined when the statement has none. */
export function principalElementOf(
  statement: Readonly<Record<string, unknown>>,
  isDeny: boolean,
): PrincipalElement | undefined {
  if ('NotPrincipal' in statement) {
    const names = namesOf(statement['NotPrincipal']);
    return (principal) => (isExempt(names, principal, isDeny) ? 'none' : 'self');
  }
  if (!('Principal' in statement)) return undefined;
  const names = namesOf(statement['Principal']);
  return (principal) => namingOf(names, principal);
}

function namesOf(element: unknown): ReadonlySet<string> {
  if (element === '*') return new Set(['*']);
  if (!isObject(element)) return new Set();
  const { AWS, Service, Federated } = element;
  return new Set([AWS, Service, Federated].flatMap((names) => textsOf(names) ?? []));
}

function namingOf(names: ReadonlySet<string>, principal: RequestPrincipal): Naming {
  const { kind, arn, roleArn } = principal;
  if (names.has('*')) return 'self';
  if (kind === 'anonymous') return 'none';
  if (names.has(arn)) return 'self';
  if (roleArn !== undefined && names.has(roleArn)) return 'role';
  if (kind === 'service' || kind === 'federated') return 'none';
  return accountNames(principal).some((name) => names.has(name)) ? 'account' : 'none';
}

const accountNames = ({ accountId }: RequestPrincipal): readonly string[] => [
  accountId,
  `arn:aws:iam::${accountId}:root`,
];

/**
 * Whom a `NotPrincipal` leaves out. A Deny spares only those of whom everything is listed: the account, the role and
 * the session, or the user. An Allow leaves out those of whom anything is listed. (AUTH-4)
 */
function isExempt(names: ReadonlySet<string>, principal: RequestPrincipal, isDeny: boolean): boolean {
  if (!isDeny) return namingOf(names, principal) !== 'none';
  if (names.has('*')) return true;
  const { kind, arn, roleArn } = principal;
  const isListed = names.has(arn) && (roleArn === undefined || names.has(roleArn));
  const needsAccount = kind === 'user' || kind === 'assumed-role';
  return isListed && (!needsAccount || accountNames(principal).some((name) => names.has(name)));
}

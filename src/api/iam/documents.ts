import {
  identityPolicyProblem,
  invalidPrincipal,
  trustedAwsPrincipals,
  trustPolicyProblem,
} from '../../core/identity/policy-document.ts';
import { findRole, findUser } from '../../records/identity.ts';
import type { ReadTx } from '../../store/store.ts';
import { iamErrors } from './errors.ts';

/** A role's trust policy has at most this many characters, white space not counted. */
const TRUST_POLICY_MAX_LENGTH = 2_048;

/** How IAM writes a document in an answer: percent-encoded as RFC 3986 says. (IAM-10) */
export const encodedDocument = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** The length that quotas count. */
export const countedLength = (text: string): number => text.replace(/\s/g, '').length;

/** Stops unless a permissions policy is well-formed. */
export function checkIdentityPolicy(text: string): void {
  const problem = identityPolicyProblem(text);
  if (problem !== undefined) throw iamErrors.malformed(problem);
}

/** Stops unless a trust policy is well-formed, short enough, and names users and roles that are there. */
export function checkTrustPolicy(tx: ReadTx, text: string, accountId: string): void {
  const problem = trustPolicyProblem(text);
  if (problem !== undefined) throw iamErrors.malformed(problem);
  if (countedLength(text) > TRUST_POLICY_MAX_LENGTH) {
    throw iamErrors.quota('ACLSizePerRole', TRUST_POLICY_MAX_LENGTH);
  }
  const unknown = trustedAwsPrincipals(text).find((name) => !isKnown(tx, name, accountId));
  if (unknown !== undefined) throw iamErrors.malformed(invalidPrincipal('AWS', unknown));
}

/** Users and roles of this account can be looked up; those of others are taken as they are. */
function isKnown(tx: ReadTx, name: string, accountId: string): boolean {
  const own = `arn:aws:iam::${accountId}:`;
  if (!name.startsWith(`${own}user/`) && !name.startsWith(`${own}role/`)) return true;
  const shortName = name.slice(name.lastIndexOf('/') + 1);
  const found = name.startsWith(`${own}user/`) ? findUser(tx, shortName) : findRole(tx, shortName);
  return found?.arn === name;
}

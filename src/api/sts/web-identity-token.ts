import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import type { OpenIdConnectProvider } from '../../domain/identity.ts';
import type { Instant } from '../../lib/clock.ts';
import type { IssuerKeySet } from '../../lib/issuer-keys.ts';
import { stsErrors } from './errors.ts';

/** What a token says of itself before anybody has verified it: enough to look up who could. */
export interface UnverifiedToken {
  /** Without `https://`. */
  readonly issuer: string;
  readonly keyId: string | undefined;
}

/** What a verified token says, as far as sessions and trust policies use it. */
export interface WebIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** The one of the provider's audiences that the token is for: its `azp` if it has one, else its `aud`. */
  readonly audience: string;
  readonly claims: JWTPayload;
}

/** The signatures that AWS takes. Those made with a shared secret are not among them. (STS-7) */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

/** Reads who claims to have made a token. */
export function unverifiedToken(token: string): UnverifiedToken {
  try {
    const { iss } = decodeJwt(token);
    const { kid } = decodeProtectedHeader(token);
    if (iss !== undefined) return { issuer: iss.replace(/^https:\/\//, ''), keyId: kid };
  } catch {
    throw stsErrors.notAToken();
  }
  throw stsErrors.missingClaim('iss');
}

/** What a token is verified against. */
export interface TokenVerification {
  readonly provider: OpenIdConnectProvider;
  readonly keys: IssuerKeySet;
  readonly now: Instant;
}

/** Verifies signature, times and audience of a token; refuses in the words of STS. (STS-7) */
export async function verifiedToken(token: string, verification: TokenVerification): Promise<WebIdentity> {
  const { provider, now } = verification;
  const claims = await verifiedClaims(token, verification);
  if (claims.exp === undefined) throw stsErrors.missingClaim('exp');
  if (typeof claims.sub !== 'string' || claims.sub === '') throw stsErrors.missingClaim('sub');
  const nowSeconds = Math.floor(now / 1000);
  // A library may be lenient at the very end; STS says "must be before".
  if (nowSeconds >= claims.exp) throw stsErrors.tokenExpired(nowSeconds, claims.exp);
  return { issuer: provider.issuer, subject: claims.sub, audience: audienceOf(claims, provider), claims };
}

async function verifiedClaims(
  token: string,
  { provider, keys, now }: TokenVerification,
): Promise<JWTPayload> {
  try {
    const keyOf = createLocalJWKSet({ keys: keys.keys.map((key) => ({ ...key })) });
    const { payload } = await jwtVerify(token, keyOf, {
      algorithms: ALGORITHMS,
      issuer: [`https://${provider.issuer}`, provider.issuer],
      currentDate: new Date(now),
    });
    return payload;
  } catch (error) {
    throw refusalOf(error, now);
  }
}

function refusalOf(error: unknown, now: Instant): Error {
  if (error instanceof errors.JWTExpired) {
    const { exp = 0 } = error.payload;
    return stsErrors.tokenExpired(Math.floor(now / 1000), exp);
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'nbf'
      ? stsErrors.tokenNotYetValid()
      : stsErrors.rejectedClaim(`The claim ${error.claim} is not valid.`);
  }
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return stsErrors.noVerificationKey();
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed) {
    return stsErrors.badSignature();
  }
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) return stsErrors.notAToken();
  return stsErrors.noVerificationKey();
}

/** An authorized party stands for the audience. (IAM user guide, reference_policies_iam-condition-keys) */
function audienceOf(claims: JWTPayload, { clientIds }: OpenIdConnectProvider): string {
  const { aud, azp } = claims;
  if (aud === undefined) throw stsErrors.missingClaim('aud');
  const candidates = typeof azp === 'string' ? [azp] : [aud].flat();
  const found = candidates.find((candidate) => clientIds.includes(candidate));
  if (found === undefined) throw stsErrors.wrongAudience();
  return found;
}

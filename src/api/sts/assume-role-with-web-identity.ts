import { openIdConnectProviderArn } from '../../core/identity/arns.ts';
import { parseArn } from '../../domain/arn.ts';
import type { OpenIdConnectProvider } from '../../domain/identity.ts';
import type { IssuerKeys } from '../../lib/issuer-keys.ts';
import { refuse } from '../../lib/service-error.ts';
import { openIdConnectProviders } from '../../records/collections.ts';
import { createSession, findRoleByArn } from '../../records/identity.ts';
import type {
  AssumeRoleWithWebIdentityRequest,
  AssumeRoleWithWebIdentityResponse,
} from '../../shapes/generated/sts.ts';
import type { Context, Operation } from '../operation.ts';
import { assumedRoleAnswer, DEFAULT_SESSION_SECONDS } from './credentials.ts';
import { stsErrors } from './errors.ts';
import { sessionContext } from './session-context.ts';
import { refuseUnsupported } from './unsupported.ts';
import { passedByToken, requireTrust } from './web-identity-claims.ts';
import { unverifiedToken, verifiedToken, type WebIdentity } from './web-identity-token.ts';

type Input = AssumeRoleWithWebIdentityRequest;

/**
 * Gives temporary credentials of a role for a token of an OIDC provider of the account, such as GitHub Actions. Nobody
 * signs the request: the token and the role's trust policy decide. An unknown role and a refusing one are answered
 * alike. The provider is looked up before the transaction, because its keys may have to be fetched. (STS-7)
 */
export const assumeRoleWithWebIdentity =
  (issuers: IssuerKeys): Operation<Input, AssumeRoleWithWebIdentityResponse> =>
  async (context, input) => {
    checkInput(input);
    const { store, ids, clock, installation, caller } = context;
    const provider = requireProvider(context, input.WebIdentityToken);
    const identity = await identityOf(context, issuers, { provider, token: input.WebIdentityToken });
    const passed = passedByToken(identity);
    const sessionName = input.RoleSessionName;
    const durationSeconds = input.DurationSeconds ?? DEFAULT_SESSION_SECONDS;
    const session = await store.write((tx) => {
      const now = clock.now();
      const role =
        findRoleByArn(tx, input.RoleArn) ??
        refuse(stsErrors.webIdentityDenied('sts:AssumeRoleWithWebIdentity'));
      requireTrust(role, { installation, now, identity, passed, sessionName });
      if (durationSeconds > role.maxSessionDurationSeconds) throw stsErrors.durationOverMaximum();
      const { Policy, PolicyArns } = input;
      // Whoever sends a token is nobody yet, even where everybody is taken for root.
      const nobody = { ...caller, session: undefined };
      const made = sessionContext(tx, nobody, { Policy, PolicyArns, ...passed });
      return {
        role,
        key: createSession(tx, { role, sessionName, durationSeconds, ids, now, session: made }),
      };
    });
    return {
      ...assumedRoleAnswer(installation.accountId, { ...session, sessionName }),
      SubjectFromWebIdentityToken: identity.subject,
      Provider: provider.arn,
      Audience: identity.audience,
    };
  };

function checkInput(input: Input): void {
  const { service, resource } = parseArn(input.RoleArn) ?? {};
  if (service !== 'iam' || resource?.startsWith('role/') !== true) throw stsErrors.invalidArn(input.RoleArn);
  // `ProviderId` is of the two providers that give access tokens of OAuth 2.0.
  refuseUnsupported(input, ['ProviderId', 'MinimumSessionTokenSize']);
}

function requireProvider({ store, installation }: Context, token: string): OpenIdConnectProvider {
  const { issuer } = unverifiedToken(token);
  const arn = openIdConnectProviderArn(installation.accountId, issuer);
  return store.read((tx) => tx.get(openIdConnectProviders, arn)) ?? refuse(stsErrors.noProvider(issuer));
}

async function identityOf(
  { clock }: Context,
  issuers: IssuerKeys,
  { provider, token }: { readonly provider: OpenIdConnectProvider; readonly token: string },
): Promise<WebIdentity> {
  const keys = await issuers.find(provider.issuer, unverifiedToken(token).keyId);
  if (keys === undefined) throw stsErrors.noVerificationKey();
  return verifiedToken(token, { provider, keys, now: clock.now() });
}

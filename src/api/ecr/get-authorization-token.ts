import { issueRegistryToken, registryPassword } from '../../records/ecr.ts';
import type {
  GetAuthorizationTokenRequest,
  GetAuthorizationTokenResponse,
} from '../../shapes/generated/ecr.ts';
import type { Operation } from '../operation.ts';
import { ecrErrors } from './errors.ts';

/**
 * Gives out the password of the registry for the caller, for 12 hours or as long as its temporary key lives.
 * `registryIds` is deprecated; each one gets an entry, and only our own account is one. (ECR-3)
 */
export const getAuthorizationToken: Operation<
  GetAuthorizationTokenRequest,
  GetAuthorizationTokenResponse
> = async ({ store, clock, ids, installation, caller }, { registryIds = [] }) => {
  const foreign = registryIds.find((id) => id !== installation.accountId);
  if (foreign !== undefined) {
    throw ecrErrors.invalidMember('registryIds', `There is no registry with id ${foreign}`);
  }
  const now = clock.now();
  const { accessKeyId } = caller;
  const token = await store.write((tx) => issueRegistryToken(tx, { accessKeyId, ids, now }));
  const entry = {
    authorizationToken: btoa(`AWS:${registryPassword(token)}`),
    expiresAt: token.expiresAt,
    proxyEndpoint: installation.endpointUrl,
  };
  return { authorizationData: [entry, ...registryIds.slice(1).map(() => entry)] };
};

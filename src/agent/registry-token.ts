import type { PayloadContainer, PayloadTask, RegistryAuthentication } from '../domain/task-payload.ts';
import { isRecord } from '../link/envelope.ts';
import type { SigningCredentials } from '../link/sigv4-sign.ts';
import type { RegistryAccess, RegistryCredentials } from '../runtime/driver.ts';
import { type AwsCaller, AwsError, awsCall, ECR_API } from './aws-call.ts';
import { type CredentialsBook, signingPart } from './credentials-book.ts';

/** Says how an image's pull gets into its registry; undefined when the registry is open to all. */
export type Registries = (payload: PayloadTask, container: PayloadContainer) => RegistryAccess | undefined;

/** A token is not used in its last half hour. (AGT-10) */
const TOKEN_RESERVE_MS = 1_800_000;
const TOKENS_MAX_COUNT = 1_000;

interface HeldToken {
  readonly credentials: RegistryCredentials;
  readonly expiresAtMs: number;
}

/** Asks ECR for tokens, signed by the execution role or by the agent itself, and keeps them. (AGT-10) */
export function registries(caller: AwsCaller, own: SigningCredentials, book: CredentialsBook): Registries {
  const held = new Map<string, HeldToken>();
  const tokenFor = async (
    payload: PayloadTask,
    { registryId, endpointOverride, useExecutionRole }: EcrAuthData,
  ): Promise<RegistryCredentials> => {
    const signer = useExecutionRole ? executionRole(payload, book) : own;
    const key = `${endpointOverride} ${registryId} ${signer.accessKeyId}`;
    const known = held.get(key);
    if (known !== undefined && known.expiresAtMs - caller.clock.now() > TOKEN_RESERVE_MS)
      return known.credentials;
    const output = await awsCall(caller, {
      api: ECR_API,
      endpointUrl: endpointOverride.includes('://') ? endpointOverride : `https://${endpointOverride}`,
      operation: 'GetAuthorizationToken',
      credentials: signer,
      input: { registryIds: [registryId] },
    });
    const token = tokenOf(output);
    if (held.size >= TOKENS_MAX_COUNT) held.clear();
    held.set(key, token);
    return token.credentials;
  };
  return (payload, { registryAuthentication: authentication }) => {
    if (authentication === undefined) return undefined;
    const { ecrAuthData } = authentication;
    // Tasks with one execution role have credentials of their own, and the same rights.
    const who = ecrAuthData.useExecutionRole ? payload.executionRoleCredentials?.roleArn : 'the agent';
    return {
      owner: `${ecrAuthData.registryId} ${who}`,
      credentials: () => tokenFor(payload, ecrAuthData),
    };
  };
}

type EcrAuthData = RegistryAuthentication['ecrAuthData'];

function executionRole(payload: PayloadTask, book: CredentialsBook): SigningCredentials {
  const credentials = book.get(payload.executionRoleCredentials?.credentialsId ?? '');
  if (credentials === undefined) throw new Error('the credentials of the execution role are not known');
  return signingPart(credentials);
}

function tokenOf(output: Readonly<Record<string, unknown>>): HeldToken {
  const list = output['authorizationData'];
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  const token = isRecord(first) ? first['authorizationToken'] : undefined;
  if (!isRecord(first) || typeof token !== 'string')
    throw new AwsError('ServerException', 'no token in the answer', 200);
  const [username = '', ...rest] = Buffer.from(token, 'base64').toString('utf8').split(':');
  const expiresAt = Number(first['expiresAt'] ?? 0) * 1000;
  return { credentials: { username, password: rest.join(':') }, expiresAtMs: expiresAt };
}

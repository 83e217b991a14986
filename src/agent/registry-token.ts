import type { AsmAuthData, EcrAuthData, PayloadContainer, PayloadTask } from '../domain/task-payload.ts';
import { isRecord } from '../link/envelope.ts';
import type { RegistryAccess, RegistryCredentials } from '../runtime/driver.ts';
import { type AwsCaller, AwsError, awsCall, ECR_API } from './aws-call.ts';
import type { CredentialsBook } from './credentials-book.ts';
import type { OwnKey } from './own-key.ts';
import { secretErrors } from './secret-errors.ts';
import { executionRole, type SecretReader } from './secret-reader.ts';

/** Says how an image's pull gets into its registry; undefined when the registry is open to all. */
export type Registries = (payload: PayloadTask, container: PayloadContainer) => RegistryAccess | undefined;

/** A token is not used in its last half hour. (AGT-10) */
const TOKEN_RESERVE_MS = 1_800_000;
const TOKENS_MAX_COUNT = 1_000;

interface HeldToken {
  readonly credentials: RegistryCredentials;
  readonly expiresAtMs: number;
}

/** What getting into registries needs. */
export interface RegistryDeps {
  readonly caller: AwsCaller;
  /** The agent's own. */
  readonly own: OwnKey;
  readonly book: CredentialsBook;
  readonly secrets: SecretReader;
}

/**
 * Asks ECR for tokens, signed by the execution role or by the agent itself, and keeps them; reads the passwords of other
 * registries from their secrets each time. (AGT-10, LIF-15)
 */
export function registries({ caller, own, book, secrets }: RegistryDeps): Registries {
  const held = new Map<string, HeldToken>();
  const endpointOf = ({ endpointOverride }: EcrAuthData): string =>
    endpointOverride.includes('://') ? endpointOverride : `https://${endpointOverride}`;
  const signerOf = (payload: PayloadTask, { useExecutionRole }: EcrAuthData): OwnKey =>
    useExecutionRole ? executionRole(payload, book) : own;
  const keyOf = ({ endpointOverride, registryId }: EcrAuthData, { accessKeyId }: OwnKey): string =>
    `${endpointOverride} ${registryId} ${accessKeyId}`;
  const tokenFor = async (payload: PayloadTask, data: EcrAuthData): Promise<RegistryCredentials> => {
    const signer = signerOf(payload, data);
    const endpointUrl = endpointOf(data);
    const known = held.get(keyOf(data, signer));
    // By the time of those who made it: a host's clock that is behind would keep it beyond its end. (HARD-50)
    if (known !== undefined && known.expiresAtMs - caller.times.nowAt(endpointUrl) > TOKEN_RESERVE_MS)
      return known.credentials;
    const output = await awsCall(caller, {
      api: ECR_API,
      endpointUrl,
      operation: 'GetAuthorizationToken',
      credentials: signer,
      input: { registryIds: [data.registryId] },
    });
    const token = tokenOf(output);
    if (held.size >= TOKENS_MAX_COUNT) held.clear();
    // The call may have brought another key of our own.
    held.set(keyOf(data, signer), token);
    return token.credentials;
  };
  return (payload, { registryAuthentication: authentication }) => {
    if (authentication === undefined) return undefined;
    // Tasks with one execution role have credentials of their own, and the same rights.
    const role = payload.executionRoleCredentials?.roleArn;
    if (authentication.type === 'asm') {
      const secret = secretArn(payload, authentication.asmAuthData);
      return { owner: `${secret} ${role}`, credentials: () => loginFrom(secrets, payload, secret) };
    }
    const { ecrAuthData } = authentication;
    return {
      owner: `${ecrAuthData.registryId} ${ecrAuthData.useExecutionRole ? role : 'the agent'}`,
      credentials: () => tokenFor(payload, ecrAuthData),
      forget: () => held.delete(keyOf(ecrAuthData, signerOf(payload, ecrAuthData))),
    };
  };
}

/** A secret may be given by its name. */
const secretArn = (payload: PayloadTask, { credentialsParameter, region }: AsmAuthData): string =>
  credentialsParameter.startsWith('arn:')
    ? credentialsParameter
    : `arn:aws:secretsmanager:${region}:${payload.taskDefinitionAccountId}:secret:${credentialsParameter}`;

/** The user name and password that a secret holds. (LIF-15) */
async function loginFrom(
  secrets: SecretReader,
  payload: PayloadTask,
  secret: string,
): Promise<RegistryCredentials> {
  const text = (await secrets.read(payload, [secret])).get(secret) ?? '';
  const { username, password } = parsedLogin(text);
  if (typeof username !== 'string' || typeof password !== 'string') throw secretErrors.noCredentials(secret);
  return { username, password };
}

function parsedLogin(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
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

import type { PayloadContainer, PayloadTask } from '../domain/task-payload.ts';

/** The address at which every container finds its metadata and credentials. */
const METADATA_BASE = 'http://169.254.170.2';

/**
 * A container's environment: the definition's, and what ECS adds. The variables of the metadata and the credentials
 * cannot be shadowed; region and endpoint are only added where the definition does not set them. `endpointUrl` is our own
 * extension: where SDKs in the container reach this installation. (AGT-12)
 */
export function taskEnvironment(
  payload: PayloadTask,
  container: PayloadContainer,
  added: {
    readonly token: string;
    readonly region: string;
    readonly endpointUrl?: string | undefined;
    /** Variables of environment files; the definition's stand over them. (TSC-5) */
    readonly fileVariables?: Readonly<Record<string, string>> | undefined;
    /** Values read for the container; they stand over the definition's. (TSC-4) */
    readonly secrets?: Readonly<Record<string, string>> | undefined;
  },
): Readonly<Record<string, string>> {
  const own = { ...added.fileVariables, ...container.environment, ...added.secrets };
  const hasRegion = own['AWS_REGION'] !== undefined || own['AWS_DEFAULT_REGION'] !== undefined;
  const { roleCredentials } = payload;
  return {
    ...(hasRegion ? {} : { AWS_REGION: added.region, AWS_DEFAULT_REGION: added.region }),
    ...(added.endpointUrl === undefined ? {} : { AWS_ENDPOINT_URL: added.endpointUrl }),
    ...own,
    ECS_CONTAINER_METADATA_URI: `${METADATA_BASE}/v3/${added.token}`,
    ECS_CONTAINER_METADATA_URI_V4: `${METADATA_BASE}/v4/${added.token}`,
    ECS_AGENT_URI: `${METADATA_BASE}/api/${added.token}`,
    ...(roleCredentials === undefined
      ? {}
      : { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: `/v2/credentials/${roleCredentials.credentialsId}` }),
  };
}

import { parseArn } from '../domain/arn.ts';
import { dataFiles, type KeyFile, readJson } from './data-dir.ts';
import { clientEnvironment } from './env.ts';
import { callEcs } from './sample/api-client.ts';
import { UsageError } from './usage-error.ts';

/** The options of `gantry instance-env`. */
export interface InstanceEnvOptions {
  readonly dataDir: string;
  readonly endpoint?: string | undefined;
}

/**
 * Prints the environment with which the Amazon ECS agent joins a cluster, as lines of `/etc/ecs/ecs.config`, which
 * `docker run --env-file` reads too. Throws `UsageError` when nothing was ever started, or there is no such cluster. (PRG-14)
 */
export async function printInstanceEnv(cluster: string, options: InstanceEnvOptions): Promise<void> {
  const client = clientEnvironment(options.dataDir);
  const key = readJson<KeyFile>(dataFiles(options.dataDir).hostKey);
  if (key === undefined) throw new UsageError(`No host key in ${options.dataDir} yet. Run: gantry up`);
  const endpoint = endpointOf(options.endpoint ?? client.endpointUrl);
  await requireCluster(client, cluster);
  process.stdout.write(instanceEnv({ cluster, endpoint, region: client.region, key }));
}

/** What an agent is told. */
export interface InstanceEnv {
  readonly cluster: string;
  /** As the host reaches us. */
  readonly endpoint: URL;
  readonly region: string;
  readonly key: KeyFile;
}

/** The lines, comments first. */
export function instanceEnv({ cluster, endpoint, region, key }: InstanceEnv): string {
  const { origin, protocol, hostname } = endpoint;
  const notes = [
    '# For the Amazon ECS agent on a Linux host: /etc/ecs/ecs.config, or docker run --env-file.',
    ...(isLoopbackName(hostname)
      ? ['# This address is reached from this machine alone: name another with --endpoint.']
      : []),
    ...(protocol === 'https:'
      ? ['# Unless its certificate is trusted already: copy tls-cert.pem of the data directory to this file.']
      : []),
  ];
  const variables: Readonly<Record<string, string>> = {
    ECS_CLUSTER: cluster,
    ECS_BACKEND_HOST: origin,
    // Without AWS around it the agent is one outside of AWS: it asks for no instance metadata.
    ECS_EXTERNAL: 'true',
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    // Secrets, parameters and environment files are fetched with the SDK's own endpoints.
    AWS_ENDPOINT_URL: origin,
    ...(protocol === 'https:' ? { SSL_CERT_FILE: '/etc/ecs/gantry.pem' } : {}),
    ECS_AVAILABLE_LOGGING_DRIVERS: '["json-file","awslogs","syslog","journald","fluentd","gelf","none"]',
    ECS_ENABLE_TASK_IAM_ROLE: 'true',
    ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST: 'true',
    ECS_UPDATES_ENABLED: 'false',
    ECS_DATADIR: '/data',
  };
  return [...notes, ...Object.entries(variables).map(([name, value]) => `${name}=${value}`), ''].join('\n');
}

const isLoopbackName = (name: string): boolean => /^(localhost|127\.[\d.]+|\[::1\])$/.test(name);

function endpointOf(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new UsageError(`--endpoint takes an http:// or https:// URL, not "${text}".`);
  return url;
}

/** The agent ends itself when its cluster is not there; a person is told here, before. */
async function requireCluster(
  { endpointUrl, region, key }: ReturnType<typeof clientEnvironment>,
  cluster: string,
): Promise<void> {
  const target = { endpointUrl, region, credentials: key };
  const found = await callEcs(target, 'DescribeClusters', { clusters: [cluster] }).catch((cause: unknown) => {
    throw new UsageError(`Nothing answers at ${endpointUrl}. Run: gantry up`, { cause });
  });
  if (found.clusters?.some(({ status }) => status === 'ACTIVE') === true) return;
  const name = parseArn(cluster)?.resource.replace(/^cluster\//, '') ?? cluster;
  throw new UsageError(`There is no cluster ${name}. Make it: aws ecs create-cluster --cluster-name ${name}`);
}

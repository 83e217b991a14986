import { type Birth, dataFiles, type KeyFile, readJson, runningProcess } from './data-dir.ts';
import { DEFAULT_PORT } from './settings.ts';
import { UsageError } from './usage-error.ts';

/** What a client needs to know, of an installation that has been started at least once. */
export interface ClientEnvironment {
  readonly endpointUrl: string;
  readonly region: string;
  readonly key: KeyFile;
}

/** Reads it from the data directory. Throws `UsageError` when nothing was ever started there. */
export function clientEnvironment(dataDir: string): ClientEnvironment {
  const files = dataFiles(dataDir);
  const birth = readJson<Birth>(files.birth);
  const key = readJson<KeyFile>(files.rootKey);
  if (birth === undefined || key === undefined) {
    throw new UsageError(`Nothing was started in ${dataDir} yet. Run: gantry up`);
  }
  const endpointUrl =
    runningProcess(files.controlPlaneRun)?.endpointUrl ?? `http://127.0.0.1:${DEFAULT_PORT}`;
  return { endpointUrl, region: birth.region, key };
}

/** Prints lines for `eval "$(gantry env)"`. */
export function printEnv(dataDir: string): void {
  const variables = clientVariables(clientEnvironment(dataDir));
  for (const [name, value] of Object.entries(variables)) process.stdout.write(`export ${name}='${value}'\n`);
}

/** The variables that lead the AWS CLI and SDKs to an installation. */
export function clientVariables({
  endpointUrl,
  region,
  key,
}: ClientEnvironment): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_DISABLE_HOST_PREFIX_INJECTION: 'true',
  };
}

import { signRequest } from '../link/sigv4-sign.ts';
import type { ClientEnvironment } from './env.ts';
import { UsageError } from './usage-error.ts';

/** How long a question may take. */
const TIMEOUT_MS = 10_000;

/** Asks one of Gantry's own paths, signed like any call to ECS. Throws `UsageError` with what the control plane says. */
export async function signedGet<Answer>(
  client: ClientEnvironment,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
): Promise<Answer> {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const url = `${client.endpointUrl}${path}?${new URLSearchParams(given)}`;
  const { host: _host, ...headers } = signRequest({
    method: 'GET',
    url,
    credentials: client.key,
    region: client.region,
    service: 'ecs',
    now: Date.now(),
  });
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    (cause: unknown) => {
      throw new UsageError(`Nothing answers at ${client.endpointUrl}. Run: gantry up`, { cause });
    },
  );
  const body = (await response.json()) as Answer & { readonly message?: string };
  if (!response.ok) throw new UsageError(body.message ?? `The control plane answered ${response.status}.`);
  return body;
}

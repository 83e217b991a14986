import type { ClientEnvironment } from './env.ts';
import { signedRequest } from './signed-request.ts';
import { UsageError } from './usage-error.ts';

/** Asks one of Gantry's own paths, signed like any call to ECS. Throws `UsageError` with what the control plane says. */
export async function signedGet<Answer>(
  { endpointUrl, region, key: credentials }: ClientEnvironment,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
): Promise<Answer> {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const response = await signedRequest(
    { endpointUrl, region, credentials },
    { method: 'GET', path: `${path}?${new URLSearchParams(given)}`, service: 'ecs' },
  ).catch((cause: unknown) => {
    throw new UsageError(`Nothing answers at ${endpointUrl}. Run: gantry up`, { cause });
  });
  const body = (await response.json()) as Answer & { readonly message?: string };
  if (!response.ok) throw new UsageError(body.message ?? `The control plane answered ${response.status}.`);
  return body;
}

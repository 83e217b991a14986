import type { Explanation } from '../core/explain/explanation.ts';
import { signRequest } from '../link/sigv4-sign.ts';
import { systemClock } from '../platform/system-clock.ts';
import { clientEnvironment } from './env.ts';
import { UsageError } from './usage-error.ts';
import { whyText } from './why-text.ts';

/** Asks the control plane why a task or service is where it is, and prints the answer. (EXP-5) */
export async function printWhy(
  subject: string,
  options: { readonly dataDir: string; readonly cluster?: string | undefined },
): Promise<void> {
  const { endpointUrl, region, key: credentials } = clientEnvironment(options.dataDir);
  const query = new URLSearchParams({ subject });
  if (options.cluster !== undefined) query.set('cluster', options.cluster);
  const url = `${endpointUrl}/_gantry/why?${query}`;
  const request = { method: 'GET', url, credentials, region, service: 'ecs', now: systemClock.now() };
  const { host: _, ...headers } = signRequest(request);
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  if (response === undefined) throw new UsageError(`Nothing answers at ${endpointUrl}. Run: gantry up`);
  const body = (await response.json()) as Explanation & { readonly message?: string };
  if (!response.ok) throw new UsageError(body.message ?? `The control plane answered ${response.status}.`);
  process.stdout.write(whyText(body));
}

import type { Clock } from '../lib/clock.ts';
import type { EcsApi } from './ecs-api.ts';

/** Where the sessions of a registration connect to. */
export interface Endpoints {
  readonly endpoint: string;
  readonly telemetryEndpoint: string;
}

/** The endpoints of the sessions are asked for again after this long. (AGT-2) */
const ENDPOINTS_MS = 12 * 3_600_000;

/** Asks for the endpoints when they are too old; old ones do while the question is not answered. (AGT-2) */
export function pollEndpoints(
  { clock, api }: { readonly clock: Clock; readonly api: Pick<EcsApi, 'discover'> },
  { cluster, containerInstanceArn }: { readonly cluster: string; readonly containerInstanceArn: string },
): () => Promise<Endpoints> {
  let known: Endpoints | undefined;
  let askedAtMs = 0;
  return async () => {
    const now = clock.now();
    if (known !== undefined && now - askedAtMs < ENDPOINTS_MS) return known;
    try {
      const { endpoint, telemetryEndpoint } = await api.discover(cluster, containerInstanceArn);
      if (endpoint === undefined || telemetryEndpoint === undefined)
        throw new Error('the answer names no endpoints');
      known = { endpoint, telemetryEndpoint };
      askedAtMs = now;
    } catch (error) {
      if (known === undefined) throw error;
    }
    return known;
  };
}

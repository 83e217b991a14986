import { Agent, request } from 'node:http';
import { type SigningCredentials, signRequest } from '../src/link/sigv4-sign.ts';

/** Where requests go, and as whom. */
export interface Target {
  readonly endpointUrl: string;
  readonly region: string;
  readonly credentials: SigningCredentials;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly latenciesMs: readonly number[];
  readonly failedCount: number;
}

/** Calls `operation` of ECS once over `agent` and answers its status and body. */
export function callEcs(
  target: Target,
  call: { readonly operation: string; readonly input: unknown; readonly agent?: Agent },
): Promise<{ readonly status: number; readonly body: string }> {
  const body = JSON.stringify(call.input);
  const headers = signRequest({
    method: 'POST',
    url: `${target.endpointUrl}/`,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AmazonEC2ContainerServiceV20141113.${call.operation}`,
    },
    body,
    credentials: target.credentials,
    region: target.region,
    service: 'ecs',
    now: Date.now(),
  });
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers, ...(call.agent === undefined ? {} : { agent: call.agent }) };
    const sent = request(`${target.endpointUrl}/`, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Keeps `connections` signed calls under way for `durationMs` and measures each. */
export async function load(
  target: Target,
  plan: {
    readonly operation: string;
    readonly input: () => unknown;
    readonly connections: number;
    readonly durationMs: number;
  },
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: plan.connections });
  const latenciesMs: number[] = [];
  let failedCount = 0;
  const begin = performance.now();
  const end = begin + plan.durationMs;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      const sentAt = performance.now();
      const { status } = await callEcs(target, { operation: plan.operation, input: plan.input(), agent });
      latenciesMs.push(performance.now() - sentAt);
      if (status !== 200) failedCount += 1;
    }
  };
  await Promise.all(Array.from({ length: plan.connections }, worker));
  agent.destroy();
  return {
    requestsPerSecond: (latenciesMs.length * 1000) / (performance.now() - begin),
    latenciesMs,
    failedCount,
  };
}

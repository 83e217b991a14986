import { setTimeout as pause } from 'node:timers/promises';
import { type SigningCredentials, signRequest } from '../src/link/sigv4-sign.ts';
import { type RawAnswer, RawConnection } from './connection.ts';

/** Where requests go, and as whom. */
export interface Target {
  readonly endpointUrl: string;
  readonly region: string;
  readonly credentials: SigningCredentials;
}

/** One call of an ECS operation. */
export interface Call {
  readonly operation: string;
  readonly input: unknown;
}

/** How long a call is repeated at most. */
const REPEAT_MAX_MS = 60_000;

/** What a load came to. */
export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly latenciesMs: readonly number[];
  readonly failedCount: number;
  /** How busy this process was; near 100 it would be the client that was measured. */
  readonly clientCpuPercent: number;
}

/** The bytes of a signed request. A signature is good for minutes, so loads sign before they measure. */
export function signedBytes(target: Target, call: Call): Buffer {
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
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(body);
  return Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}content-length: ${length}\r\n\r\n${body}`);
}

const portOf = (target: Target): number => Number(new URL(target.endpointUrl).port);

/** Calls ECS once and answers the output. Rejects when it is not 200. */
export async function callEcs<Output>(target: Target, call: Call): Promise<Output> {
  return repeatCall(target, { call, pauseMs: 0, isDone: () => true });
}

/**
 * Makes the same call again and again, `pauseMs` after each answer, until `isDone` says so of an output, and answers
 * that. One connection and one signature serve all: asking should cost the machine as little as it can.
 */
export async function repeatCall<Output>(
  target: Target,
  plan: { readonly call: Call; readonly pauseMs: number; readonly isDone: (output: Output) => boolean },
): Promise<Output> {
  const { call, pauseMs, isDone } = plan;
  const request = signedBytes(target, call);
  const connection = await RawConnection.open(portOf(target));
  try {
    for (const deadline = performance.now() + REPEAT_MAX_MS; ; ) {
      const { status, body } = await connection.send(request);
      if (status !== 200) throw new Error(`${call.operation}: ${status} ${body}`);
      const output = JSON.parse(body) as Output;
      if (isDone(output)) return output;
      if (performance.now() > deadline) throw new Error(`${call.operation}: waited too long`);
      await pause(pauseMs);
    }
  } finally {
    connection.close();
  }
}

/** How long and how hard to call. */
export interface LoadPlan {
  /** Sent in turn, again and again. */
  readonly calls: readonly Call[];
  readonly connectionCount: number;
  readonly durationMs: number;
  /** Hears of every answer; has to be quick. */
  readonly onAnswer?: ((answer: RawAnswer) => void) | undefined;
}

/** Keeps `connectionCount` signed calls under way for `durationMs` and measures each. */
export async function load(target: Target, plan: LoadPlan): Promise<LoadResult> {
  const requests = plan.calls.map((call) => signedBytes(target, call));
  const connections = await Promise.all(
    Array.from({ length: plan.connectionCount }, () => RawConnection.open(portOf(target))),
  );
  const latenciesMs: number[] = [];
  let failedCount = 0;
  let sentCount = 0;
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  const worker = async (connection: RawConnection): Promise<void> => {
    while (performance.now() < begin + plan.durationMs) {
      const request = requests[sentCount % requests.length] ?? Buffer.alloc(0);
      sentCount += 1;
      const sentAt = performance.now();
      const answer = await connection.send(request);
      latenciesMs.push(performance.now() - sentAt);
      if (answer.status !== 200) failedCount += 1;
      plan.onAnswer?.(answer);
    }
  };
  await Promise.all(connections.map(worker));
  const elapsedMs = performance.now() - begin;
  const cpu = process.cpuUsage(cpuBefore);
  for (const connection of connections) connection.close();
  return {
    requestsPerSecond: (latenciesMs.length * 1000) / elapsedMs,
    latenciesMs,
    failedCount,
    clientCpuPercent: (cpu.user + cpu.system) / 10 / elapsedMs,
  };
}

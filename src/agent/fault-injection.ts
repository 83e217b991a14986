import { faultName, type NetworkFault } from '../domain/network-fault.ts';
import type { Clock } from '../lib/clock.ts';
import { errorText } from '../lib/error-text.ts';
import { isRecord } from '../link/envelope.ts';
import type { RuntimeDriver } from '../runtime/driver.ts';
import { type FaultKind, readFault } from './fault-request.ts';
import type { MetadataAnswer } from './metadata-neighbours.ts';
import { type TaskRecord, taskIdOf } from './task-record.ts';

/** A call of `$ECS_AGENT_URI/fault/v1/<kind>/<action>`. */
export interface FaultCall {
  /** The secret part of the caller's URL. */
  readonly token: string;
  readonly method: string;
  /** After `fault/v1/`, e.g. `network-latency/start`. */
  readonly path: string;
  readonly body: string;
}

type FaultDriver = Pick<RuntimeDriver, 'faults'>;

/** Answers calls of the fault injection endpoints. */
export interface FaultInjection {
  answer(record: TaskRecord | undefined, call: FaultCall): Promise<MetadataAnswer>;
}

/** Each endpoint hears a container once in this time. (FLT-4) */
const INTERVAL_MS = 5_000;
const KINDS: Readonly<Record<string, FaultKind>> = {
  'network-blackhole-port': 'blackhole-port',
  'network-latency': 'latency',
  'network-packet-loss': 'packet-loss',
};
const ACTIONS: ReadonlySet<string> = new Set(['start', 'stop', 'status']);
const TASK_ADDRESS = '169.254.170.2';
const HTTP_PORT = 80;

const refused = (status: number, text: string): MetadataAnswer => ({ status, body: { Error: text } });
const done = (Status: string): MetadataAnswer => ({ status: 200, body: { Status } });

/** Makes the endpoints. One change of a task's network at a time. (FLT-1 to FLT-6) */
export function faultInjection({
  driver,
  clock,
}: {
  readonly driver: FaultDriver;
  readonly clock: Clock;
}): FaultInjection {
  const lastCalls = new Map<string, number>();
  let turn: Promise<unknown> = Promise.resolve();

  const isTooSoon = (key: string): boolean => {
    const now = clock.now();
    for (const [known, at] of lastCalls) if (now - at >= INTERVAL_MS) lastCalls.delete(known);
    if (lastCalls.has(key)) return true;
    lastCalls.set(key, now);
    return false;
  };

  return {
    answer: async (record, { token, method, path, body }) => {
      const [type = '', action = '', ...rest] = path.split('/');
      const kind = KINDS[type];
      if (kind === undefined || !ACTIONS.has(action) || rest.length > 0)
        return { status: 404, body: '404 page not found' };
      if (method !== 'POST') return { status: 405, body: '' };
      if (isTooSoon(`${token} ${path}`)) return refused(429, 'You have reached maximum request limit.');
      const fault = faultOf(kind, action, body);
      if (typeof fault === 'string') return refused(400, fault);
      if (record === undefined) return refused(404, `unable to lookup container: ${token}`);
      const refusal = refusalOf(record);
      if (refusal !== undefined) return refused(400, refusal);
      const work = turn.then(() => performed(driver, record, { action, fault }));
      turn = work.catch(() => {});
      return work.catch((error: unknown) => refused(500, errorText(error)));
    },
  };
}

/** One action on a task's network, and what the endpoint says of it. */
async function performed(
  { faults }: FaultDriver,
  record: TaskRecord,
  { action, fault }: { readonly action: string; readonly fault: NetworkFault },
): Promise<MetadataAnswer> {
  const place = { taskId: taskIdOf(record.payload), networkMode: record.payload.networkMode };
  const name = faultName(fault);
  const running = await faults.running(place);
  const isRunning = running.has(name);
  if (action === 'status') return done(isRunning ? 'running' : 'not-running');
  if (action === 'stop') {
    if (isRunning) await faults.stop(place, name);
    return done('stopped');
  }
  const conflict = fault.kind === 'blackhole-port' ? undefined : conflictOf(running);
  if (conflict !== undefined) return refused(409, conflict);
  if (!isRunning) await faults.start(place, withTaskAddress(fault));
  return done('running');
}

/** One queue holds one of the two faults, and either is refused while one is there. */
function conflictOf(running: ReadonlySet<string>): string | undefined {
  if (running.has('latency')) return 'There is already one network latency fault running';
  return running.has('packet-loss') ? 'There is already one network packet loss fault running' : undefined;
}

function refusalOf({ payload }: TaskRecord): string | undefined {
  if (payload.enableFaultInjection !== true) {
    return `enableFaultInjection is not enabled for task: ${payload.arn}`;
  }
  const { networkMode } = payload;
  return networkMode === 'awsvpc' || networkMode === 'host'
    ? undefined
    : `${networkMode} mode is not supported. Please use either host or awsvpc mode.`;
}

/** A task that cuts itself off from port 80 must still reach these endpoints. (FLT-5) */
function withTaskAddress(fault: NetworkFault): NetworkFault {
  const isOwn = fault.kind !== 'blackhole-port' || (fault.direction === 'egress' && fault.port === HTTP_PORT);
  return isOwn ? { ...fault, exempt: [TASK_ADDRESS, ...fault.exempt] } : fault;
}

/** Only a start, and a port's fault, need to be described. */
function faultOf(kind: FaultKind, action: string, body: string): NetworkFault | string {
  const needsBody = action === 'start' || kind === 'blackhole-port';
  return readFault(kind, needsBody ? parsed(body) : undefined, needsBody);
}

function parsed(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

import { describe, expect, test } from 'vitest';
import type { NetworkFault, TaskFaults } from '../domain/network-fault.ts';
import type { PayloadTask } from '../domain/task-payload.ts';
import { instant, plusMs } from '../lib/clock.ts';
import type { RuntimeDriver } from '../runtime/driver.ts';
import { createSimulatedDriver } from '../runtime/simulated/simulated-driver.ts';
import { VirtualClock } from '../sim/virtual-clock.ts';
import { faultInjection } from './fault-injection.ts';
import { aRecord } from './testing.ts';

const PORT = { Port: 80, Protocol: 'tcp', TrafficType: 'egress' };
const LATENCY = { DelayMilliseconds: 1, JitterMilliseconds: 0, Sources: ['10.0.0.1'] };
const LOSS = { LossPercent: 1, Sources: ['10.0.0.0/8', 'fd00::/8'] };

/** The endpoints for one task; each call comes from another container, so that none is too soon. */
function endpoints(task: Partial<PayloadTask> = {}, given?: RuntimeDriver) {
  const clock = new VirtualClock(instant(0));
  const driver = given ?? createSimulatedDriver({ clock, paceMs: 0 });
  const injection = faultInjection({ driver, clock });
  const base = aRecord([{ name: 'app' }]);
  const record = {
    ...base,
    payload: { ...base.payload, networkMode: 'awsvpc' as const, enableFaultInjection: true, ...task },
  };
  const ids = Array.from({ length: 9 }, (_, index) => `c${index}`);
  const call = (path: string, body: unknown = '', token = ids.pop() ?? '') =>
    injection.answer(record, {
      token,
      method: 'POST',
      path,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { clock, injection, record, call };
}

/** Nothing else waits for this clock: its next step is ours. */
function passTo(clock: VirtualClock, ms: number): void {
  clock.schedule(plusMs(instant(0), ms), () => {});
  clock.step();
}

const ok = (Status: string) => ({ status: 200, body: { Status } });
const refused = (status: number, text: string) => ({ status, body: { Error: text } });

describe('fault injection endpoints', () => {
  test.each([
    ['network-blackhole-port', PORT],
    ['network-latency', LATENCY],
    ['network-packet-loss', LOSS],
  ])('[FLT-1] %s starts, runs and stops', async (type, body) => {
    const { call } = endpoints();
    const rest = type === 'network-blackhole-port' ? body : '';
    expect(await call(`${type}/status`, rest)).toEqual(ok('not-running'));
    expect(await call(`${type}/start`, body)).toEqual(ok('running'));
    expect(await call(`${type}/status`, rest)).toEqual(ok('running'));
    expect(await call(`${type}/stop`, rest)).toEqual(ok('stopped'));
    expect(await call(`${type}/stop`, rest)).toEqual(ok('stopped'));
    expect(await call(`${type}/status`, rest)).toEqual(ok('not-running'));
  });

  test.each<[string, unknown, string]>([
    ['network-blackhole-port/start', '', 'required request body is missing'],
    ['network-blackhole-port/status', { Port: 80 }, 'required parameter Protocol is missing'],
    [
      'network-blackhole-port/start',
      { ...PORT, Protocol: 'icmp' },
      'invalid value icmp for parameter Protocol',
    ],
    ['network-blackhole-port/start', { ...PORT, Port: 65_536 }, 'invalid value 65536 for parameter Port'],
    [
      'network-blackhole-port/start',
      { ...PORT, TrafficType: 'in' },
      'invalid value in for parameter TrafficType',
    ],
    ['network-latency/start', { ...LATENCY, Sources: [] }, 'required parameter Sources is missing'],
    ['network-latency/start', { ...LATENCY, Sources: ['-j'] }, 'invalid value -j for parameter Sources'],
    [
      'network-latency/start',
      { ...LATENCY, Sources: ['10.0.0.0/33'] },
      'invalid value 10.0.0.0/33 for parameter Sources',
    ],
    [
      'network-latency/start',
      { ...LATENCY, SourcesToFilter: ['a'] },
      'invalid value a for parameter SourcesToFilter',
    ],
    ['network-packet-loss/start', { ...LOSS, LossPercent: 0 }, 'invalid value 0 for parameter LossPercent'],
    [
      'network-packet-loss/start',
      { ...LOSS, LossPercent: 101 },
      'invalid value 101 for parameter LossPercent',
    ],
    [
      'network-packet-loss/start',
      { ...LOSS, FlowsPercent: 50 },
      'invalid value 50 for parameter FlowsPercent',
    ],
  ])('[FLT-2] %s with %j', async (path, body, text) => {
    expect(await endpoints().call(path, body)).toEqual(refused(400, text));
  });

  test('[FLT-3] a delay and a loss exclude each other, and each itself', async () => {
    const { call } = endpoints();
    await call('network-latency/start', LATENCY);
    const running = refused(409, 'There is already one network latency fault running');
    expect(await call('network-latency/start', LATENCY)).toEqual(running);
    expect(await call('network-packet-loss/start', LOSS)).toEqual(running);
    expect(await call('network-blackhole-port/start', PORT)).toEqual(ok('running'));
  });

  test('[FLT-4] an endpoint hears a container once in five seconds', async () => {
    const { call, clock } = endpoints();
    const path = 'network-latency/status';
    expect((await call(path, '', 'one')).status).toBe(200);
    expect((await call(path, '', 'two')).status).toBe(200);
    expect((await call('network-packet-loss/status', '', 'one')).status).toBe(200);
    passTo(clock, 4_999);
    expect((await call(path, '', 'one')).status).toBe(429);
    passTo(clock, 5_000);
    expect((await call(path, '', 'one')).status).toBe(200);
  });

  test.each([
    ['network-blackhole-port', PORT, true],
    ['network-blackhole-port', { ...PORT, Port: 81 }, false],
    ['network-blackhole-port', { ...PORT, TrafficType: 'ingress' }, false],
    ['network-latency', LATENCY, true],
    ['network-packet-loss', LOSS, true],
  ])('[FLT-5] %s with %j leaves 169.254.170.2 in reach', async (type, body, isExempt) => {
    const asked: NetworkFault[] = [];
    const faults: Partial<TaskFaults> = {
      running: async () => new Set(),
      start: async (_task, fault) => void asked.push(fault),
    };
    const { call } = endpoints({}, { faults } as Partial<RuntimeDriver> as RuntimeDriver);
    expect(await call(`${type}/start`, body)).toEqual(ok('running'));
    expect(asked.map(({ exempt }) => exempt.includes('169.254.170.2'))).toEqual([isExempt]);
  });

  test.each<[Partial<PayloadTask>, string]>([
    [
      { enableFaultInjection: false },
      'enableFaultInjection is not enabled for task: arn:aws:ecs:us-east-1:1:task/lab/t',
    ],
    [{ networkMode: 'bridge' }, 'bridge mode is not supported. Please use either host or awsvpc mode.'],
  ])('[FLT-6] a task with %j is refused', async (task, text) => {
    expect(await endpoints(task).call('network-latency/status')).toEqual(refused(400, text));
  });

  test('[FLT-6] an unknown container, an unknown endpoint and another method', async () => {
    const { injection, call } = endpoints();
    const asked = { token: 'x', method: 'POST', path: 'network-latency/status', body: '' };
    expect(await injection.answer(undefined, asked)).toEqual(refused(404, 'unable to lookup container: x'));
    expect((await call('network-latency/look')).status).toBe(404);
    expect((await call('disk/start')).status).toBe(404);
    expect((await injection.answer(undefined, { ...asked, method: 'GET' })).status).toBe(405);
  });
});

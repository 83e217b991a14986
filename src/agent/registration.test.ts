import { describe, expect, test } from 'vitest';
import { type Clock, instant } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { seededRng } from '../lib/rng.ts';
import type { RegisterRequest, RegisterResponse } from '../link/ecs-calls.ts';
import { randomIds } from '../platform/random-ids.ts';
import type { RuntimeInfo } from '../runtime/driver.ts';
import { AwsError } from './aws-call.ts';
import { type HostOffer, hostAttributes, totalResources } from './capabilities.ts';
import type { EcsApi } from './ecs-api.ts';
import { RegistrationRefused, register } from './registration.ts';

const ARN = 'arn:aws:ecs:us-east-1:1:container-instance/lab/i1';
const OFFER: HostOffer = { servesPool: false, isExternal: false };
const INFO: RuntimeInfo = {
  name: 'docker',
  version: '1',
  cpuUnits: 4096,
  memoryMib: 8000,
  architecture: 'x86_64',
  hasTaskNetworking: true,
  logDrivers: [],
  securityModules: [],
  lacks: [],
  hasNetworkFaults: false,
  gpuIds: [],
  volumeDrivers: [],
};

/** Waits take no time. */
const clock: Clock = {
  now: () => instant(0),
  schedule: (_at, callback) => {
    queueMicrotask(callback);
    return () => {};
  },
};

/** Registers with a control plane that gives these answers, one after the other. */
async function registered(answers: readonly (Error | RegisterResponse)[]) {
  const left = [...answers];
  const asked: RegisterRequest[] = [];
  const api = {
    register: async (request: RegisterRequest) => {
      asked.push(request);
      const answer = left.shift();
      if (answer instanceof Error || answer === undefined) throw answer ?? new Error('asked too often');
      return answer;
    },
  } as Partial<EcsApi> as EcsApi;
  const deps = { api, clock, ids: randomIds, log: silentLog, rng: seededRng('r') };
  const registration = {
    cluster: 'lab',
    containerInstanceArn: ARN,
    totalResources: totalResources(INFO, OFFER),
    attributes: hostAttributes(INFO, OFFER),
  };
  const outcome = await register(deps, registration, new AbortController().signal).catch(
    (error: unknown) => error,
  );
  return { outcome, asked };
}

describe('register', () => {
  test('[AGT-1] tries until the control plane answers, with the ARN of its last run and one token', async () => {
    const { outcome, asked } = await registered([
      new Error('ECONNREFUSED'),
      new AwsError('ServerException', 'busy', 500),
      {},
      { containerInstance: { containerInstanceArn: ARN } },
    ]);
    expect(outcome).toMatchObject({ containerInstanceArn: ARN });
    expect(asked).toHaveLength(4);
    expect(new Set(asked.map(({ clientToken }) => clientToken)).size).toBe(1);
    expect(asked.map(({ containerInstanceArn }) => containerInstanceArn)).toEqual([ARN, ARN, ARN, ARN]);
  });

  test.each(['InvalidParameterException', 'ClientException'])('[AGT-1] %s ends it', async (code) => {
    const { outcome, asked } = await registered([new AwsError(code, 'no', 400)]);
    expect(outcome).toBeInstanceOf(RegistrationRefused);
    expect(asked).toHaveLength(1);
  });
});

describe('what a host offers', () => {
  test('[AGT-1] its cores and memory, its own ports kept back, and what the operator says instead', () => {
    const offered = (offer: Partial<HostOffer>) =>
      totalResources(INFO, { ...OFFER, ...offer }).map(
        ({ integerValue, stringSetValue }) => integerValue ?? stringSetValue,
      );
    expect(offered({})).toEqual([4096, 8000, ['22', '2375', '2376', '51678', '51679'], []]);
    const said = { cpuUnits: 512, memoryMib: 700, reservedMemoryMib: 100, reservedTcpPorts: [80] };
    expect(offered(said)).toEqual([512, 600, ['80'], []]);
  });

  test.each([
    { efs: undefined, names: [] },
    { efs: 'directory', names: ['ecs.capability.efs', 'ecs.capability.efsAuth'] },
    {
      efs: 'nfs',
      names: ['ecs.capability.efs', 'ecs.capability.efsAuth', 'gantry.lacks.efs-transit-encryption'],
    },
  ] as const)('[VOL-7] EFS by $efs: $names', ({ efs, names }) => {
    const attributes = hostAttributes(INFO, { ...OFFER, efs }).map(({ name }) => name);
    expect(attributes.filter((name) => name?.includes('efs'))).toEqual(names);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContainerSpec } from '../driver.ts';
import { containerConfig } from './container-config.ts';
import { containerState, type InspectedContainer } from './container-state.ts';
import { olderVersion } from './engine-client.ts';
import { parseImageReference } from './image-reference.ts';
import { ipv4Range, isOverlapping, networkCidr } from './ipv4.ts';
import { hostInterfaceName, ownerTag } from './labels.ts';
import { pauseProgram } from './pause-program.ts';
import type { Sandbox } from './sandbox.ts';
import { packTar } from './tar.ts';
import { defaultUlimits, ulimitRefusal } from './ulimits.ts';

const SPEC: ContainerSpec = {
  ...{ taskId: 't', containerName: 'web', engineName: 'ecs-a-1-web-0', image: 'nginx', labels: { a: '1' } },
  ...{
    environment: { NAME: 'own' },
    cpuUnits: 0,
    memoryMib: 64,
    portMappings: [{ containerPort: 80, hostPort: 0, protocol: 'tcp' }],
  },
};
const sandbox = (given: Partial<Sandbox>): Sandbox => ({
  taskId: 't',
  networkMode: 'bridge',
  engineNetworkMode: 'net',
  ...given,
});
const DEFAULTS = { owner: 'me', ulimits: [{ Name: 'nofile', Soft: 10, Hard: 10 }] };

describe('names and numbers', () => {
  test.each([
    ['nginx', 'nginx', 'latest', 'docker.io'],
    ['nginx:1.27', 'nginx', '1.27', 'docker.io'],
    ['127.0.0.1:7070/shop/web', '127.0.0.1:7070/shop/web', 'latest', '127.0.0.1:7070'],
    ['localhost/web:a', 'localhost/web', 'a', 'localhost'],
    ['public.ecr.aws/a/b:c@sha256:00', 'public.ecr.aws/a/b', 'sha256:00', 'public.ecr.aws'],
    ['org/web@sha256:00', 'org/web', 'sha256:00', 'docker.io'],
  ])('[RUN-20] %s is asked for as the engine understands it', (image, repository, version, registry) => {
    expect(parseImageReference(image)).toEqual({ repository, version, registry });
  });

  test('[RUN-3] the older of both API versions is spoken', () => {
    expect(olderVersion('1.41', '1.51')).toBe('1.41');
    expect(olderVersion('1.100', '1.51')).toBe('1.51');
  });

  test('[RUN-63] ranges overlap exactly when they share an address', () => {
    const cidr = fc.tuple(fc.nat(2 ** 32 - 1), fc.integer({ min: 0, max: 32 })).map(([value, bits]) => {
      const octets = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256);
      return `${octets.join('.')}/${bits}`;
    });
    fc.assert(
      fc.property(cidr, cidr, (left, right) => {
        const [first, second] = [ipv4Range(left), ipv4Range(right)];
        if (first === undefined || second === undefined) throw new Error('no range');
        const wider = Math.min(Number(left.split('/')[1]), Number(right.split('/')[1]));
        const isSame =
          networkCidr(`${left.split('/')[0]}/${wider}`) === networkCidr(`${right.split('/')[0]}/${wider}`);
        expect(isOverlapping(first, second)).toBe(isSame);
      }),
    );
    expect(ipv4Range('10.0.0.256/8')).toBeUndefined();
    expect(ipv4Range('10.0.0.1')).toBeUndefined();
    expect(networkCidr('172.31.17.9/20')).toBe('172.31.16.0/20');
  });

  test('[RUN-60] interface names fit the kernel’s 15 characters', () => {
    expect(`gn-${ownerTag('x')}`).toHaveLength(11);
    expect(hostInterfaceName('0123456789abcdef')).toHaveLength(14);
  });
});

describe('the pause image', () => {
  test('[RUN-65] the program is a static executable of its machine', () => {
    for (const [architecture, machine] of [
      ['x86_64', 62],
      ['arm64', 183],
    ] as const) {
      const file = pauseProgram(architecture);
      expect(file.subarray(0, 4).toString('latin1')).toBe('\u007fELF');
      expect(file.readUInt16LE(18)).toBe(machine);
      expect(file.readBigUInt64LE(24)).toBe(0x400000n + 120n);
      expect(file.readBigUInt64LE(96)).toBe(BigInt(file.length));
    }
  });

  test('[RUN-65] archives are whole blocks with a true sum in each header', () => {
    const archive = packTar([
      { path: 'a', content: Buffer.from('hello'), mode: 0o755 },
      { path: 'b', linkTo: 'a' },
    ]);
    expect(archive.length % 512).toBe(0);
    const head = Buffer.from(archive.subarray(0, 512));
    const sum = Number.parseInt(head.toString('latin1', 148, 154), 8);
    head.fill(' ', 148, 156);
    expect(head.reduce((total, byte) => total + byte, 0)).toBe(sum);
    expect(archive.toString('latin1', 512, 517)).toBe('hello');
  });
});

describe('container configuration', () => {
  test('[RUN-30] the spec wins over the fragments where both speak, and the fragments are laid over the rest', () => {
    const config = containerConfig(
      {
        ...SPEC,
        engineConfig: { Env: ['NAME=fragment', 'MORE=1'], Tty: true },
        engineHostConfig: { NetworkMode: 'host', Privileged: true, CpuShares: 7 },
      },
      sandbox({}),
      DEFAULTS,
    );
    expect(config).toMatchObject({
      Env: ['MORE=1', 'NAME=own'],
      Tty: true,
      Labels: { a: '1', 'gantry.owner': 'me' },
    });
    expect(config['HostConfig']).toMatchObject({
      NetworkMode: 'net',
      Privileged: true,
      CpuShares: 7,
      Memory: 64 * 1024 * 1024,
    });
  });

  test('[RUN-31] only a check of the task definition is run', () => {
    expect(containerConfig(SPEC, sandbox({}), DEFAULTS)['Healthcheck']).toEqual({ Test: ['NONE'] });
  });

  test('[RUN-32] ports are published in bridge mode alone', () => {
    expect(containerConfig(SPEC, sandbox({}), DEFAULTS)['HostConfig']).toMatchObject({
      PortBindings: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '' }] },
    });
    const shared = containerConfig(
      SPEC,
      sandbox({ networkMode: 'awsvpc', engineNetworkMode: 'container:p' }),
      DEFAULTS,
    );
    expect(shared['HostConfig']).not.toHaveProperty('PortBindings');
    expect(shared).not.toHaveProperty('ExposedPorts');
  });

  test('[RUN-40] awslogs becomes a file of ours; a log driver with a destination of its own stays', () => {
    const type = (Type: string): unknown => {
      const engineHostConfig = { LogConfig: { Type, Config: {} } };
      return containerConfig({ ...SPEC, engineHostConfig }, sandbox({}), DEFAULTS)['HostConfig'];
    };
    expect(type('awslogs')).toMatchObject({
      LogConfig: { Type: 'json-file', Config: { 'max-size': '64m', 'max-file': '5' } },
    });
    expect(type('fluentd')).toMatchObject({ LogConfig: { Type: 'fluentd' } });
  });

  test('[RUN-52] without a cgroup of the task its limits fall on each container', () => {
    const { HostConfig } = containerConfig(
      { ...SPEC, memoryMib: undefined },
      sandbox({ fallbackCpuUnits: 512, fallbackMemoryMib: 128 }),
      DEFAULTS,
    );
    expect(HostConfig).toMatchObject({ NanoCpus: 500_000_000, Memory: 128 * 1024 * 1024, CpuShares: 2 });
  });

  test('[RUN-34] default limits are clamped to the host’s, and asking for more is refused with both numbers', () => {
    expect(defaultUlimits({ openFiles: 20_000 })).toEqual([{ Name: 'nofile', Soft: 20_000, Hard: 20_000 }]);
    expect(defaultUlimits({ openFiles: undefined })).toEqual([
      { Name: 'nofile', Soft: 65_535, Hard: 65_535 },
    ]);
    const asking = (Hard: number) => ({ Ulimits: [{ Name: 'nofile', Soft: Hard, Hard }] });
    expect(ulimitRefusal(asking(20_000), { openFiles: 20_000 })).toBeUndefined();
    expect(ulimitRefusal(asking(20_001), { openFiles: 20_000 })).toContain('20001');
  });
});

describe('containerState', () => {
  const inspected = (state: Partial<InspectedContainer['State']>): InspectedContainer => ({
    ...{ Id: 'r', Name: '/n', Created: '2026-01-15T12:00:00Z', Image: 'sha256:1' },
    State: {
      ...{ Status: 'running', Running: true, OOMKilled: false, Pid: 1, ExitCode: 0, Error: '' },
      ...{ StartedAt: '2026-01-15T12:00:01Z', FinishedAt: '0001-01-01T00:00:00Z' },
      ...state,
    },
    ...{ Config: { Image: 'i' }, HostConfig: { NetworkMode: 'n' }, NetworkSettings: {} },
  });
  const log = (count: number) =>
    Array.from({ length: count }, (_, at) => ({
      End: '2026-01-15T12:00:02.5Z',
      ExitCode: 1,
      Output: `${at}${'x'.repeat(2_000)}`,
    }));

  test('[LIF-5] the last five results of a health check are kept, each cut to 1,024 characters', () => {
    const { health, healthChecks = [] } = containerState(
      inspected({ Health: { Status: 'unhealthy', Log: log(7) } }),
    );
    expect(health).toBe('unhealthy');
    expect(healthChecks.map(({ output }) => [output[0], output.length])).toEqual(
      ['2', '3', '4', '5', '6'].map((first) => [first, 1024]),
    );
    expect(healthChecks[0]).toMatchObject({ endedAtMs: Date.parse('2026-01-15T12:00:02.5Z'), exitCode: 1 });
  });

  test('[LIF-5] after the end there is no health, but what the checks said', () => {
    const state = containerState(
      inspected({ Status: 'exited', Running: false, Health: { Status: 'unhealthy', Log: log(1) } }),
    );
    expect([state.health, state.healthChecks?.length]).toEqual([undefined, 1]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContainerDefinition, RegisterTaskDefinitionRequest } from '../../shapes/generated/ecs.ts';
import { prepareTaskDefinition } from './prepare.ts';

type Request = Partial<RegisterTaskDefinitionRequest>;

const aRequest = (
  container: Partial<ContainerDefinition>,
  request: Request = {},
): RegisterTaskDefinitionRequest => ({
  family: 'web',
  containerDefinitions: [
    { name: 'app', image: 'x', memory: 128, ...container },
    { name: 'db', image: 'x', memory: 128 },
  ],
  ...request,
});

const refusalOf = (container: Partial<ContainerDefinition>, request?: Request): string | undefined => {
  const prepared = prepareTaskDefinition(aRequest(container, request), '123456789012');
  return prepared.kind === 'refused' ? prepared.message : undefined;
};

const attributesOf = (container: Partial<ContainerDefinition>, request?: Request): readonly string[] => {
  const prepared = prepareTaskDefinition(aRequest(container, request), '123456789012');
  if (prepared.kind === 'refused') throw new Error(prepared.message);
  return (prepared.document.requiresAttributes ?? []).map(({ name = '' }) => name);
};

const invalid = (member: string): string => `Invalid '${member}' setting for container 'app'.`;
const FARGATE: Request = {
  requiresCompatibilities: ['FARGATE'],
  networkMode: 'awsvpc',
  cpu: '256',
  memory: '512',
};

describe('what the kernel is asked for', () => {
  test('[TDF-50] a soft limit is at most the hard one, and -1 is no limit', () => {
    const anyLimit = fc.integer({ min: -1, max: 5 });
    fc.assert(
      fc.property(anyLimit, anyLimit, (softLimit, hardLimit) => {
        const rank = (limit: number): number => (limit === -1 ? Number.POSITIVE_INFINITY : limit);
        expect(refusalOf({ ulimits: [{ name: 'nofile', softLimit, hardLimit }] })).toBe(
          rank(softLimit) > rank(hardLimit) ? 'Soft limit exceeds hard limit for ulimit nofile' : undefined,
        );
      }),
      { numRuns: 60 },
    );
  });

  test.each<[string, Partial<ContainerDefinition>, string | undefined]>([
    ['an unknown limit', { ulimits: [{ name: 'files' as 'nofile', softLimit: 1, hardLimit: 1 }] }, 'ulimits'],
    [
      'a limit twice',
      {
        ulimits: [
          { name: 'core', softLimit: 1, hardLimit: 1 },
          { name: 'core', softLimit: 2, hardLimit: 2 },
        ],
      },
      'ulimits',
    ],
    ['an unknown capability', { linuxParameters: { capabilities: { drop: ['NET'] } } }, 'capabilities'],
    ['every capability', { linuxParameters: { capabilities: { drop: ['ALL'], add: ['CHOWN'] } } }, undefined],
    ['a device without a path', { linuxParameters: { devices: [{ hostPath: '' }] } }, 'devices'],
    [
      'a device with permissions',
      { linuxParameters: { devices: [{ hostPath: '/dev/null', permissions: ['read', 'mknod'] }] } },
      undefined,
    ],
    ['a tmpfs of nothing', { linuxParameters: { tmpfs: [{ containerPath: '/a', size: 0 }] } }, 'tmpfs'],
    [
      'a tmpfs at a relative path',
      { linuxParameters: { tmpfs: [{ containerPath: 'a', size: 1 }] } },
      'tmpfs',
    ],
    [
      'a tmpfs with an unknown option',
      { linuxParameters: { tmpfs: [{ containerPath: '/a', size: 1, mountOptions: ['big'] }] } },
      'tmpfs',
    ],
    [
      'a tmpfs with options',
      {
        linuxParameters: { tmpfs: [{ containerPath: '/a', size: 1, mountOptions: ['noexec', 'mode=700'] }] },
      },
      undefined,
    ],
    ['a negative swap', { linuxParameters: { maxSwap: -1 } }, 'maxSwap'],
    ['swappiness 101', { linuxParameters: { maxSwap: 1, swappiness: 101 } }, 'swappiness'],
    ['swappiness 100', { linuxParameters: { maxSwap: 1, swappiness: 100 } }, undefined],
    [
      'a parameter of the host',
      { systemControls: [{ namespace: 'vm.swappiness', value: '1' }] },
      'systemControls',
    ],
    [
      'a parameter without a value',
      { systemControls: [{ namespace: 'net.core.somaxconn' }] },
      'systemControls',
    ],
    [
      'a parameter of the network',
      { systemControls: [{ namespace: 'net.core.somaxconn', value: '9' }] },
      undefined,
    ],
    ['a parameter of IPC', { systemControls: [{ namespace: 'fs.mqueue.msg_max', value: '9' }] }, undefined],
    ['a range out of order', { portMappings: [{ containerPortRange: '90-80' }] }, 'containerPortRange'],
    [
      'a port in two ranges',
      { portMappings: [{ containerPortRange: '80-90' }, { containerPortRange: '90-91' }] },
      'containerPortRange',
    ],
    [
      'a port in ranges of two protocols',
      { portMappings: [{ containerPortRange: '80-90' }, { containerPortRange: '90-91', protocol: 'udp' }] },
      undefined,
    ],
    ['no GPU', { resourceRequirements: [{ type: 'GPU', value: '0' }] }, 'resourceRequirements'],
    ['a part of a GPU', { resourceRequirements: [{ type: 'GPU', value: '1.5' }] }, 'resourceRequirements'],
    [
      'GPUs twice',
      {
        resourceRequirements: [
          { type: 'GPU', value: '1' },
          { type: 'GPU', value: '1' },
        ],
      },
      'resourceRequirements',
    ],
    ['two GPUs', { resourceRequirements: [{ type: 'GPU', value: '2' }] }, undefined],
    ['a host without an address', { extraHosts: [{ hostname: 'a', ipAddress: '' }] }, 'extraHosts'],
    ['a bad alias', { links: ['db:a.b'] }, 'links'],
  ])('[TDF-50] [TDF-51] [TDF-52] [TDF-54] [TDF-55] %s', (_name, container, member) => {
    expect(refusalOf(container)).toBe(member && invalid(member));
  });

  test.each<[Partial<ContainerDefinition>, Request, string]>([
    [
      { systemControls: [{ namespace: 'net.core.somaxconn', value: '9' }] },
      { networkMode: 'host' },
      'System control net.core.somaxconn is not supported when networkMode=host.',
    ],
    [
      { systemControls: [{ namespace: 'kernel.msgmax', value: '9' }] },
      { ipcMode: 'host' },
      'System control kernel.msgmax is not supported when ipcMode=host.',
    ],
    [
      { portMappings: [{ containerPortRange: '80-90' }] },
      { networkMode: 'host' },
      "Invalid 'containerPortRange' setting for container 'app'.",
    ],
    [
      { resourceRequirements: [{ type: 'GPU', value: 'ALL' }] },
      {},
      'containerDefinitions[0].resourceRequirements is not supported yet.',
    ],
    [
      { resourceRequirements: [{ type: 'InferenceAccelerator', value: 'a' }] },
      {},
      'containerDefinitions[0].resourceRequirements is not supported yet.',
    ],
    [{}, { pidMode: 'none' as 'host' }, "Invalid 'pidMode' setting for task."],
    [{}, { ipcMode: 'some' as 'host' }, "Invalid 'ipcMode' setting for task."],
    [{ links: ['db'] }, { networkMode: 'host' }, 'Links are not supported when networkMode=host.'],
    [{ links: ['x:y'] }, {}, "Invalid 'links' setting. Unknown container: 'x'."],
    [{ links: ['app'] }, {}, 'There is a cycle in the container dependencies.'],
    [
      { linuxParameters: { swappiness: 5 } },
      FARGATE,
      'Fargate compatible task definitions do not support swappiness',
    ],
    [
      { dnsSearchDomains: ['a'] },
      FARGATE,
      'Fargate compatible task definitions do not support dnsSearchDomains',
    ],
  ])('[TDF-14] [TDF-22] [TDF-52] [TDF-53] [TDF-54] [TDF-55] %j with %j', (container, request, text) => {
    expect(refusalOf(container, request)).toBe(text);
  });

  test.each<[Partial<ContainerDefinition>, Request, readonly string[]]>([
    [{ privileged: false }, {}, []],
    [{ privileged: true }, {}, ['com.amazonaws.ecs.capability.privileged-container']],
    [
      { linuxParameters: { initProcessEnabled: true } },
      {},
      ['com.amazonaws.ecs.capability.docker-remote-api.1.25'],
    ],
    [{ dockerSecurityOptions: ['no-new-privileges'] }, {}, []],
    [{ dockerSecurityOptions: ['apparmor:strict'] }, {}, ['com.amazonaws.ecs.capability.apparmor']],
    [{ dockerSecurityOptions: ['label:type:x'] }, {}, ['com.amazonaws.ecs.capability.selinux']],
    [
      { portMappings: [{ containerPortRange: '80-90' }] },
      {},
      ['ecs.capability.network.container-port-range'],
    ],
    [{}, { enableFaultInjection: true }, ['ecs.capability.fault-injection']],
    [{}, { pidMode: 'task' }, ['ecs.capability.pid-ipc-namespace-sharing']],
    [{}, { ipcMode: 'none' }, ['ecs.capability.pid-ipc-namespace-sharing']],
  ])('[TDF-24] %j with %j requires %j', (container, request, names) => {
    expect(attributesOf(container, request)).toEqual(names);
  });
});

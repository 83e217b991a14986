import { describe, expect, test } from 'vitest';
import type { RegisterTaskDefinitionRequest, Volume } from '../../shapes/generated/ecs.ts';
import { brokenEphemeralStorage } from './ephemeral-storage.ts';
import { prepareTaskDefinition } from './prepare.ts';

const prepare = (volumes: readonly Volume[], request: Partial<RegisterTaskDefinitionRequest> = {}) =>
  prepareTaskDefinition(
    {
      family: 'web',
      containerDefinitions: [{ name: 'app', image: 'x', memory: 128 }],
      volumes: [...volumes],
      ...request,
    },
    '123456789012',
  );
const EFS: Volume = { name: 'v', efsVolumeConfiguration: { fileSystemId: 'fs-1' } };
const mounted = (containerPath: string): Partial<RegisterTaskDefinitionRequest> => ({
  containerDefinitions: [
    { name: 'app', image: 'x', memory: 128, mountPoints: [{ sourceVolume: 'v', containerPath }] },
  ],
});

describe('volumes of a definition', () => {
  test.each<[string, readonly Volume[], string]>([
    ['a bad name', [{ name: 'a b' }], 'Volume name contains invalid characters.'],
    ['a name twice', [{ name: 'a' }, { name: 'a' }], 'Volume names must be unique within a Task Definition.'],
    [
      'two kinds at once',
      [{ ...EFS, host: { sourcePath: '/a' } }],
      "Volume 'v' can have one configuration only.",
    ],
    [
      'FSx',
      [
        {
          name: 'v',
          fsxWindowsFileServerVolumeConfiguration: { fileSystemId: 'fs-1', rootDirectory: '/' } as never,
        },
      ],
      'volumes[0].fsxWindowsFileServerVolumeConfiguration is not supported yet.',
    ],
    [
      'a volume of the launch',
      [{ name: 'a' }, { name: 'v', configuredAtLaunch: true }],
      'volumes[1].configuredAtLaunch is not supported yet.',
    ],
    [
      'the role of EFS',
      [
        {
          name: 'v',
          efsVolumeConfiguration: {
            fileSystemId: 'fs-1',
            transitEncryption: 'ENABLED',
            authorizationConfig: { iam: 'ENABLED' },
          },
        },
      ],
      'volumes[0].efsVolumeConfiguration.authorizationConfig.iam is not supported yet.',
    ],
  ])('[TDF-15] [TDF-30] refuses %s', (_name, volumes, message) => {
    expect(prepare(volumes)).toEqual({ kind: 'refused', message });
  });

  test.each([
    ['/data', 'accepted'],
    ['data', 'refused'],
    ['/a:ro', 'refused'],
    ['', 'refused'],
  ])('[TDF-15] mounts at %j are %s', (path, kind) => {
    expect(prepare([{ name: 'v' }], mounted(path)).kind).toBe(kind);
  });

  test('[TDF-23] [TDF-24] each kind requires of its host what it needs', () => {
    expect(prepare([EFS])).toMatchObject({
      document: {
        compatibilities: ['EC2'],
        requiresAttributes: [
          { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.25' },
          { name: 'ecs.capability.efs' },
        ],
      },
    });
    const plugin: Volume = { name: 'v', dockerVolumeConfiguration: { scope: 'shared', driver: 'rex' } };
    expect(prepare([plugin, { name: 'w' }])).toMatchObject({
      document: { requiresAttributes: [{ name: 'ecs.capability.docker-plugin.rex' }] },
    });
  });

  test.each([
    [undefined, true, undefined],
    [20, true, 'EphemeralStorage size should be at least 21'],
    [21, true, undefined],
    [200, true, undefined],
    [201, true, 'EphemeralStorage size should be at most 200'],
    [21, false, 'Tasks using the EC2 launch type do not support EphemeralStorage.'],
  ])('[TDF-26] ephemeral storage of %s GiB on FARGATE: %s', (sizeInGiB, isFargate, text) => {
    expect(brokenEphemeralStorage(sizeInGiB === undefined ? undefined : { sizeInGiB }, isFargate)).toBe(text);
  });
});

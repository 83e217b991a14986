import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VolumeState } from '../domain/engine-volume.ts';
import type { PayloadEfsVolume, PayloadVolume } from '../domain/task-payload.ts';
import { instant } from '../lib/clock.ts';
import { createSimulatedDriver } from '../runtime/simulated/simulated-driver.ts';
import { VirtualClock } from '../sim/virtual-clock.ts';
import { efsFolder, efsPath, nfsOptions, readNfsSource } from './efs-folder.ts';
import { taskVolumes, type VolumeDeps } from './task-volumes.ts';
import { aPayloadTask } from './testing.ts';

const OWN = 'ecs-web-3-v-t';
const aDriver = () => createSimulatedDriver({ clock: new VirtualClock(instant(0)), paceMs: 0 });
const docker = (
  given: Partial<NonNullable<PayloadVolume['dockerVolumeConfiguration']>>,
): Partial<PayloadVolume> => ({
  type: 'docker',
  dockerVolumeConfiguration: { scope: 'task', autoprovision: false, driver: 'local', ...given },
});

/** What a task with one volume `v` binds there, and what the engine has afterwards. */
async function prepared(
  volume: Partial<PayloadVolume>,
  given: Partial<VolumeDeps> & { there?: VolumeState } = {},
) {
  const { there, ...deps } = given;
  const driver = aDriver();
  if (there !== undefined) await driver.createVolume(there);
  const payload = aPayloadTask({ volumes: [{ name: 'v', type: 'host', ...volume }] });
  const volumes = taskVolumes({ driver, ...deps });
  const sources = await volumes.prepare(payload);
  expect(await volumes.prepare(payload)).toEqual(sources);
  const source = sources.get('v') ?? '';
  const made = await driver.findVolume(source);
  await volumes.remove(payload);
  return { source, made, isLeft: (await driver.findVolume(source)) !== undefined };
}

describe('taskVolumes', () => {
  test('[VOL-1] a path of the host is bound as it is', async () => {
    expect(await prepared({ host: { sourcePath: '/srv' } })).toMatchObject({
      source: '/srv',
      made: undefined,
    });
  });

  test('[VOL-2] without a path it is a volume of the engine that goes with the task', async () => {
    const { source, made, isLeft } = await prepared({ host: { sourcePath: '' } });
    expect({ source, isLeft }).toEqual({ source: OWN, isLeft: false });
    expect(made).toMatchObject({ driver: 'local', driverOptions: {} });
  });

  test('[VOL-3] a volume of the task has its driver, options and labels, and goes with it', async () => {
    const asked = { driver: 'plug', driverOpts: { a: 'b' }, labels: { c: 'd' } };
    const { source, made, isLeft } = await prepared(docker(asked));
    expect(made).toEqual({ name: OWN, driver: 'plug', driverOptions: { a: 'b' }, labels: { c: 'd' } });
    expect({ source, isLeft }).toEqual({ source: OWN, isLeft: false });
  });

  const there = { name: 'v', driver: 'local', driverOptions: {}, labels: { c: 'd', e: 'f' } };
  test.each([
    ['is made when it may be', { autoprovision: true }, undefined, undefined],
    ['must be there', { autoprovision: false }, undefined, /v is not on this host, and autoprovision is off/],
    ['is taken as it is', { autoprovision: false, labels: { x: 'y' } }, there, undefined],
    ['is taken when it fits', { autoprovision: true, labels: { c: 'd' } }, there, undefined],
    [
      'is refused when it differs',
      { autoprovision: true, labels: { c: 'e' } },
      there,
      /another driver, other options/,
    ],
    ['is refused of another driver', { autoprovision: true, driver: 'plug' }, there, /another driver/],
  ] as const)('[VOL-4] a shared volume %s', async (_name, asked, found, refusal) => {
    const outcome = prepared(
      docker({ scope: 'shared', ...asked }),
      found === undefined ? {} : { there: found },
    );
    if (refusal === undefined) expect(await outcome).toMatchObject({ source: 'v', isLeft: true });
    else await expect(outcome).rejects.toThrow(refusal);
  });

  const efs: Partial<PayloadVolume> = { type: 'efs', efsVolumeConfiguration: { fileSystemId: 'fs-1' } };
  test('[VOL-5] a host without file systems refuses by name', async () => {
    await expect(prepared(efs)).rejects.toThrow('this host has no EFS file systems: v cannot be mounted');
  });

  test('[VOL-6] NFS is mounted by the engine, for the task alone', async () => {
    const { made, isLeft } = await prepared(efs, {
      efs: { kind: 'nfs', address: 'nfs.test', exportPath: '/' },
    });
    expect(made?.driverOptions).toMatchObject({ type: 'nfs', device: ':/fs-1' });
    expect(isLeft).toBe(false);
  });
});

describe('file systems of EFS', () => {
  let root: string;
  beforeAll(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'gantry-efs-')));
    mkdirSync(join(root, 'fs-1/data'), { recursive: true });
    mkdirSync(join(root, 'fs-12'));
    symlinkSync(join(root, 'fs-1'), join(root, 'fsap-1'));
    symlinkSync('../fs-12', join(root, 'fs-1/out'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  test.each<[string, Omit<PayloadEfsVolume, 'fileSystemId'>, string]>([
    ['the root', {}, 'fs-1'],
    ['the root by its name', { rootDirectory: '/' }, 'fs-1'],
    ['a folder', { rootDirectory: '/data/' }, 'fs-1/data'],
    ['an access point, which may be a link', { authorizationConfig: { accessPointId: 'fsap-1' } }, 'fs-1'],
  ])('[VOL-5] %s', async (_name, volume, folder) => {
    expect(await efsFolder(root, { fileSystemId: 'fs-1', ...volume })).toBe(join(root, folder));
  });

  test.each<[string, PayloadEfsVolume, RegExp]>([
    ['upwards', { fileSystemId: 'fs-1', rootDirectory: '/../fs-12' }, /is no file system/],
    ['another id', { fileSystemId: '../fs-1' }, /is no file system/],
    ['a link out', { fileSystemId: 'fs-1', rootDirectory: '/out' }, /leads out of its file system/],
    ['nothing', { fileSystemId: 'fs-9' }, /failed to set up the EFS volume \/fs-9: ENOENT/],
  ])('[VOL-5] refuses %s', async (_name, volume, text) => {
    await expect(efsFolder(root, volume)).rejects.toThrow(text);
  });

  test('[VOL-6] the folder on the server is the export, the id and the root directory', () => {
    const volume = { fileSystemId: 'fs-1', rootDirectory: '/a/b' };
    expect(efsPath(volume)).toBe('/fs-1/a/b');
    expect(nfsOptions({ address: '192.0.2.1', exportPath: '/srv/' }, volume)).toMatchObject({
      o: expect.stringContaining('addr=192.0.2.1,nfsvers=4.1'),
      device: ':/srv/fs-1/a/b',
    });
  });

  test.each([
    ['nfs.test', { kind: 'nfs', address: 'nfs.test', exportPath: '/' }],
    ['nfs.test:/efs', { kind: 'nfs', address: 'nfs.test', exportPath: '/efs' }],
    ['[fd00::1]:/efs', { kind: 'nfs', address: 'fd00::1', exportPath: '/efs' }],
    ['nfs.test:efs', undefined],
    ['nfs.test:/a,sec=none', undefined],
    ['', undefined],
  ])('[VOL-6] the setting %j', (text, source) => {
    expect(readNfsSource(text)).toEqual(source);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ContainerSpec } from '../driver.ts';
import { findGpus, withGpus } from './gpus.ts';

const GPUS = [
  { id: 'GPU-a', device: '/dev/nvidia0' },
  { id: 'GPU-b', device: '/dev/nvidia1' },
];
const SPEC = { environment: { A: '1' }, engineHostConfig: { Devices: ['own'] } } as Partial<ContainerSpec>;
const specOf = (gpuIds?: readonly string[]): ContainerSpec => ({ ...SPEC, gpuIds }) as ContainerSpec;

test('[RUN-37] the GPUs of the host are those that its driver tells of', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-gpus-'));
  const tell = (name: string, text: string): void => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'information'), text);
  };
  tell('0000:01', 'Model: \t X\nGPU UUID: \t GPU-a\nDevice Minor: \t 0\n');
  tell('0000:02', 'Model: \t X\nGPU UUID: \t GPU-b\nDevice Minor: \t 1\n');
  tell('0000:03', 'Model: \t X\n');
  expect((await findGpus(folder)).toSorted((one, two) => (one.id < two.id ? -1 : 1))).toEqual(GPUS);
  rmSync(folder, { recursive: true });
  expect(await findGpus(folder)).toEqual([]);
});

test('[RUN-37] a container gets its own by the runtime of NVIDIA where there is one, else as devices', async () => {
  const byRuntime = await withGpus(specOf(['GPU-b']), { gpus: GPUS, hasRuntime: true });
  expect(byRuntime.environment).toEqual({ A: '1', NVIDIA_VISIBLE_DEVICES: 'GPU-b' });
  expect(byRuntime.engineHostConfig).toEqual({ Devices: ['own'], Runtime: 'nvidia' });
  const byDevice = await withGpus(specOf(['GPU-b']), { gpus: GPUS, hasRuntime: false });
  expect(byDevice.environment).toEqual({ A: '1', NVIDIA_VISIBLE_DEVICES: 'GPU-b' });
  const devices = byDevice.engineHostConfig?.['Devices'] as readonly unknown[];
  expect(devices.slice(0, 2)).toEqual([
    'own',
    { PathOnHost: '/dev/nvidia1', PathInContainer: '/dev/nvidia1', CgroupPermissions: 'rwm' },
  ]);
  expect(JSON.stringify(devices)).not.toContain('/dev/nvidia0');
});

test('[RUN-37] a container without GPUs is left as it is', async () => {
  for (const spec of [specOf(), specOf([])])
    expect(await withGpus(spec, { gpus: GPUS, hasRuntime: true })).toBe(spec);
});

import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { engineFolders } from './engine-daemon.ts';
import { ensureEngine, NoEngineError } from './ensure-engine.ts';

describe('finding a container engine', () => {
  const before = process.env['DOCKER_HOST'];
  beforeEach(() => {
    delete process.env['DOCKER_HOST'];
  });
  afterEach(() => {
    if (before === undefined) delete process.env['DOCKER_HOST'];
    else process.env['DOCKER_HOST'] = before;
  });
  const ensure = () => ensureEngine({ folder: `${tmpdir()}/none`, report: () => {}, mayStart: false });

  test('an engine at a TCP address is refused by name', async () => {
    process.env['DOCKER_HOST'] = 'tcp://10.0.0.1:2375';
    await expect(ensure()).rejects.toThrow(
      /^DOCKER_HOST is tcp:\/\/10\.0\.0\.1:2375: only an engine at a unix socket/,
    );
    await expect(ensure()).rejects.toBeInstanceOf(NoEngineError);
  });

  test('an engine that was named but does not answer is not replaced by another', async () => {
    process.env['DOCKER_HOST'] = 'unix:///nowhere/docker.sock';
    await expect(ensure()).rejects.toThrow('no container engine answers there');
  });

  test('socket paths and interface names stay within the kernel’s limits, whatever the folder', () => {
    const { socketPath, bridge, runFolder } = engineFolders(`/very${'/long'.repeat(50)}/folder`);
    expect(socketPath.length).toBeLessThan(60);
    expect(`${runFolder}/exec/containerd/containerd-debug.sock`.length).toBeLessThan(107);
    expect(bridge.length).toBeLessThanOrEqual(15);
    expect(engineFolders('/a').bridge).not.toBe(engineFolders('/b').bridge);
  });
});

import { access, readdir, readFile } from 'node:fs/promises';
import type { HostGpu } from './docker-options.ts';

/** Where the driver of NVIDIA tells of its devices, a folder for each. */
const NVIDIA_FOLDER = '/proc/driver/nvidia/gpus';
/** Devices that every container with a GPU needs besides. */
const SHARED_DEVICES: readonly string[] = ['/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia-uvm-tools'];

type Fragment = Readonly<Record<string, unknown>>;

/** The GPUs of NVIDIA on this host, by the ids that its tools know. None where there is no driver. (RUN-37) */
export async function findGpus(folder = NVIDIA_FOLDER): Promise<readonly HostGpu[]> {
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(
    names.map((name) => readFile(`${folder}/${name}/information`, 'utf8').catch(() => '')),
  );
  return texts.flatMap((text) => {
    const id = /^GPU UUID:\s*(\S+)/m.exec(text)?.[1];
    const minor = /^Device Minor:\s*(\d+)/m.exec(text)?.[1];
    return id === undefined || minor === undefined ? [] : [{ id, device: `/dev/nvidia${minor}` }];
  });
}

/**
 * What gives a container its GPUs: the engine's runtime `nvidia` where it has one, which reads the variable, else the
 * devices themselves. (RUN-37)
 */
export async function gpuFragment(
  ids: readonly string[],
  host: { readonly gpus: readonly HostGpu[]; readonly hasRuntime: boolean },
): Promise<{ readonly environment: Readonly<Record<string, string>>; readonly hostConfig: Fragment }> {
  const environment = { NVIDIA_VISIBLE_DEVICES: ids.join(',') };
  if (host.hasRuntime) return { environment, hostConfig: { Runtime: 'nvidia' } };
  const own = host.gpus.filter(({ id }) => ids.includes(id)).map(({ device }) => device);
  const shared = await Promise.all(
    SHARED_DEVICES.map((path) =>
      access(path).then(
        () => [path],
        () => [],
      ),
    ),
  );
  const Devices = [...own, ...shared.flat()].map((path) => ({
    PathOnHost: path,
    PathInContainer: path,
    CgroupPermissions: 'rwm',
  }));
  return { environment, hostConfig: { Devices } };
}

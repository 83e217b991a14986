import { access, readdir, readFile } from 'node:fs/promises';
import type { ContainerSpec } from '../driver.ts';
import type { HostGpu } from './docker-options.ts';

/** Where the driver of NVIDIA tells of its devices, a folder for each. */
const NVIDIA_FOLDER = '/proc/driver/nvidia/gpus';
/** Devices that every container with a GPU needs besides. */
const SHARED_DEVICES: readonly string[] = ['/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia-uvm-tools'];

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
 * A container with its GPUs: by the engine's runtime `nvidia` where it has one, which reads the variable, else by the
 * devices themselves. (RUN-37)
 */
export async function withGpus(
  spec: ContainerSpec,
  host: { readonly gpus: readonly HostGpu[]; readonly hasRuntime: boolean },
): Promise<ContainerSpec> {
  const { gpuIds = [], engineHostConfig = {} } = spec;
  if (gpuIds.length === 0) return spec;
  const environment = { ...spec.environment, NVIDIA_VISIBLE_DEVICES: gpuIds.join(',') };
  if (host.hasRuntime)
    return { ...spec, environment, engineHostConfig: { ...engineHostConfig, Runtime: 'nvidia' } };
  const own = host.gpus.filter(({ id }) => gpuIds.includes(id)).map(({ device }) => device);
  const devices = [...own, ...(await presentOf(SHARED_DEVICES))].map((path) => ({
    PathOnHost: path,
    PathInContainer: path,
    CgroupPermissions: 'rwm',
  }));
  const asked: unknown = engineHostConfig['Devices'];
  const Devices = [...(Array.isArray(asked) ? asked : []), ...devices];
  return { ...spec, environment, engineHostConfig: { ...engineHostConfig, Devices } };
}

async function presentOf(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => [path],
        () => [],
      ),
    ),
  );
  return found.flat();
}
